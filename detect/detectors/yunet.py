"""The YuNet detector of OpenCV: one small network that finds faces and gives exact boxes.

YuNet (Wu, Peng and Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector", Machine
Intelligence Research, doi:10.1007/s11633-023-1423-y) knows faces of about 10 to 300 pixels in the
picture that it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.detectors.base import (
    Detections,
    DetectorPair,
    Region,
    SearchPlan,
    Window,
    concat,
)
from speaker_boxes.detect.detectors.model_download import YUNET, local_model
from speaker_boxes.errors import ModelError
from speaker_boxes.native_stderr import quiet_stderr

MIN_SCORE = 0.3
"""Weaker boxes are noise, as with the other detector."""
_SAME_FACE_IOU = 0.3
_MAX_CANDIDATES = 500
_FIND_SIDE, _LARGE_SIDE, _FOLLOW_SIDE = 640, 192, 192
"""Longer side of what the network is shown: to find most faces, to find those that fill half the
picture and more, and to follow one, which then has 77 pixels: of 96 to 256 the one with the best
overlap and least shaking on the labelled clips."""
_CLOSE_SCALE = 0.6
"""Least scale of the picture's pixels in close looks: a face of 24 has 14 there."""
_OVERLAP = 0.15
"""Of neighbouring close looks, over their side: a face that is a seventh of one is whole in one."""


@contextmanager
def yunet_detectors(*, model: Path | None = None) -> Iterator[DetectorPair]:
    """Load YuNet; on first use it is fetched from the OpenCV model zoo.

    Parameters
    ----------
    model
        A local model file to use instead; else the environment variable SPEAKER_BOXES_YUNET may
        name one.

    Raises
    ------
    ModelError
        The model is not here and cannot be fetched, or does not load.
    """
    yunet = Yunet(local_model(YUNET, path=model))
    yield DetectorPair(
        "yunet", lambda width, height: search_plan(yunet, width, height), yunet, _FOLLOW_SIDE
    )


def search_plan(yunet: Yunet, width: int, height: int) -> SearchPlan:
    """The picture at two scales, and closer looks where it has more pixels than were shown."""
    everything = (0, 0, width, height)
    full_frame = (_scaled(yunet, everything, _LARGE_SIDE), _scaled(yunet, everything, _FIND_SIDE))
    columns, rows = _spans(width), _spans(height)
    parts = [(x1, y1, x2, y2) for y1, y2 in rows for x1, x2 in columns]
    if len(parts) == 1:
        return SearchPlan(full_frame, ())
    return SearchPlan(full_frame, tuple(_scaled(yunet, part, _FIND_SIDE) for part in parts))


def _scaled(yunet: Yunet, region: Region, longer_side: int) -> Window:
    width, height = region[2] - region[0], region[3] - region[1]
    scale = longer_side / max(width, height)
    return Window(yunet, region, max(1, round(width * scale)), max(1, round(height * scale)))


def _spans(length: int) -> list[tuple[int, int]]:
    """Equal stretches that cover a length and overlap, few enough for the least scale."""
    stretches = (length * _CLOSE_SCALE / _FIND_SIDE - _OVERLAP) / (1 - _OVERLAP)
    count = max(1, int(np.ceil(stretches)))
    side = min(length, round(length / (count - (count - 1) * _OVERLAP)))
    starts = np.linspace(0, length - side, count).round().astype(int).tolist()
    return [(start, start + side) for start in starts]


_CHIN = 0.006
"""Share of its height by which YuNet's box ends lower than the labels' chins, in the median of
four labelled clips."""


class Yunet:
    """YuNet behind ``cv2.FaceDetectorYN``."""

    def __init__(self, model: Path, *, min_score: float = MIN_SCORE) -> None:
        try:
            with quiet_stderr():
                self._detector = cv2.FaceDetectorYN.create(
                    str(model), "", (320, 320), min_score, _SAME_FACE_IOU, _MAX_CANDIDATES
                )
        except cv2.error as error:
            raise ModelError(f"cannot load {model}: {' '.join(str(error).split())}") from error
        self._size = (320, 320)

    def detect(self, image: Image) -> Detections:
        """Find the faces of an RGB image."""
        size = (image.shape[1], image.shape[0])
        if size != self._size:
            self._detector.setInputSize(size)
            self._size = size
        # OpenCV's networks are fed blue first
        _, found = self._detector.detect(np.ascontiguousarray(image[..., ::-1]))
        rows = np.zeros((0, 15), np.float32) if found is None else np.asarray(found, np.float32)
        box = np.column_stack([rows[:, :2], rows[:, :2] + rows[:, 2:4]])
        box[:, 3] -= _CHIN * rows[:, 3]
        whole = (rows[:, 2:4] > 0).all(axis=1)
        return Detections(box[whole], np.clip(rows[whole, 14], 0, 1))

    def detect_batch(self, images: Sequence[Image]) -> tuple[Detections, npt.NDArray[np.int64]]:
        """Find the faces of several RGB images, and which shows each."""
        found = [self.detect(image) for image in images]
        return concat(found), np.repeat(np.arange(len(found)), [len(each) for each in found])
