"""All short, hard scenes, and in which half each composed or labelled clip is."""

from __future__ import annotations

from benchmarks.compose.scenes import Scene
from benchmarks.hard.cast import HALVES
from benchmarks.hard.grids import grid_scenes
from benchmarks.hard.matches import foreign_scenes, match_scenes, short_scenes
from benchmarks.hard.places import (
    alike_scenes,
    look_scenes,
    pass_scenes,
    seat_scenes,
    twice_scenes,
)
from benchmarks.hard.tiles import tile_scenes

_MAKERS = (
    tile_scenes, match_scenes, short_scenes, foreign_scenes, grid_scenes, seat_scenes,
    pass_scenes, twice_scenes, alike_scenes, look_scenes,
)  # fmt: skip

HARD_SCENES: tuple[Scene, ...] = tuple(
    scene for half in HALVES for make in _MAKERS for scene in make(half)
)
"""Four to six seconds each; each kind is in both halves, with other people."""

_EARLIER_TUNE = frozenset(
    ("turns", "crossing", "dissolves", "punch-in", "lookalike", "light",
     "fr-short-hamilton", "pyfeat-noface_face")
)  # fmt: skip
"""Of the clips that were there before the halves; their people are in both."""


def half_of(name: str) -> str:
    """The half of a clip that is no hard scene."""
    return "tune" if name in _EARLIER_TUNE else "report"
