"""One decoded frame, upright, read by parts and only as large as it is needed.

Converting a whole 1080p frame to RGB costs as much as decoding it, and a detector wants 128 or
192 pixels. So the parts are cut from the decoder's own planes (brightness, and two of colour at
half the size), made small, and only then turned upright and to RGB.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.orientation import Orientation
from speaker_boxes.errors import VideoDecodeError

if TYPE_CHECKING:  # what is done with pictures that are kept takes no PyAV
    import av

Image = npt.NDArray[np.uint8]
"""Shape (height, width, 3), RGB."""

_PLANAR = frozenset({"yuv420p", "yuvj420p"})
_FULL_RANGE = 2
"""``AVCOL_RANGE_JPEG`` (FFmpeg, libavutil/pixfmt.h)."""
_RED_BLUE = {1: (0.2126, 0.0722), 7: (0.212, 0.087), 9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
"""Parts of red and blue in brightness by ``AVColorSpace``: BT.709, SMPTE 240M, BT.2020 twice."""
_BT601 = (0.299, 0.114)
"""The same for all else, as swscale has it."""


_TO_FULL_RANGE = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
"""Brightness of 16 to 235 on a scale of 0 to 255."""
_MAX_LINEAR = 2.5
"""How far a plane may be shrunk at once, where one pixel in five is passed over."""
_MAX_SKEW = 4
"""How much more one side may be shrunk than the other, both by as many halvings; past it, in a
very thin picture, the shorter side would be blown up to be halved again."""


def downscale(
    plane: npt.NDArray[np.uint8], width: int, height: int, *, fine: bool = True
) -> npt.NDArray[np.uint8]:
    """Scale a plane: halved while it is far larger, bilinear to twice the size, halved again.

    Nearly as smooth as ``cv2.INTER_AREA``, in a third to a tenth of its time
    (``benchmarks/speed/resize.py``): OpenCV halves a 1080p plane in 0.06 ms, and the middle step
    shrinks at most ``_MAX_LINEAR`` times. Not ``fine``, it may be the last: enough for colour.
    """
    while min(plane.shape[1] / width, plane.shape[0] / height) >= 4 and not (
        plane.shape[0] % 2 or plane.shape[1] % 2
    ):
        half = (plane.shape[1] // 2, plane.shape[0] // 2)
        plane = np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    ratio_x, ratio_y = plane.shape[1] / width, plane.shape[0] / height
    across, down = _n_halvings(ratio_x, fine=fine), _n_halvings(ratio_y, fine=fine)
    if max(ratio_x, ratio_y) <= _MAX_SKEW * min(ratio_x, ratio_y):
        across = down = max(across, down)
    out = cv2.resize(plane, (width << across, height << down), interpolation=cv2.INTER_LINEAR)
    for step in range(max(across, down) - 1, -1, -1):
        size = (width << min(step, across), height << min(step, down))
        out = cv2.resize(out, size, interpolation=cv2.INTER_AREA)
    return np.asarray(out, dtype=np.uint8)


def _n_halvings(ratio: float, *, fine: bool) -> int:
    """How often a side is halved after the bilinear step."""
    halvings = max(0, math.ceil(math.log2(ratio / _MAX_LINEAR))) if ratio > 1 else 0
    return max(halvings, 1) if fine and ratio > 1.5 else halvings


class FrameImage:
    """A decoded frame in the upright pixels of the clip.

    Coordinates are those of the clip: a frame of another size is scaled.
    """

    def __init__(
        self, frame: av.VideoFrame, orientation: Orientation, width: int, height: int
    ) -> None:
        self.width = width
        self.height = height
        self._orientation = orientation
        self._frame = frame
        self._planes: list[npt.NDArray[np.uint8]] | None = None
        self._full_range = False
        self._to_rgb: npt.NDArray[np.float32] | None = None

    @property
    def stored(self) -> av.VideoFrame:
        """The decoder's own frame, not turned and not scaled."""
        return self._frame

    def resized_crop(
        self, box: tuple[float, float, float, float], width: int, height: int
    ) -> Image:
        """Cut out a part of the picture, scaled to ``width`` x ``height``.

        Parameters
        ----------
        box
            ``x1, y1, x2, y2`` in upright pixels; whole numbers are met exactly. What lies
            outside the picture comes out black. If it is around the whole picture, that may be
            off by half a pixel of the result.

        Returns
        -------
        (height, width, 3) uint8, RGB, contiguous
        """
        x1, y1, x2, y2 = box
        if x1 <= 0 and y1 <= 0 and x2 >= self.width and y2 >= self.height:
            scale_x, scale_y = width / (x2 - x1), height / (y2 - y1)
            left, right = round(-x1 * scale_x), round((self.width - x1) * scale_x)
            top, bottom = round(-y1 * scale_y), round((self.height - y1) * scale_y)
            # a thin picture is a line still
            left, top = min(left, width - 1), min(top, height - 1)
            right, bottom = max(right, left + 1), max(bottom, top + 1)
            if (right - left, bottom - top) != (width, height):
                # made small before the border is put around it, not after
                image = np.zeros((height, width, 3), dtype=np.uint8)
                whole = (0, 0, self.width, self.height)
                image[top:bottom, left:right] = self.resized_crop(whole, right - left, bottom - top)
                return image
        planes = self._resized_planes(box, width, height)
        if self._to_rgb is None:  # asked of FFmpeg once
            self._to_rgb = _to_rgb(int(self._frame.colorspace), self._full_range)
        return np.asarray(cv2.transform(cv2.merge(planes), self._to_rgb), dtype=np.uint8)

    def grey_crop(
        self, box: tuple[float, float, float, float], width: int, height: int
    ) -> npt.NDArray[np.uint8]:
        """Cut out a part of the picture by its brightness alone, for a third of the cost.

        Parameters
        ----------
        box
            As in ``resized_crop``.

        Returns
        -------
        (height, width) uint8
            From 0 to 255, whatever the range of the clip.
        """
        (plane,) = self._resized_planes(box, width, height, n_planes=1)
        if self._full_range:
            return np.ascontiguousarray(plane)
        return np.asarray(cv2.LUT(plane, _TO_FULL_RANGE), dtype=np.uint8)

    def _resized_planes(
        self,
        box: tuple[float, float, float, float],
        width: int,
        height: int,
        *,
        n_planes: int = 3,
    ) -> list[npt.NDArray[np.uint8]]:
        """The first planes of a part, upright."""
        turned = self._orientation.transpose
        upright = (self.height, self.width) if turned else (self.width, self.height)
        scale_x = self._frame.width / upright[0]
        scale_y = self._frame.height / upright[1]
        x1, y1, x2, y2 = self._orientation.stored(box, self.width, self.height)
        stored = (x1 * scale_x, y1 * scale_y, x2 * scale_x, y2 * scale_y)
        size = (height, width) if turned else (width, height)
        stored_planes = self._planar()[:n_planes]
        black = (0 if self._full_range else 16, 128, 128)
        planes = [
            downscale(_cut(plane, stored, 1 if i == 0 else 2, black[i]), *size, fine=i == 0)
            for i, plane in enumerate(stored_planes)
        ]
        return [self._orientation.apply(plane) for plane in planes]

    def luma(self, width: int, height: int) -> npt.NDArray[np.uint8]:
        """Brightness of the whole picture, coarsely sampled: (height, width) uint8.

        Cheap enough for every frame, to compare pictures with. Not anti-aliased beyond a
        factor of two.
        """
        turned = self._orientation.transpose
        plane = self._planar()[0]
        size = (height, width) if turned else (width, height)
        step = max(1, min(plane.shape[1] // (4 * size[0]), plane.shape[0] // (4 * size[1])))
        small = downscale(np.ascontiguousarray(plane[::step, ::step]), *size)
        return self._orientation.apply(small)

    def rgb(self) -> Image:
        """The whole picture, upright: (height, width, 3) uint8, RGB."""
        stored = np.asarray(convert(self._frame, "rgb24").to_ndarray(), dtype=np.uint8)
        image = self._orientation.apply(stored)
        if image.shape[:2] != (self.height, self.width):
            image = np.asarray(cv2.resize(image, (self.width, self.height)), dtype=np.uint8)
        return np.ascontiguousarray(image)

    def _planar(self) -> list[npt.NDArray[np.uint8]]:
        """The Y, U and V planes as arrays over the decoder's memory.

        Tells ``_full_range``, too: whether brightness goes from 0 to 255 rather than from 16 to
        235.
        """
        if self._planes is None:
            if self._frame.format.name not in _PLANAR:
                # swscale handles what is rare: 10 bit, 4:4:4, RGB, palettes
                self._frame = convert(self._frame, "yuv420p")
            self._planes = [
                np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)[
                    : plane.height, : plane.width
                ]
                for plane in self._frame.planes
            ]
            self._full_range = (
                self._frame.format.name == "yuvj420p" or self._frame.color_range == _FULL_RANGE
            )
        return self._planes


def convert(frame: av.VideoFrame, pixel_format: str) -> av.VideoFrame:
    """The same picture in another pixel format.

    Raises
    ------
    VideoDecodeError
        FFmpeg cannot convert it.
    """
    import av.error

    try:
        return frame.reformat(format=pixel_format)
    except (av.error.FFmpegError, ValueError) as error:
        raise unconvertible(frame) from error


def unconvertible(frame: av.VideoFrame) -> VideoDecodeError:
    """What to say of a frame that FFmpeg decodes and cannot convert."""
    return VideoDecodeError(
        f"cannot use pictures of {frame.width}x{frame.height} in the pixel format "
        f"{frame.format.name}; convert the clip to H.264 first"
    )


@cache
def _to_rgb(colorspace: int, full_range: bool) -> npt.NDArray[np.float32]:
    """Matrix from Y, U, V, 1 to R, G, B for a range and primaries (ITU-R BT)."""
    red, blue = _RED_BLUE.get(colorspace, _BT601)
    green = 1 - red - blue
    luma, chroma, black = (255 / 219, 255 / 224, 16.0)
    if full_range:
        luma, chroma, black = 1.0, 1.0, 0.0
    u = np.array([0, -2 * blue * (1 - blue) / green, 2 * (1 - blue)]) * chroma
    v = np.array([2 * (1 - red), -2 * red * (1 - red) / green, 0]) * chroma
    y = np.full(3, luma)
    return np.column_stack([y, u, v, -black * y - 128 * (u + v)]).astype(np.float32)


def _cut(
    plane: npt.NDArray[np.uint8],
    box: tuple[float, float, float, float],
    subsampling: int,
    fill: int,
) -> npt.NDArray[np.uint8]:
    """Slice a plane, with ``fill`` where the box leaves it."""
    height, width = plane.shape
    x1, y1, x2, y2 = (round(value / subsampling) for value in box)
    x2, y2 = max(x2, x1 + 1), max(y2, y1 + 1)
    left, top = max(0, -x1), max(0, -y1)
    right, bottom = max(0, x2 - width), max(0, y2 - height)
    part = plane[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)]
    if not part.size:
        return np.full((y2 - y1, x2 - x1), fill, dtype=np.uint8)
    if left or top or right or bottom:
        part = np.asarray(
            cv2.copyMakeBorder(
                part, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(fill, 0, 0, 0)
            ),
            dtype=np.uint8,
        )
    return part
