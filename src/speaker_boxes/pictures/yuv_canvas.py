"""Draw on a frame as encoders take it, without a turn to RGB and back, which costs more than all.

Brightness has a value a pixel, colour one for two by two: edges are drawn on even pixels.
"""

from __future__ import annotations

from functools import cache

import av
import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.pictures.canvas import Colour, letters

Plane = npt.NDArray[np.uint8]


class YuvCanvas:
    """A yuv420p frame that is drawn on; what leaves the picture is cut off."""

    def __init__(self, frame: av.VideoFrame) -> None:
        frame.make_writable()  # the decoder may still need it to make the next one from
        self.width, self.height = frame.width, frame.height
        self._planes: list[Plane] = [
            np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)[
                : plane.height, : plane.width
            ]
            for plane in frame.planes
        ]

    def fill(self, x1: int, y1: int, x2: int, y2: int, colour: Colour) -> None:
        """Fill a rectangle; the end is exclusive."""
        x1, y1, x2, y2 = (max(0, value) // 2 * 2 for value in (x1, y1, x2, y2))
        for i, (plane, value) in enumerate(zip(self._planes, to_yuv(colour), strict=True)):
            step = 1 if i == 0 else 2
            plane[y1 // step : y2 // step, x1 // step : x2 // step] = value

    def box(self, corners: tuple[int, int, int, int], colour: Colour, thickness: int) -> None:
        """Draw a rectangle's four sides, around it on the outside."""
        x1, y1, x2, y2 = corners
        t = thickness
        self.fill(x1 - t, y1 - t, x2 + t, y1, colour)
        self.fill(x1 - t, y2, x2 + t, y2 + t, colour)
        self.fill(x1 - t, y1, x1, y2, colour)
        self.fill(x2, y1, x2 + t, y2, colour)

    def corners(self, corners: tuple[int, int, int, int], colour: Colour, thickness: int) -> None:
        """Draw a rectangle's corners only, a quarter of each side."""
        x1, y1, x2, y2 = corners
        t = thickness
        wide, high = (x2 - x1) // 4 + t, (y2 - y1) // 4 + t
        for x, inner in ((x1 - t, x1 - t), (x2 + t - wide, x2)):
            for y, edge in ((y1 - t, y1 - t), (y2 + t - high, y2)):
                self.fill(x, edge, x + wide, edge + t, colour)
                self.fill(inner, y, inner + t, y + high, colour)

    def text(self, words: str, x: int, y: int, size: int, colour: Colour, ground: Colour) -> int:
        """Write a line on a ground of its own; gives where it ends, from the left."""
        mask = letters(words, size)
        pad = max(2, size // 4) // 2 * 2
        x, y = max(0, x) // 2 * 2, max(0, y) // 2 * 2
        right, bottom = x + int(mask.shape[1]) + 2 * pad, y + int(mask.shape[0])
        self.fill(x, y, right + right % 2, bottom + bottom % 2, ground)
        luma = self._planes[0]
        mask = mask[: max(0, self.height - y), : max(0, self.width - x - pad)]
        part = luma[y : y + mask.shape[0], x + pad : x + pad + mask.shape[1]]
        light, dark = to_yuv(colour)[0], to_yuv(ground)[0]
        part[:] = (dark + (light - dark) * (mask.astype(np.int32)) // 255).astype(np.uint8)
        return right

    def paste(self, image: Image, x: int, y: int) -> None:
        """Lay an RGB picture of even size on an even place, wholly inside."""
        height, width = image.shape[:2]
        yuv = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420)
        self._planes[0][y : y + height, x : x + width] = yuv[:height]
        half = np.asarray(yuv[height:]).reshape(2, height // 2, width // 2)
        for plane, part in zip(self._planes[1:], half, strict=True):
            plane[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2] = part

    def beside(self, right: int, ground: Colour) -> av.VideoFrame:
        """The same picture with an empty strip of ``right`` pixels at its right."""
        wider = av.VideoFrame(self.width + right, self.height, "yuv420p")
        canvas = YuvCanvas(wider)
        for ours, theirs in zip(self._planes, canvas._planes, strict=True):
            theirs[:, : ours.shape[1]] = ours
        canvas.fill(self.width, 0, self.width + right, self.height, ground)
        return wider


@cache
def to_yuv(colour: Colour) -> tuple[int, int, int]:
    """A colour as limited-range BT.601 has it: near enough for what is only drawn."""
    r, g, b = colour
    return (
        round(16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256),
        round(128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256),
        round(128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256),
    )
