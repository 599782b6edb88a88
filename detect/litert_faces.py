"""BlazeFace under LiteRT, the runtime beneath MediaPipe: the same network, called directly.

A call costs half of what it costs through MediaPipe Tasks, and boxes are not rounded to pixels.
What MediaPipe does around the network is done here in the same way, after
``mediapipe/modules/face_detection/`` and ``mediapipe/calculators/`` of its 0.10.21 sources
(Apache-2.0); the tests compare the two box by box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.blaze_box import MIN_SCORE, SAME_FACE_IOU, face_box
from speaker_boxes.detect.faces import Detections
from speaker_boxes.detect.model_file import SHORT_RANGE, model_path
from speaker_boxes.detect.picture import Image
from speaker_boxes.detect.quiet import quiet_stderr
from speaker_boxes.errors import ModelError
from speaker_boxes.geometry import BoxArray, pairwise_iou
from speaker_boxes.libraries import explain_load_error

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

SIDE = 128
"""Side in pixels of what the short-range network sees."""
_CELLS = ((8, 2), (16, 6))
"""Of the grids over the picture: pixels to a cell, and anchors in each (one layer of stride 8
and three of stride 16, two anchors a layer: ``face_detection_short_range.pbtxt``)."""
_MAX_LOGIT = 100.0
"""``score_clipping_thresh`` of the same file."""


@dataclass(frozen=True, slots=True, eq=False)
class RawFaces:
    """What the network says, in shares of its input's side."""

    square: npt.NDArray[np.float32]
    """Shape (n, 4)."""
    points: npt.NDArray[np.float32]
    """Shape (n, 6, 2): two eyes, nose tip, mouth, two ears."""
    score: npt.NDArray[np.float32]


class LitertFace:
    """The short-range BlazeFace under LiteRT, with one thread.

    Raises
    ------
    ModelError
        The model file is damaged, or LiteRT does not load.
    """

    def __init__(self, *, min_score: float = MIN_SCORE) -> None:
        self._interpreter = _load(str(model_path(SHORT_RANGE)))
        self._input = int(self._interpreter.get_input_details()[0]["index"])
        outputs = {d["name"]: int(d["index"]) for d in self._interpreter.get_output_details()}
        self._boxes, self._logits = outputs["regressors"], outputs["classificators"]
        self._anchors = anchors()
        self._min_score = min_score
        self._min_logit = np.log(min_score / (1 - min_score))

    def detect(self, image: Image) -> Detections:
        """Find the faces of an RGB image; one of another shape is fitted into the square."""
        square, size, left, top = _fit(image)
        found = blend(self._run(square))
        corner = np.array([left, top], dtype=np.float32)
        points = found.points * size - corner
        boxes = found.square * size - np.tile(corner, 2)
        return Detections(face_box(boxes.astype(np.float32), points), found.score)

    def _run(self, image: Image) -> RawFaces:
        """All candidates in an image of ``SIDE`` x ``SIDE``."""
        pixels = np.multiply(image, np.float32(2 / 255), dtype=np.float32)
        pixels -= 1
        self._interpreter.set_tensor(self._input, pixels[None])
        self._interpreter.invoke()
        logits = self._interpreter.get_tensor(self._logits)[0, :, 0]
        rows = np.flatnonzero(logits >= self._min_logit)
        values = self._interpreter.get_tensor(self._boxes)[0, rows] / np.float32(SIDE)
        return decode(values, logits[rows], self._anchors[rows])


def anchors() -> npt.NDArray[np.float32]:
    """Centre of each anchor in shares of the picture: (896, 2).

    All have the picture's size (``fixed_anchor_size``), so that only the centres differ.
    """
    rows = []
    for stride, count in _CELLS:
        n = SIDE // stride
        y, x = np.divmod(np.arange(n * n), n)
        rows.append(np.repeat((np.column_stack([x, y]) + 0.5) / n, count, axis=0))
    return np.concatenate(rows).astype(np.float32)


def decode(
    values: npt.NDArray[np.float32],
    logits: npt.NDArray[np.float32],
    centres: npt.NDArray[np.float32],
) -> RawFaces:
    """Squares, points and scores from what the network puts out.

    Parameters
    ----------
    values : (n, 16)
        Centre, size and six points, in shares of the picture, relative to the anchor.
    logits : (n,)
    centres : (n, 2)
        Of the anchors.
    """
    points = values.reshape(-1, 8, 2).copy()
    middle, half = points[:, 0] + centres, points[:, 1] / 2
    points = points[:, 2:] + centres[:, None]
    score = np.reciprocal(1 + np.exp(-np.clip(logits, -_MAX_LOGIT, _MAX_LOGIT)), dtype=np.float32)
    whole = (half > 0).all(axis=1)
    square = np.concatenate([middle - half, middle + half], axis=1)
    return RawFaces(square[whole], points[whole], score[whole])


def blend(found: RawFaces) -> RawFaces:
    """Of squares that overlap make one, their mean weighted by score; the best gives its score.

    ``WEIGHTED`` of MediaPipe's ``NonMaxSuppressionCalculator``.
    """
    if not len(found.score):
        return found
    left = np.argsort(-found.score, kind="stable")
    overlap = pairwise_iou(found.square, found.square)
    flat = found.points.reshape(-1, 12)
    squares: list[BoxArray] = []
    points: list[npt.NDArray[np.float32]] = []
    best: list[int] = []
    while len(left):
        top = int(left[0])
        near = overlap[top, left] > SAME_FACE_IOU
        group = left[near]
        weight = found.score[group] / found.score[group].sum()
        squares.append(weight @ found.square[group])
        points.append(weight @ flat[group])
        best.append(top)
        left = left[~near]
    return RawFaces(
        np.array(squares, dtype=np.float32).reshape(-1, 4),
        np.array(points, dtype=np.float32).reshape(-1, 6, 2),
        found.score[best],
    )


def _fit(image: Image) -> tuple[Image, float, float, float]:
    """The image in the network's square: with its side, left and top border in image pixels."""
    height, width = image.shape[:2]
    if height == width == SIDE:
        return image, SIDE, 0, 0
    size = max(height, width)
    top, left = (size - height) // 2, (size - width) // 2
    padded = cv2.copyMakeBorder(
        image, top, size - height - top, left, size - width - left, cv2.BORDER_CONSTANT
    )
    scaled = cv2.resize(padded, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(scaled, dtype=np.uint8), size, left, top


def _load(path: str) -> Interpreter:
    with quiet_stderr():  # it tells which delegate it made
        try:
            from ai_edge_litert.interpreter import Interpreter

            interpreter = Interpreter(model_path=path, num_threads=1)
            interpreter.allocate_tensors()
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise ModelError(f"cannot load {path}: {explain_load_error(error)}") from error
    return interpreter
