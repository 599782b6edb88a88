"""Look for faces in several windows of a frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Picture
from speaker_boxes.detect.detectors.base import Detections, Look, Region, joined
from speaker_boxes.geometry import suppress

SAME_FACE_IOU = 0.4
"""Overlap above which two boxes are one face. Chosen by eye; faces beside each other touch at
most 0.1."""


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
