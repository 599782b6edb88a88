"""The YuNet detector of OpenCV: one small network that finds faces and gives exact boxes.

YuNet (Wu, Peng and Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector", Machine
Intelligence Research, doi:10.1007/s11633-023-1423-y) knows faces of about 10 to 300 pixels in the
picture that it is given.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from speaker_boxes.detect.faces import Detections
from speaker_boxes.detect.picture import Image
from speaker_boxes.detect.quiet import quiet_stderr
from speaker_boxes.errors import ModelError

MIN_SCORE = 0.3
"""Weaker boxes are noise, as with the other detector."""
_SAME_FACE_IOU = 0.3
_MAX_CANDIDATES = 500


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
        whole = (rows[:, 2:4] > 0).all(axis=1)
        return Detections(box[whole], np.clip(rows[whole, 14], 0, 1))
