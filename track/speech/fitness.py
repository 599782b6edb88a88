"""Which faces show too little of a mouth to take a turn by."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.geometry import BoxArray
from speaker_boxes.track.speech.pictures import FaceTrack

_MIN_SIDE_PX = 40.0
"""Side of the face below which LR-ASD's scores are near 0 whatever happens."""
MIN_SECONDS = 1.0
"""Time in view below which its scores have a random sign."""
_MIN_DETAIL = 7.0
"""Chosen by eye: soft faces whose lips still show have 8 and more, smeared ones 5 to 6."""
_LOOKS = 12


def unfit(track: FaceTrack) -> str | None:
    """Say why a face cannot take a turn: small, short or blurred; ``None`` if it can."""
    little = too_little(track.box, track.pts_s)
    if little is None and detail(track) < _MIN_DETAIL:
        return "blurred"
    return little


def too_little(box: BoxArray, pts_s: npt.NDArray[np.float64]) -> str | None:
    """The same by what is known without pictures: small or short.

    Parameters
    ----------
    box : (n, 4)
    pts_s : (n,)
        Rising.
    """
    size = box[:, 2:] - box[:, :2]
    if float(np.median(size.max(axis=1))) < _MIN_SIDE_PX:
        return "small"
    if float(pts_s[-1] - pts_s[0]) < MIN_SECONDS:
        return "short"
    return None


def detail(track: FaceTrack) -> float:
    """How much fine structure a face shows over its contrast: the median of a few pictures."""
    at = np.unique(np.linspace(0, len(track.pictures) - 1, _LOOKS).astype(int))
    found = []
    for picture in track.pictures[at]:
        fine = float(np.abs(cv2.Laplacian(picture, cv2.CV_32F)).mean())
        found.append(100 * fine / (float(picture.std()) + 1.0))
    return float(np.median(found))
