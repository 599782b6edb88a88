"""Pictures of which a part changes while the rest goes on, said part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.compose.scenes import Layer, Rect, Shot

WIDTH, HEIGHT = 1280, 720
EMPTY = ""
"""Nobody: the tile is grey."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the picture, and who is there from which frame on."""

    rect: Rect
    holds: tuple[tuple[int, str], ...]
    """``(first frame, actor)``, from frame 0 on."""
    face: float = 0.5
    at: tuple[float, float] = (0.5, 0.5)

    def layer(self, frame: int) -> Layer:
        """What is there at one frame."""
        actor = [actor for start, actor in self.holds if start <= frame][-1]
        return Layer(actor, self.face, self.at, self.rect)


def square(x: int, y: int, side: int) -> Rect:
    """A square tile in pixels of a picture of 1280x720."""
    return x / WIDTH, y / HEIGHT, side / WIDTH, side / HEIGHT


def staged(
    n_frames: int,
    slots: Sequence[Slot],
    *,
    back: Sequence[Layer] = (),
    wall: int | None = None,
    blend: int = 0,
) -> tuple[Shot, ...]:
    """Shots between which only the slots change: at once, or by melting for ``blend`` frames."""
    starts = sorted({start for slot in slots for start, _ in slot.holds})
    if min(np.diff(starts), default=blend) < blend:
        raise ValueError(f"changes at {starts} are less than {blend} frames apart")
    shots = []
    for i, start in enumerate(starts):
        last = i + 1 == len(starts)
        length = (n_frames if last else starts[i + 1] + blend) - start
        layers = (*back, *(slot.layer(start) for slot in slots))
        after = "cut" if i == 0 else ("melt" if blend else "change")
        shots.append(Shot(length, layers, wall, after, blend if i else 0))
    return tuple(shots)
