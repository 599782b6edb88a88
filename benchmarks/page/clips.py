"""Long 1080p clips of real footage with ten seconds from key frame to key frame, and their faces.

A minute is encoded, then its packets are repeated: ten minutes and an hour have the files, the
indices and the decoding that such clips have, and take seconds to make.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.video.stream import VideoStream

from benchmarks.media import clip_file

RATE = 25
KEY_EVERY_S = 10
_WIDTH, _HEIGHT = 1920, 1080
_SHOTS = (
    ("visualvoice-interview.mp4", 430),
    ("facenet-video.mp4", 105),
    ("latentsync-2.mp4", 500),
    ("pyfeat-pexels.mp4", 465),
)
"""Clips, and frames of each: a minute together."""
_OPTIONS = {
    "preset": "medium",
    "crf": "21",
    "g": str(RATE * KEY_EVERY_S),
    "sc_threshold": "0",
}
"""What many files are made with; a cut gets no key frame, so that each is ten seconds away."""


def make_minute(out: Path) -> Path:
    """A minute of 1080p, H.264."""
    with av.open(str(out), "w") as target:
        video = target.add_stream("libx264", rate=RATE, options=_OPTIONS)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for index, frame in enumerate(_shots()):
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    return out


def _shots() -> Iterator[av.VideoFrame]:
    for name, n_frames in _SHOTS:
        with av.open(str(clip_file(name))) as source:
            stream = source.streams.video[0]
            graph = av.filter.Graph()
            into = graph.add_buffer(template=stream)
            size = f"{_WIDTH}:{_HEIGHT}"
            scale = graph.add("scale", f"{size}:force_original_aspect_ratio=decrease")
            pad = graph.add("pad", f"{size}:-1:-1")
            form, end = graph.add("format", "yuv420p"), graph.add("buffersink")
            graph.link_nodes(into, scale, pad, form, end)
            graph.configure()
            for index, frame in enumerate(source.decode(stream)):
                if index == n_frames:
                    break
                graph.push(frame)
                out = graph.pull()
                assert isinstance(out, av.VideoFrame)
                yield out
