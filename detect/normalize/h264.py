"""A frame as an encoder takes it, upright with square pixels, and the H.264 it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import av
import av.error
from av.container import OutputContainer
from av.filter import Graph
from av.video.stream import VideoStream

from speaker_boxes.detect.decode.frame_image import unconvertible
from speaker_boxes.detect.decode.orientation import Orientation
from speaker_boxes.detect.decode.video import Frame

QUALITY = {"crf": "16", "preset": "veryfast", "bf": "0"}
"""Nearly without loss (x264 calls 18 so), since it will be encoded again; no B-frames, so that
frames are stored in the order shown and no edit list is needed."""
_UNSPECIFIED, _BT709, _LIMITED_RANGE = 2, 1, 1
"""``AVCOL_SPC_UNSPECIFIED``, ``AVCOL_SPC_BT709``, ``AVCOL_RANGE_MPEG`` (libavutil/pixfmt.h)."""


def upright(
    frame: Frame,
    orientation: Orientation,
    size: tuple[int, int],
    graphs: dict[tuple[object, ...], Graph],
    scaler: str = "bicubic",
) -> av.VideoFrame:
    """Turn, scale and convert one frame, with a filter graph for each kind of stored frame.

    Parameters
    ----------
    size
        Width and height, both even.
    graphs
        Kept by the caller from frame to frame; empty at first.
    scaler
        One of swscale's flags.
    """
    image = frame.picture.stored
    kind = (image.width, image.height, image.format.name, image.colorspace, image.color_range)
    try:
        if kind not in graphs:
            graphs[kind] = _upright_graph(image, orientation, size, scaler)
        image.pts, image.time_base = frame.index, Fraction(1, 1000)
        graphs[kind].push(image)
        turned = graphs[kind].vpull()
    except (av.error.FFmpegError, ValueError) as error:
        raise unconvertible(image) from error
    turned.pict_type = 0  # or the encoder would make key frames where the clip had them
    return turned


def _upright_graph(
    image: av.VideoFrame, orientation: Orientation, size: tuple[int, int], scaler: str
) -> Graph:
    """Turned, then scaled; limited range; RGB by BT.709."""
    graph = Graph()
    nodes = [
        graph.add_buffer(
            width=image.width, height=image.height, format=image.format,
            time_base=Fraction(1, 1000),
        )
    ]  # fmt: skip
    nodes += [graph.add(name, argument) for name, argument in orientation.filters()]
    matrix = ":out_color_matrix=bt709" if image.format.is_rgb else ""
    nodes.append(graph.add("scale", f"{size[0]}:{size[1]}:flags={scaler}:out_range=tv{matrix}"))
    nodes.append(graph.add("format", "yuv420p"))
    nodes.append(graph.add("setsar", "1"))
    graph.link_nodes(*nodes, graph.add("buffersink"))
    graph.configure()
    return graph


def add_h264(
    target: OutputContainer,
    frame_rate: Fraction,
    size: tuple[int, int],
    *,
    quality: Mapping[str, str] = QUALITY,
    time_base: Fraction | None = None,
) -> VideoStream:
    """Add a stream of H.264 to a file.

    Parameters
    ----------
    quality
        Options of x264.
    time_base
        Unit of the frames' timestamps; a frame's length if ``None``.
    """
    stream = target.add_stream("libx264", rate=frame_rate)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.options = dict(quality)
    stream.codec_context.time_base = time_base or 1 / frame_rate
    stream.codec_context.gop_size = max(1, round(2 * frame_rate))
    stream.codec_context.sample_aspect_ratio = Fraction(1)
    return stream


def tag_colours(stream: VideoStream, image: av.VideoFrame) -> None:
    """Say how the numbers mean colours, as the clip said."""
    context = stream.codec_context
    context.color_range = _LIMITED_RANGE
    context.colorspace = image.colorspace
    context.color_primaries = image.color_primaries
    context.color_trc = image.color_trc


def display_size(width: int, height: int, pixel_aspect_ratio: Fraction) -> tuple[int, int]:
    """Width and height with square pixels: the smaller side grows; both even."""
    wide, high = Fraction(width), Fraction(height)
    if pixel_aspect_ratio > 1:
        wide *= pixel_aspect_ratio
    else:
        high /= pixel_aspect_ratio
    return max(2, 2 * round(wide / 2)), max(2, 2 * round(high / 2))
