"""Look for faces anywhere: on the whole picture and on square tiles of it."""

from __future__ import annotations

import numpy as np

from speaker_boxes.detect.detectors.base import Region

MAX_SCALE = 2 / 3
"""Pixels that a network is shown for one of the picture, at most, in a search: faces of 24 pixels
have 16, which both detectors know. Closer looks found no more faces of 24 and more, in the crowd
made small and in the half of the composed clips to choose by."""
_TILE_SHARE = 0.5
"""Side of a tile over the short side of the picture."""
_TILE_STEP = 0.75
"""Step from tile to tile over their side: a face up to a quarter of a tile is whole in one."""

_MAX_TILES = 64
"""Tiles of a picture at most, which a thin one would have thousands of; one of 16:9 has 15, a
panorama of 8:1 has 63. Chosen; each costs as much as a search of the whole picture."""


def square_around(picture_width: int, picture_height: int) -> Region:
    """The square around the whole picture."""
    side = max(picture_width, picture_height)
    x, y = (picture_width - side) // 2, (picture_height - side) // 2
    return x, y, x + side, y + side


def tiles(picture_width: int, picture_height: int, *, shown_side: int) -> list[Region]:
    """Squares of half the short side that cover the picture, overlapping by a quarter.

    Larger ones where it has few pixels, and, then leaving the picture, where it is so thin that
    they would be too many.

    Parameters
    ----------
    shown_side
        Pixels to which each is scaled.
    """
    short = min(picture_width, picture_height)
    side = max(1, round(_TILE_SHARE * short), min(short, round(shown_side / MAX_SCALE)))
    while len(_starts(picture_width, side)) * len(_starts(picture_height, side)) > _MAX_TILES:
        side += max(1, side // 16)
    return [
        (x, y, x + side, y + side)
        for y in _starts(picture_height, side)
        for x in _starts(picture_width, side)
    ]


def _starts(length: int, side: int) -> list[int]:
    if side >= length:
        return [(length - side) // 2]
    count = 1 + max(0, int(np.ceil((length - side) / (_TILE_STEP * side))))
    return [round(start) for start in np.linspace(0, length - side, count).tolist()]
