"""The container's display matrix: how the stored pictures have to be turned."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import SideData

from speaker_boxes.detect.decode.orientation import UPRIGHT, Orientation

_DISPLAY_MATRIX, _SIDE_DATA_TYPES = 6, 64
"""``AV_FRAME_DATA_DISPLAYMATRIX`` (FFmpeg, libavutil/frame.h); more types than FFmpeg has."""


def read_orientation(frame: av.VideoFrame) -> Orientation | None:
    """Orientation from the frame's display matrix; ``None`` if it is not of quarter turns.

    The matrix ``[a b u; c d v; x y w]`` takes a stored point to ``(ax + cy, bx + dy)``
    (FFmpeg, libavutil/display.h). That it scales, too, is left out, as FFmpeg's own
    ``av_display_rotation_get`` does: players and OpenCV show the picture at its stored size.
    """
    side_data = _only_matrix(frame).side_data.get("DISPLAYMATRIX")
    if not isinstance(side_data, SideData):
        return UPRIGHT
    matrix = np.frombuffer(memoryview(side_data), dtype=np.int32)[:9].reshape(3, 3)
    a, b, c, d = (matrix[:2, :2] / 65536).ravel().tolist()
    for transpose, (x, y), off in ((False, (a, d), (b, c)), (True, (c, b), (a, d))):
        if max(map(abs, off)) < 0.01 * min(abs(x), abs(y)):
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
