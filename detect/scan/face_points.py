"""Where eyes, nose and mouth are in the crop of a face: BlazeFace, looking several times.

One look is off by a tenth of the distance between the eyes, and each look errs otherwise: the mean
of several is nearer, and how sure the network is of all of them says how clear the face is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.detectors.blazeface_litert import SHORT, LitertFace, RawFaces
from speaker_boxes.detect.scan.crops import CROP_SHARE, CROP_SIDE, FACE_AT

Window = tuple[int, bool]
"""Side of the square around the face that is looked at, in pixels of the crop, and whether it is
turned round as in a mirror."""
LOOKS: tuple[Window, ...] = ((148, False), (148, True), (180, False), (180, True))
"""Two sizes, and both mirrored. Of one, two, four and six looks the fewest with all of the gain:
``benchmarks/calibrate/face_alignment.py``."""
_MIN_SCORE = 0.1
"""A face is known to be there, so that also unclear ones are looked for; chosen."""
_MAX_OFF = 0.35
"""How far what is found may be from where the face is, in sizes of the face: others may be in
the crop; chosen."""
_FACE = np.array([CROP_SIDE / 2, FACE_AT * CROP_SIDE])
_SQUARE = _FACE + np.array([0, 3])
"""Where the middle of BlazeFace's square is about: nearest to it is the face that is meant."""
_MIRRORED = [1, 0, 2, 3, 5, 4]
"""Which point each one is in a mirror."""


@dataclass(frozen=True, slots=True, eq=False)
class FacePoints:
    """The points of one face."""

    points: npt.NDArray[np.float64]
    """Shape (6, 2), pixels of the crop: eyes, nose tip, mouth, ears; left to right as they are
    seen."""
    score: float
    """In [0, 1]: mean over all looks, 0 for those that did not find it."""


class FacePointFinder:
    """Finds the points with BlazeFace's short range network, one thread.

    Raises
    ------
    ModelError
        The model file is damaged, or LiteRT does not load.
    """

    def __init__(self, *, looks: tuple[Window, ...] = LOOKS) -> None:
        self._looks = looks
        self._network = LitertFace(SHORT, min_score=_MIN_SCORE)

    def find(self, crop: Image) -> FacePoints | None:
        """Find the points of the face in the middle of a crop; ``None`` if no look shows one.

        Parameters
        ----------
        crop : (CROP_SIDE, CROP_SIDE, 3)
            RGB, as ``read_crop`` gives it.
        """
        found = self._network.look_at_each([_cut(crop, each) for each in self._looks])
        each_look = (_in_crop(found, i, look) for i, look in enumerate(self._looks))
        seen = [points for points in each_look if points is not None]
        if not seen:
            return None
        scores = np.array([each.score for each in seen])
        mean = np.average([each.points for each in seen], axis=0, weights=scores)
        return FacePoints(mean, float(scores.sum() / len(self._looks)))


def _cut(crop: Image, look: Window) -> Image:
    """What one look is shown: a square around the face, of the network's side."""
    side, mirrored = look
    scale = SHORT.side / side
    # OpenCV counts from the middle of the first pixel, we from its corner
    shift = SHORT.side / 2 - 0.5 - scale * (_FACE - 0.5)
    to_look = np.column_stack([np.eye(2) * scale, shift])
    square = cv2.warpAffine(crop, to_look, (SHORT.side, SHORT.side), flags=cv2.INTER_LINEAR)
    return np.asarray(square[:, ::-1] if mirrored else square, dtype=np.uint8)


def _in_crop(found: RawFaces, index: int, look: Window) -> FacePoints | None:
    """What one look found in the middle, in pixels of the crop."""
    side, mirrored = look
    mine = found.image == index
    points, score = found.points[mine].astype(np.float64), found.score[mine]
    middle = found.square[mine].astype(np.float64).reshape(-1, 2, 2).mean(axis=1)
    if mirrored:
        middle[:, 0] = 1 - middle[:, 0]
        points[..., 0] = 1 - points[..., 0]
        points = points[:, _MIRRORED]
    off = np.hypot(*((middle - 0.5) * side + _FACE - _SQUARE).T) / (CROP_SIDE / CROP_SHARE)
    near = np.flatnonzero(off <= _MAX_OFF)
    if not len(near):
        return None
    best = near[np.argmax(score[near] - off[near])]
    return FacePoints((points[best] - 0.5) * side + _FACE, float(score[best]))
