"""Every frame once, in order, upright, with its own time; or one line that says why not."""

from __future__ import annotations

from pathlib import Path

import av
import cv2

from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.decode.video import open_local, open_video
from speaker_boxes.fetch.source import Download


def shades(path: Path) -> list[int]:
    """The grey of each frame, in steps of 40."""
    with open_video(path) as video:
        return [round(float(frame.picture.rgb().mean()) / 40) for frame in video.frames()]


def read_through(path: Path, threads: int) -> VideoMetadata:
    """What is known of a clip when so many threads have decoded it."""
    with open_local(Download(path), path.name, threads=threads) as video:
        for _ in video.frames():
            pass
        return video.metadata()


def count_with_opencv(path: Path) -> int:
    """Number of frames that another reader gives."""
    capture = cv2.VideoCapture(str(path))
    n_frames = 0
    while capture.read()[0]:
        n_frames += 1
    capture.release()
    return n_frames


def spoil_packet(path: Path, index: int) -> None:
    """Overwrite one packet of the first video stream in its file."""
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    first, size = packets[index]
    assert first is not None
    data = bytearray(path.read_bytes())
    data[first : first + size] = b"\xff" * size
    path.write_bytes(data)
