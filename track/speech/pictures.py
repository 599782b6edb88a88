"""Small grey pictures of a face in time, as LR-ASD was trained to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.geometry import BoxArray, centres
from speaker_boxes.track.speech.lr_asd import SIDE

Squares = npt.NDArray[np.float64]
"""Shape (n, 3): x and y of the middle, and side, in upright pixels."""

_STEADY_S = 0.26
"""Half of the 13 pictures at 25 a second over which LR-ASD takes the median of place and size
(``Columbia_test.py``)."""
_OUTSIDE = 110
"""Grey of what lies outside the picture, from the same."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One face as it is followed within one shot, with its pictures."""

    pts_s: npt.NDArray[np.float64]
    """Shape (n,), rising: time of each frame that shows it, in seconds."""
    box: BoxArray
    """Shape (n, 4), pixels."""
    pictures: npt.NDArray[np.uint8]
    """Shape (n, 112, 112), from ``cut_face``."""

    def __post_init__(self) -> None:
        n = len(self.pts_s)
        if n == 0 or self.box.shape != (n, 4) or self.pictures.shape != (n, SIDE, SIDE):
            raise ValueError(
                f"a face needs a time, a box and a picture of {SIDE} pixels square for each "
                f"frame, got {self.pts_s.shape}, {self.box.shape}, {self.pictures.shape}"
            )
        if (np.diff(self.pts_s) <= 0).any():
            raise ValueError("pts_s must rise: split the face where the clock is set back")


def face_squares(box: BoxArray, pts_s: npt.NDArray[np.float64]) -> Squares:
    """The square around each box of one track: as wide as its longer side, and steadied.

    The whole face, as the weights of AVA want it (``dataLoader.py`` of LR-ASD).

    Parameters
    ----------
    box : (n, 4)
    pts_s : (n,)
        Rising. Place and size are medians over half a second.
    """
    side = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    raw = np.column_stack([centres(box), side]).astype(np.float64)
    first = np.searchsorted(pts_s, pts_s - _STEADY_S, side="left")
    end = np.searchsorted(pts_s, pts_s + _STEADY_S, side="right")
    squares = np.empty_like(raw)
    for length in np.unique(end - first).tolist():
        here = np.flatnonzero(end - first == length)
        # (m, length, 3): as many rows around each
        around = raw[first[here, None] + np.arange(length)]
        squares[here] = np.median(around, axis=1)
    return squares


def cut_face(picture: FrameImage, square: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Cut a face out of a frame: (112, 112) uint8, grey."""
    x, y, side = (float(value) for value in square)
    x1, y1 = x - side / 2, y - side / 2
    grey = picture.grey_crop((x1, y1, x1 + side, y1 + side), SIDE, SIDE)
    scale = SIDE / side
    left, right = (_inside((edge - x1) * scale) for edge in (0, picture.width))
    top, bottom = (_inside((edge - y1) * scale) for edge in (0, picture.height))
    if (left, top, right, bottom) == (0, 0, SIDE, SIDE):
        return grey
    framed = np.full((SIDE, SIDE), _OUTSIDE, dtype=np.uint8)
    framed[top:bottom, left:right] = grey[top:bottom, left:right]
    return framed


def _inside(value: float) -> int:
    return min(SIDE, max(0, round(value)))
