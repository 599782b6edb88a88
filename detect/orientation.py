"""How a stored picture is turned to stand upright, as the container's display matrix says."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.sidedata.sidedata import SideData

_DISPLAY_MATRIX, _SIDE_DATA_TYPES = 6, 64
"""``AV_FRAME_DATA_DISPLAYMATRIX`` (FFmpeg, libavutil/frame.h); more types than FFmpeg has."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture is turned to stand upright: transposed first, then flipped."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    def apply(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Turn the pixels; a view, nothing is copied."""
        if self.transpose:
            image = image.swapaxes(0, 1)
        return image[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]

    def stored(
        self, box: tuple[float, float, float, float], width: float, height: float
    ) -> tuple[float, float, float, float]:
        """Find an upright box, in a picture of ``width`` x ``height``, in the stored one."""
        x1, y1, x2, y2 = box
        if self.flip_x:
            x1, x2 = width - x2, width - x1
        if self.flip_y:
            y1, y2 = height - y2, height - y1
        return (y1, x1, y2, x2) if self.transpose else (x1, y1, x2, y2)

    def turn(self) -> tuple[int, bool]:
        """The counter-clockwise turn in degrees, and whether the picture is mirrored beside it.

        A mirrored picture is flipped left to right first, then turned.
        """
        turns = {
            (False, False, False): (0, False), (True, False, True): (90, False),
            (False, True, True): (180, False), (True, True, False): (-90, False),
            (False, True, False): (0, True), (True, False, False): (90, True),
            (False, False, True): (180, True), (True, True, True): (-90, True),
        }  # fmt: skip
        return turns[self.transpose, self.flip_x, self.flip_y]


UPRIGHT = Orientation()


def read_orientation(frame: av.VideoFrame) -> Orientation | None:
    """Orientation from the frame's display matrix; ``None`` if it is not of quarter turns.

    The matrix ``[a b u; c d v; x y w]`` takes a stored point to ``(ax + cy, bx + dy)``
    (FFmpeg, libavutil/display.h).
    """
    side_data = _only_matrix(frame).side_data.get("DISPLAYMATRIX")
    if not isinstance(side_data, SideData):
        return UPRIGHT
    matrix = np.frombuffer(memoryview(side_data), dtype=np.int32)[:9].reshape(3, 3)
    a, b, c, d = (matrix[:2, :2] / 65536).ravel().tolist()
    for transpose, (x, y), off in ((False, (a, d), (b, c)), (True, (c, b), (a, d))):
        if max(abs(abs(x) - 1), abs(abs(y) - 1), *map(abs, off)) < 0.01:
            return Orientation(transpose, flip_x=x < 0, flip_y=y < 0)
    return None


def _only_matrix(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame without any other side data.

    PyAV 18.1 crashes on side data with metadata (an ICC profile: it frees FFmpeg's dictionary a
    second time) and raises ``ValueError`` on types that it has no name for (Exif). So FFmpeg's
    own filter takes them off before PyAV looks.
    """
    graph = Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format,
        time_base=Fraction(1, 1000),
    )  # fmt: skip
    for kind in range(_SIDE_DATA_TYPES):
        if kind != _DISPLAY_MATRIX:
            cleaner = graph.add("sidedata", f"mode=delete:type={kind}")
            last.link_to(cleaner)
            last = cleaner
    last.link_to(graph.add("buffersink"))
    graph.configure()
    graph.push(frame)
    return graph.vpull()
