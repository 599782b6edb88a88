"""The YuNet detector: one small network that finds faces and gives exact boxes.

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
)
from speaker_boxes.detect.detectors.model_download import YUNET, local_model
from speaker_boxes.detect.detectors.tiling import MAX_SCALE
from speaker_boxes.detect.detectors.yunet_heads import (
    APART,
    JOINED,
    STRIDES,
    join_heads,
    read_apart,
    read_joined,
)
from speaker_boxes.detect.onnx.graph import GraphError, with_input_shape
from speaker_boxes.detect.onnx.session import Floats, Session
from speaker_boxes.errors import ModelError
from speaker_boxes.files import read_whole
from speaker_boxes.geometry import pairwise_iou

MIN_SCORE = 0.3
"""Weaker boxes are noise, as with the other detector."""
_SAME_FACE_IOU = 0.3
_FIND_SIDE, _LARGE_SIDE, _FOLLOW_SIDE = 640, 192, 192
"""Longer side of what the network is shown, at most: to find most faces, to find those that fill
half the picture and more, and to follow one, which then has 77 pixels: of 96 to 256 the one with
the best overlap and least shaking on the labelled clips."""
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
    full_frame = (_scaled(yunet, everything, _LARGE_SIDE), _near(yunet, everything))
    columns, rows = _spans(width), _spans(height)
    parts = [(x1, y1, x2, y2) for y1, y2 in rows for x1, x2 in columns]
    if len(parts) == 1:
        return SearchPlan(full_frame, ())
    return SearchPlan(full_frame, tuple(_near(yunet, part) for part in parts))


def _near(yunet: Yunet, region: Region) -> Window:
    """A look that finds small faces."""
    pixels = max(region[2] - region[0], region[3] - region[1])
    return _scaled(yunet, region, min(_FIND_SIDE, max(_LARGE_SIDE, round(MAX_SCALE * pixels))))


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
    """YuNet under ONNX Runtime, with one thread.

    What OpenCV's ``FaceDetectorYN`` does around the network is done here in the same way, after
    ``modules/objdetect/src/face_detect.cpp`` of its 4.11 sources (Apache-2.0); the tests compare
    the two box by box. A call costs a third to half of OpenCV's.

    Raises
    ------
    ModelError
        The file is not YuNet, or ONNX Runtime does not load.
    """

    def __init__(self, model: Path, *, min_score: float = MIN_SCORE) -> None:
        self._min_score = np.float32(min_score)
        try:
            # any size in one session: as quick as one for each
            content = read_whole(model)
            joined = join_heads(content)
            self._outputs = APART if joined is None else JOINED
            self._read = read_apart if joined is None else read_joined
            graph = with_input_shape(
                joined or content, (1, 3, "height", "width"), outputs=self._outputs
            )
        except OSError as error:
            raise ModelError(f"cannot read {model}: {error.strerror}") from error
        except GraphError as error:
            raise ModelError(f"cannot load {model}: {error}") from error
        self._session = Session(graph, str(model))
        self._pixels: dict[tuple[int, int], Floats] = {}
        self._cells: dict[tuple[int, int], Floats] = {}

    def detect(self, image: Image) -> Detections:
        """Find the faces of an RGB image of any size."""
        return self.detect_batch([image])[0]

    def detect_batch(self, images: Sequence[Image]) -> tuple[Detections, npt.NDArray[np.int64]]:
        """Find the faces of several RGB images of one size, and which shows each."""
        # one at a time: a call with several takes as long as as many calls
        each = [self._run(image) for image in images]
        score, offset = self._read([np.concatenate(output) for output in zip(*each, strict=True)])
        image, cell = np.nonzero(score >= self._min_score)
        box = decode_cells(offset[image, cell], self._cells[images[0].shape[:2]][cell])
        score = score[image, cell]
        kept = nms_of_images(box, score, image)
        box, score, image = box[kept], score[kept], image[kept]
        box[:, 3] -= _CHIN * (box[:, 3] - box[:, 1])
        return Detections(box, np.minimum(score, 1)), image

    def _run(self, image: Image) -> list[Floats]:
        """What the network says of one image."""
        height, width = image.shape[:2]
        if (height, width) not in self._pixels:
            padded = -(-height // STRIDES[-1]) * STRIDES[-1], -(-width // STRIDES[-1]) * STRIDES[-1]
            self._pixels[height, width] = np.zeros((1, 3, *padded), np.float32)
            self._cells[height, width] = grid(*padded)
        pixels = self._pixels[height, width]
        # blue first, as OpenCV's networks are fed
        for plane, colour in zip(pixels[0], cv2.split(image)[::-1], strict=True):
            plane[:height, :width] = colour
        return self._session.run({"input": pixels}, self._outputs)


def grid(height: int, width: int) -> Floats:
    """Column, row and stride of each cell of the three grids over a picture: (n, 3)."""
    cells = []
    for stride in STRIDES:
        row, column = np.divmod(np.arange(height // stride * (width // stride)), width // stride)
        cells.append(np.column_stack([column, row, np.full(len(row), stride)]))
    return np.concatenate(cells).astype(np.float32)


def decode_cells(offset: Floats, cells: Floats) -> Floats:
    """Boxes from what the network says of cells.

    Parameters
    ----------
    offset : (n, 4)
        Centre from the cell's corner, in cells, and logarithm of width and height in cells.
    cells : (n, 3)
        Of ``grid``.
    """
    stride = cells[:, 2:]
    centre = (cells[:, :2] + offset[:, :2]) * stride
    half = np.exp(offset[:, 2:]) * stride / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def nms_of_images(
    box: Floats, score: Floats, image: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Rows to keep when of two boxes of one image that overlap only the better one may stay.

    As OpenCV's ``NMSBoxes`` on whole pixels, corner and size cut down; image by image in their
    order, the best first.
    """
    size = np.trunc(box[:, 2:] - box[:, :2])
    corner = np.trunc(box[:, :2])
    with np.errstate(invalid="ignore"):  # a box without a pixel overlaps nothing
        near = pairwise_iou(*[np.concatenate([corner, corner + size], axis=1)] * 2) > _SAME_FACE_IOU
    near &= image[:, None] == image
    left = np.ones(len(score), np.bool_)
    kept: list[int] = []
    for row in np.lexsort((-score, image)).tolist():
        if left[row]:
            kept.append(row)
            left &= ~near[row]
    return np.array(kept, np.int64)
