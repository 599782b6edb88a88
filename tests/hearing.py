"""When something is heard in a clip."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

STEP_S = 0.005


def loudness(path: Path) -> npt.NDArray[np.float64]:
    """The loudest sample of each 5 ms, by the sound's own times; the loudest of all is 1."""
    loud = np.zeros(round(20 / STEP_S))
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples = np.abs(frame.to_ndarray().astype(np.float64)).max(axis=0)
            assert frame.time is not None
            at = (frame.time + np.arange(len(samples)) / frame.sample_rate) / STEP_S
            np.maximum.at(loud, at.astype(int).clip(0), samples)
    return np.asarray(loud / loud.max())


def onsets_s(path: Path, level: float = 0.5) -> list[float]:
    """Times at which it gets loud after a silence of 0.2 s."""
    at = np.flatnonzero(loudness(path) > level) * STEP_S
    return [float(t) for t, before in zip(at, [-1.0, *at], strict=False) if t - before > 0.2]
