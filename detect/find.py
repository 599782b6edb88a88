"""Look for faces anywhere: on the whole picture and on square tiles of it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.faces import Detections, Look, Region, joined, suppress
from speaker_boxes.detect.picture import Picture

SAME_FACE_IOU = 0.4
"""Overlap above which two boxes are one face. Chosen by eye; faces beside each other touch at
most 0.1."""
_TILE_SHARE = 0.5
"""Side of a tile over the short side of the picture."""
_TILE_STEP = 0.75
"""Step from tile to tile over their side: a face up to a quarter of a tile is whole in one."""


def whole(picture_width: int, picture_height: int) -> Region:
    """The square around the whole picture."""
    side = max(picture_width, picture_height)
    x, y = (picture_width - side) // 2, (picture_height - side) // 2
    return x, y, x + side, y + side


def tiles(picture_width: int, picture_height: int) -> list[Region]:
    """Squares of half the short side that cover the picture, overlapping by a quarter."""
    side = max(1, round(_TILE_SHARE * min(picture_width, picture_height)))
    return [
        (x, y, x + side, y + side)
        for y in _starts(picture_height, side)
        for x in _starts(picture_width, side)
    ]


def _starts(length: int, side: int) -> list[int]:
    count = 1 + max(0, int(np.ceil((length - side) / (_TILE_STEP * side))))
    return [round(start) for start in np.linspace(0, length - side, count).tolist()]


def look(picture: Picture, looks: Iterable[Look], *, min_score: float) -> Detections:
    """Find faces in several parts of the picture; what overlaps counts once.

    Returns
    -------
    Detections
        Boxes in the pixels of the picture; score at least ``min_score``.
    """
    found = joined([_look_at(picture, each) for each in looks])
    strong = found.score >= min_score
    box, score = found.box[strong], found.score[strong]
    kept = suppress(box, score, SAME_FACE_IOU)
    return Detections(box[kept], score[kept])


def _look_at(picture: Picture, look: Look) -> Detections:
    image = picture.region(look.region, look.width, look.height)
    return from_region(look.detector.detect(image), look.region, look.width)


def from_region(
    found: Detections, region: Region | npt.NDArray[np.float32], width: int
) -> Detections:
    """Take boxes from the pixels of a region, scaled to ``width``, to those of the picture.

    Parameters
    ----------
    region
        One for all, or (n, 4): one for each.
    """
    around = np.asarray(region, dtype=np.float32)
    scale = (around[..., 2:3] - around[..., :1]) / np.float32(width)
    return Detections(found.box * scale + around[..., [0, 1, 0, 1]], found.score)
