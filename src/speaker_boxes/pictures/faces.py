"""The pictures of faces that detection kept: which to show of a person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import CROP_SHARE, CROP_SIDE, FACE_AT
from speaker_boxes.track.tracklets.tracks import Tracks

_MARGIN = 1.9
"""Side of what is shown over the size of the face: of the crop's head and shoulders the head."""


def crops_of(clip: ClipFaces, tracks: Tracks, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Which of the clip's crops show some tracks, in order of time."""
    return np.flatnonzero(np.isin(tracks.ids[clip.crops.row], ids))


def spread(clip: ClipFaces, crops: npt.NDArray[np.int64], count: int) -> list[int]:
    """At most ``count`` crops, spread over time, the clearest of each part."""
    score = clip.faces.score[clip.crops.row[crops]]
    parts = np.array_split(np.arange(len(crops)), min(count, len(crops)) or 1)
    return [int(crops[part[np.argmax(score[part])]]) for part in parts if len(part)]


def frame_of(clip: ClipFaces, crop: int) -> int:
    """The frame that a crop was cut from."""
    return int(clip.faces.frame[clip.crops.row[crop]])


def head(clip: ClipFaces, crop: int) -> Image:
    """The face of a crop with a little around it: square, RGB."""
    image = clip.crops.image(crop)
    side = round(CROP_SIDE / CROP_SHARE * _MARGIN)
    left = (CROP_SIDE - side) // 2
    top = max(0, round(FACE_AT * CROP_SIDE - side / 2))
    return image[top : top + side, left : left + side]
