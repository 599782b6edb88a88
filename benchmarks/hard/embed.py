"""A face embedding for choosing look-alikes: MobileFaceNet, aligned by YuNet's five points.

Facts of the network (input, points, read-out) are in the README of the shared model files.
"""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.media import shared_folder, yunet_model
from speaker_boxes.detect.decode.frame_image import Image

_SIDE = 112
_POINTS = np.array(
    [[38.29, 51.70], [73.53, 51.50], [56.03, 71.74], [41.55, 92.37], [70.73, 92.20]], np.float32
)
"""Eyes, nose and corners of the mouth, left to right, of an aligned face."""


class SceneEmbedder(Protocol):
    """Describes the largest face of a picture."""

    def embed(self, image: Image) -> npt.NDArray[np.float64] | None:
        """A vector of length 1; ``None`` if there is no face."""


class MobileFaceNet:
    """The shared model file under LiteRT."""

    def __init__(self) -> None:
        from ai_edge_litert.interpreter import Interpreter

        model = shared_folder() / "models" / "mobilefacenet.tflite"
        self._network = Interpreter(model_path=str(model))
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        self._output = self._network.get_output_details()[0]["index"]
        self._finder = cv2.FaceDetectorYN.create(str(yunet_model()), "", (320, 320), 0.6)

    def embed(self, image: Image) -> npt.NDArray[np.float64] | None:
        """A vector of length 1; ``None`` if there is no face."""
        points = self._points(image)
        if points is None:
            return None
        matrix, _ = cv2.estimateAffinePartial2D(points, _POINTS, method=cv2.LMEDS)
        face = cv2.warpAffine(image, matrix, (_SIDE, _SIDE)).astype(np.float32)
        both = (np.stack([face, face[:, ::-1]]) - 127.5) / 128
        self._network.set_tensor(self._input, both.astype(np.float32))
        self._network.invoke()
        total = self._network.get_tensor(self._output).sum(axis=0).astype(np.float64)
        return np.asarray(total / np.linalg.norm(total))

    def _points(self, image: Image) -> npt.NDArray[np.float32] | None:
        scale = min(1.0, 640 / max(image.shape))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        self._finder.setInputSize((small.shape[1], small.shape[0]))
        _, found = self._finder.detect(np.ascontiguousarray(small[..., ::-1]))
        if found is None:
            return None
        largest = max(found, key=lambda row: float(row[2] * row[3]))
        points = np.asarray(largest[4:14], np.float32).reshape(5, 2) / scale
        # in the picture's order, left to right, whatever the face's own left is
        for a, b in ((0, 1), (3, 4)):
            if points[a, 0] > points[b, 0]:
                points[[a, b]] = points[[b, a]]
        return np.asarray(points, dtype=np.float32)
