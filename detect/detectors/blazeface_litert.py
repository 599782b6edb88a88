"""BlazeFace under LiteRT, the runtime beneath MediaPipe: the same networks, called directly.

A call costs half to two thirds of what it costs through MediaPipe Tasks, and boxes are not rounded.
What MediaPipe does around the network is done here in the same way, after
``mediapipe/modules/face_detection/`` and ``mediapipe/calculators/`` of its 0.10.21 sources
(Apache-2.0); the tests compare the two box by box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.detectors.base import Detections
from speaker_boxes.detect.detectors.blazeface_box import MIN_SCORE, SAME_FACE_IOU, face_box
from speaker_boxes.detect.detectors.model_files import FULL_RANGE, SHORT_RANGE, model_path
from speaker_boxes.errors import ModelError
from speaker_boxes.geometry import pairwise_iou
from speaker_boxes.native_stderr import quiet_stderr
from speaker_boxes.system_libraries import explain_load_error

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class Network:
    """One of the two networks, after ``face_detection_short_range.pbtxt`` and ``full_range``."""

    model: str
    """Its file."""
    side: int
    """Side in pixels of what it sees."""
    strides: tuple[tuple[int, int], ...]
    """Of the grids over the picture: pixels to a cell, and anchors in each."""

    def anchors(self) -> npt.NDArray[np.float32]:
        """Centre of each anchor in shares of the picture: (n_anchors, 2).

        All have the picture's size (``fixed_anchor_size``), so that only the centres differ.
        """
        rows = []
        for stride, count in self.strides:
            n = self.side // stride
            y, x = np.divmod(np.arange(n * n), n)
            rows.append(np.repeat((np.column_stack([x, y]) + 0.5) / n, count, axis=0))
        return np.concatenate(rows).astype(np.float32)


# one layer of stride 8 and three of stride 16, two anchors a layer
SHORT = Network(SHORT_RANGE, 128, ((8, 2), (16, 6)))
FULL = Network(FULL_RANGE, 192, ((4, 1),))
_MAX_LOGIT = 100.0
"""``score_clipping_thresh`` of the same files."""


@dataclass(frozen=True, slots=True, eq=False)
class RawFaces:
    """What the network says, in shares of its input's side."""

    square: npt.NDArray[np.float32]
    """Shape (n, 4)."""
    points: npt.NDArray[np.float32]
    """Shape (n, 6, 2): two eyes, nose tip, mouth, two ears."""
    score: npt.NDArray[np.float32]
    image: npt.NDArray[np.int64]
    """Shape (n,): which of several images shows it."""


class LitertFace:
    """A BlazeFace under LiteRT, with one thread.

    Raises
    ------
    ModelError
        The model file is damaged, or LiteRT does not load.
    """

    def __init__(self, network: Network = SHORT, *, min_score: float = MIN_SCORE) -> None:
        self._side = network.side
        self._interpreter = load_network(str(model_path(network.model)))
        self._input = int(self._interpreter.get_input_details()[0]["index"])
        outputs = {d["shape"][2]: d["index"] for d in self._interpreter.get_output_details()}
        self._boxes, self._logits = int(outputs[16]), int(outputs[1])
        self._anchors = network.anchors()
        self._min_logit = np.float32(np.log(min_score / (1 - min_score)))

    def detect(self, image: Image) -> Detections:
        """Find the faces of an RGB image; one of another shape is fitted into the square."""
        square, size, left, top = _fit(image, self._side)
        found = weighted_nms(self._run([square]))
        corner = np.array([left, top], dtype=np.float32)
        points = found.points * size - corner
        boxes = found.square * size - np.tile(corner, 2)
        return Detections(face_box(boxes.astype(np.float32), points), found.score)

    def detect_batch(self, images: Sequence[Image]) -> tuple[Detections, npt.NDArray[np.int64]]:
        """Find the faces of square RGB images of the network's side, and which shows each."""
        found = self.look_at_each(images)
        side = np.float32(self._side)
        boxes = face_box(found.square * side, found.points * side)
        return Detections(boxes, found.score), found.image

    def look_at_each(self, images: Sequence[Image]) -> RawFaces:
        """The same with the squares and points that the boxes are made from."""
        return weighted_nms(self._run(images))

    def _run(self, images: Sequence[Image]) -> RawFaces:
        """All candidates in images of the network's size."""
        values: list[npt.NDArray[np.float32]] = []
        logits: list[npt.NDArray[np.float32]] = []
        rows: list[npt.NDArray[np.int64]] = []
        # one at a time: a call with several takes as long as as many calls
        for image in images:
            pixels = self._memory(self._input)
            pixels[:] = image
            pixels *= 2 / 255
            pixels -= 1
            del pixels  # it does not run while somebody looks at its memory
            self._interpreter.invoke()
            logit = self._memory(self._logits)[:, 0]
            rows.append(np.flatnonzero(logit >= self._min_logit))
            logits.append(logit[rows[-1]])
            values.append(self._memory(self._boxes)[rows[-1]])
            del logit
        return decode_anchors(
            (np.concatenate(values) / self._side).astype(np.float32),
            np.concatenate(logits),
            self._anchors[np.concatenate(rows)],
            np.repeat(np.arange(len(images)), [len(each) for each in rows]),
        )

    def _memory(self, tensor: int) -> npt.NDArray[np.float32]:
        """What the network works on, not copied: its one image's part of a tensor."""
        memory: npt.NDArray[np.float32] = self._interpreter.tensor(tensor)()[0]
        return memory


def decode_anchors(
    values: npt.NDArray[np.float32],
    logits: npt.NDArray[np.float32],
    centres: npt.NDArray[np.float32],
    image: npt.NDArray[np.int64],
) -> RawFaces:
    """Squares, points and scores from what the network puts out.

    Parameters
    ----------
    values : (n, 16)
        Centre, size and six points, in shares of the picture, relative to the anchor.
    logits : (n,)
    centres : (n, 2)
        Of the anchors.
    image : (n,)
        Which image each is of.
    """
    points = values.reshape(-1, 8, 2).copy()
    middle, half = points[:, 0] + centres, points[:, 1] / 2
    points = points[:, 2:] + centres[:, None]
    score = np.reciprocal(1 + np.exp(-np.clip(logits, -_MAX_LOGIT, _MAX_LOGIT)), dtype=np.float32)
    whole = (half > 0).all(axis=1)
    square = np.concatenate([middle - half, middle + half], axis=1)
    return RawFaces(square[whole], points[whole], score[whole], image[whole])


def weighted_nms(found: RawFaces) -> RawFaces:
    """Merge the squares of one face: those of one image that overlap the best-scored one.

    Square and points are the mean of all that are merged, weighted by score; the score is the
    best one's. ``WEIGHTED`` of MediaPipe's ``NonMaxSuppressionCalculator``. Best first.
    """
    near = pairwise_iou(found.square, found.square) > SAME_FACE_IOU
    near &= found.image[:, None] == found.image
    left = np.ones(len(found.score), np.bool_)
    best: list[int] = []
    groups: list[npt.NDArray[np.bool_]] = []
    for top in np.argsort(-found.score, kind="stable").tolist():
        if left[top]:
            best.append(top)
            groups.append(near[top] & left)
            left &= ~near[top]
    weight = np.array(groups, np.float32).reshape(len(best), len(left)) * found.score
    weight /= weight.sum(axis=1, keepdims=True)
    points = weight @ found.points.reshape(-1, 12)
    return RawFaces(
        (weight @ found.square).astype(np.float32),
        points.reshape(-1, 6, 2).astype(np.float32),
        found.score[best],
        found.image[best],
    )


def _fit(image: Image, side: int) -> tuple[Image, float, float, float]:
    """The image in the network's square: with its side, left and top border in image pixels."""
    height, width = image.shape[:2]
    if height == width == side:
        return image, side, 0, 0
    size = max(height, width)
    top, left = (size - height) // 2, (size - width) // 2
    padded = cv2.copyMakeBorder(
        image, top, size - height - top, left, size - width - left, cv2.BORDER_CONSTANT
    )
    scaled = cv2.resize(padded, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(scaled, dtype=np.uint8), size, left, top


def load_network(path: str) -> Interpreter:
    """Load a model file with one thread.

    Raises
    ------
    ModelError
        It is damaged, or LiteRT does not load.
    """
    with quiet_stderr():  # it tells which delegate it made
        try:
            from ai_edge_litert.interpreter import Interpreter

            interpreter = Interpreter(model_path=path, num_threads=1)
            interpreter.allocate_tensors()
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise ModelError(f"cannot load {path}: {explain_load_error(error)}") from error
    return interpreter
