"""Look for faces in several windows of a frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.detectors.base import Detections, Region, Window, concat
from speaker_boxes.geometry import nms

SAME_FACE_IOU = 0.4
"""Overlap above which two boxes are one face. Chosen by eye; faces beside each other touch at
most 0.1."""


def detect_windows(
    picture: FrameImage, windows: Iterable[Window], *, min_score: float
) -> Detections:
    """Find faces in several parts of the picture; what overlaps counts once.

    Returns
    -------
    Detections
        Boxes in the pixels of the picture; score at least ``min_score``.
    """
    found = concat([_detect_window(picture, each) for each in windows])
    strong = found.score >= min_score
    box, score = found.box[strong], found.score[strong]
    kept = nms(box, score, SAME_FACE_IOU)
    return Detections(box[kept], score[kept])


def _detect_window(picture: FrameImage, window: Window) -> Detections:
    image = picture.resized_crop(window.region, window.width, window.height)
    return to_frame_coords(window.detector.detect(image), window.region, window.width)


def to_frame_coords(
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
