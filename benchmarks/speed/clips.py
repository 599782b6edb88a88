"""Clips to measure speed on: real ones made longer, and four people in one picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

from benchmarks.media import clip_file


def join(clip: Path, out: Path, *, min_s: float) -> Path:
    """Repeat the packets of a clip, without encoding anything, until it is long enough."""
    with av.open(str(out), "w") as target:
        copy: VideoStream | None = None
        offset, done_s = 0, 0.0
        while done_s < min_s:
            with av.open(str(clip)) as source:
                stream = source.streams.video[0]
                copy = copy or target.add_stream_from_template(stream)
                assert stream.time_base is not None
                end = 0
                for packet in source.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue  # the empty one at the end
                    step = packet.duration or 0
                    packet.stream = copy
                    end = max(end, packet.pts + step, packet.dts + step)
                    packet.pts += offset
                    packet.dts += offset
                    target.mux(packet)
                offset += end
                done_s = float(offset * stream.time_base)
    return out


def four_faces(out: Path, *, n_frames: int = 400, n_shown: int = 4) -> Path:
    """Four moments of one 640x360 clip side by side: four faces in 1280x720, H.264.

    Of ``n_shown`` less than 4 the others are black.
    """
    with av.open(str(clip_file("pyfeat-pexels.mp4"))) as source:
        frames = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
    with av.open(str(out), "w") as target:
        video = target.add_stream("libx264", rate=Fraction(24000, 1001), options={"g": "96"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        for index in range(n_frames):
            a, b, c, d = (frames[(index + 100 * k) % len(frames)] * (k < n_shown) for k in range(4))
            image = np.vstack([np.hstack([a, b]), np.hstack([c, d])])
            target.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        target.mux(video.encode(None))
    return out


def enlarge(clip: Path, out: Path, *, width: int, height: int, n_frames: int) -> Path:
    """The first frames of a clip, scaled up: to see what memory large pictures take."""
    with av.open(str(clip)) as source, av.open(str(out), "w") as target:
        options = {"g": "32", "preset": "ultrafast", "bf": "2"}
        video = target.add_stream("libx264", rate=25, options=options)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        for index, frame in enumerate(source.decode(video=0)):
            if index == n_frames:
                break
            large = frame.reformat(width=width, height=height, format="yuv420p")
            large.pts, large.time_base = index, Fraction(1, 25)
            target.mux(video.encode(large))
        target.mux(video.encode(None))
    return out
