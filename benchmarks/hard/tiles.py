"""A tile goes from one person to another while the rest of the picture stays.

A video call whose large tile goes to whoever speaks, and a guest's inset in a podcast.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.compose.scenes import Layer, Scene, Shot
from benchmarks.hard.cast import Casting
from benchmarks.hard.staging import EMPTY, HEIGHT, WIDTH, Slot, square, staged

_N_FRAMES = 150
_HOST = {
    "tune": Layer("crying-woman", 0.6, (0.5, 0.5), (0.0, 0.0, 0.7, 1.0)),
    "report": Layer("door-man", 0.45, (0.5, 0.5), (0.0, 0.0, 0.7, 1.0)),
}
_WAYS: dict[str, tuple[int, int]] = {
    "tile-cut": (0, 0),
    "tile-gap5": (5, 0),
    "tile-gap20": (20, 0),
    "tile-melt": (0, 12),
    "tile-fade": (10, 10),
}
"""Kind -> frames without anybody, and frames that a change takes."""


def tile_scenes(half: str) -> Iterator[Scene]:
    """Two of each kind: tiles of 160 and 280 pixels beside a host, 220 and 360 before a wall."""
    cast = Casting(half)
    for kind, (gap, blend) in _WAYS.items():
        actors = [name for name in cast.next(5) if name != _HOST[half].actor][:4]
        inset = (
            _changing(square(960, 40, 280), actors[0], actors[1], (60, 110), gap),
            _changing(square(1060, 520, 160), actors[2], actors[3], (85, 130), gap, face=0.55),
        )
        yield _scene(
            f"{kind}-inset-{half}", kind, half, "tiles of 280 and 160 pixels beside a host",
            staged(_N_FRAMES, inset, back=(_HOST[half],), wall=9, blend=blend),
        )  # fmt: skip
        actors = cast.next(6)
        call = (
            _changing(square(80, 60, 360), actors[0], actors[1], (50, 100), gap),
            _changing(square(560, 100, 220), actors[2], actors[3], (75, 120), gap),
            Slot(square(1000, 60, 200), ((0, actors[4]),)),
            Slot(square(1000, 400, 200), ((0, actors[5]),)),
        )
        yield _scene(
            f"{kind}-call-{half}", kind, half, "tiles of 360 and 220 pixels before a wall",
            staged(_N_FRAMES, call, wall=4, blend=blend),
        )  # fmt: skip


def _changing(
    rect: tuple[float, float, float, float],
    one: str,
    other: str,
    at: tuple[int, int],
    gap: int,
    face: float = 0.5,
) -> Slot:
    """One, then the other, then the first again."""
    holds: list[tuple[int, str]] = [(0, one)]
    for start, actor in zip(at, (other, one), strict=True):
        holds += [(start - gap, EMPTY), (start, actor)] if gap else [(start, actor)]
    return Slot(rect, tuple(holds), face)


def _scene(name: str, kind: str, half: str, about: str, shots: tuple[Shot, ...]) -> Scene:
    return Scene(name, WIDTH, HEIGHT, shots, about, kind=kind, half=half)
