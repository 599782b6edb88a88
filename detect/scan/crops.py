"""A few pictures of each face and of each shot, kept for when the pixels are gone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import FrameImage, Image
from speaker_boxes.detect.detectors.base import Region
from speaker_boxes.geometry import check_shape

CROP_SIDE = 192
"""Pixels. The face is about 74 of them high and wide, head and shoulders are in the picture."""
CROP_SHARE = 2.6
"""Side of the crop over the size of the face."""
FACE_AT = 0.35
"""Where the middle of the face is, from the top of the crop."""
_JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Pictures of faces with head and shoulders, a few of each face as it is followed."""

    row: npt.NDArray[np.int64]
    """Shape (k,), rising: which row of ``Faces`` each shows."""
    jpeg: tuple[bytes, ...]
    """k pictures of ``CROP_SIDE`` pixels square, as JPEG: some 8 kB each."""

    def __post_init__(self) -> None:
        check_shape(self.row, (len(self.jpeg),), "row")
        if (np.diff(self.row) <= 0).any():
            raise ValueError("row must rise")

    def image(self, index: int) -> Image:
        """One of the pictures: (CROP_SIDE, CROP_SIDE, 3) uint8, RGB."""
        return read_crop(self.jpeg[index])


@dataclass(frozen=True, slots=True, eq=False)
class Thumbs:
    """Small pictures of frames at which a shot may begin or end."""

    frame: npt.NDArray[np.int64]
    """Shape (k,), rising."""
    image: npt.NDArray[np.uint8]
    """Shape (k, height, width): brightness, as ``FrameDiffMeter`` compares them."""

    def __post_init__(self) -> None:
        check_shape(self.image[:, 0, 0], (len(self.frame),), "image[:, 0, 0]")


def cut_crop(picture: FrameImage, box: npt.NDArray[np.float32]) -> bytes:
    """Cut one face, with head and shoulders, out of a picture, as JPEG."""
    image = picture.resized_crop(crop_region(box), CROP_SIDE, CROP_SIDE)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return bytes(data)


def read_crop(jpeg: bytes) -> Image:
    """What ``cut_crop`` made: (CROP_SIDE, CROP_SIDE, 3) uint8, RGB."""
    image = cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise ValueError("a crop is not a picture")
    return np.asarray(image, dtype=np.uint8)


def crop_region(box: npt.NDArray[np.float32]) -> Region:
    """The square around a face that a crop shows."""
    x1, y1, x2, y2 = (float(value) for value in box)
    side = max(8, round(CROP_SHARE * float(np.sqrt((x2 - x1) * (y2 - y1)))))
    x = round((x1 + x2 - side) / 2)
    y = round((y1 + y2) / 2 - FACE_AT * side)
    return x, y, x + side, y + side
