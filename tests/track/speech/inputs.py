"""Fixed inputs that any machine makes alike: no picture of a person, no file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

N = 48
"""Pictures: near two seconds."""


def faces() -> npt.NDArray[np.uint8]:
    """A bright oval with a dark, opening mouth, and grain: (N, 112, 112)."""
    y, x = np.mgrid[:112, :112].astype(np.float64)
    grain = np.random.RandomState(1).randint(-12, 13, (N, 112, 112))
    pictures = []
    for i in range(N):
        opening = 4 + 9 * abs(np.sin(0.55 * i)) * (i > 12)
        oval = ((x - 56) / 38) ** 2 + ((y - 54) / 50) ** 2 < 1
        mouth = ((x - 56) / 15) ** 2 + ((y - 82) / opening) ** 2 < 1
        pictures.append(np.where(mouth, 45, np.where(oval, 165, 90)))
    return np.clip(np.array(pictures) + grain, 0, 255).astype(np.uint8)


def sound() -> npt.NDArray[np.int16]:
    """Digital silence, then a tone with harmonics that swells and fades, and noise."""
    n = 640 * N + 240
    t = np.arange(n) / 16000
    pitch = 2 * np.pi * 120 * t
    tone = sum(np.sin(k * pitch) / k for k in range(1, 12)) * np.abs(np.sin(0.55 * 25 * t / 2))
    noise = np.random.RandomState(2).randint(-60, 61, n)
    return np.where(t < 0.4, 0, 3000 * tone + noise).round().astype(np.int16)
