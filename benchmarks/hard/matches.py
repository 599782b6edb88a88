"""Another face where one was, across a cut: before the same wall, in short shots, for one frame."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.compose.scenes import Layer, Rect, Scene, Shot
from benchmarks.hard.cast import Casting
from benchmarks.hard.staging import HEIGHT, WIDTH, Slot, square, staged

_HEAD: Rect = (0.3, 0.04, 0.4, 0.92)
_SMALL_HEAD: Rect = (0.4, 0.2, 0.2, 0.5)
_BUST: Rect = (0.22, 0.04, 0.56, 0.96)
_SHORT = (1, 2, 3, 5)
"""Frames of each shot."""


def match_scenes(half: str) -> Iterator[Scene]:
    """A head is followed by another at the very same place; large, and small in a large picture."""
    cast = Casting(half)
    cast.next(3)
    for kind, walls in (("match-same", (5, 5)), ("match-other", (5, 6))):
        for name, rect, size in (
            ("head", _HEAD, (640, 360)),
            ("small", _SMALL_HEAD, (WIDTH, HEIGHT)),
        ):
            one, other = (Layer(actor, 0.6, (0.5, 0.5), rect, oval=True) for actor in cast.next(2))
            # a small head before the same wall: most of the picture goes on
            after = "change" if (kind, name) == ("match-same", "small") else "cut"
            shots = (
                Shot(60, (one,), walls[0]),
                Shot(50, (other,), walls[1], after),
                Shot(30, (one,), walls[0], after),
            )
            about = "match cuts to the same place"
            yield Scene(f"{kind}-{name}-{half}", *size, shots, about, kind=kind, half=half)


def short_scenes(half: str) -> Iterator[Scene]:
    """Two people in alternation, in shots of a few frames each."""
    cast = Casting(half)
    cast.next(5)
    for n_frames in _SHORT:
        one, other = _two(cast)
        n_shots = 2 * (50 // (2 * n_frames))
        alternating = ((other, 8), (one, 7)) * (n_shots // 2)
        shots = (
            Shot(40, (one,), 7),
            *(Shot(n_frames, (layer,), wall) for layer, wall in alternating),
            Shot(30, (other,), 8),
            Shot(20, (one,), 7),
        )
        about = f"shots of {n_frames} frames in alternation"
        yield Scene(f"short-{n_frames}-{half}", 640, 360, shots, about, kind="short", half=half)


def foreign_scenes(half: str) -> Iterator[Scene]:
    """Single frames that show somebody else: the whole picture, or a tile of it."""
    cast = Casting(half)
    cast.next(13)
    one, other = _two(cast)
    lengths = (50, 1, 30, 1, 40)
    shots = tuple(
        Shot(n, (one,), 7) if i % 2 == 0 else Shot(n, (other,), 8) for i, n in enumerate(lengths)
    )
    about = "single frames of somebody else"
    yield Scene(f"foreign-cut-{half}", 640, 360, shots, about, kind="foreign", half=half)
    actors = cast.next(3)
    slots = (
        Slot(
            square(200, 120, 280),
            ((0, actors[0]), (50, actors[1]), (51, actors[0]), (80, actors[1]), (81, actors[0])),
        ),
        Slot(square(800, 200, 280), ((0, actors[2]),)),
    )
    tile = staged(120, slots, wall=4)
    yield Scene(f"foreign-tile-{half}", WIDTH, HEIGHT, tile, about, kind="foreign", half=half)


def _two(cast: Casting) -> tuple[Layer, Layer]:
    one, other = (Layer(actor, 0.5, (0.5, 0.45), _BUST) for actor in cast.next(2))
    return one, other
