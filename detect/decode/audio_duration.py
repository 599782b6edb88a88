"""How long a sound is, by decoding it: what its header says is a claim."""

from __future__ import annotations

from pathlib import Path

import av.error

from speaker_boxes.detect.decode.source import open_container, read_packets
from speaker_boxes.errors import VideoOpenError


def audio_duration(path: Path, name: str) -> float:
    """Seconds of the first audio stream of a file that messages call ``name``.

    Raises
    ------
    VideoOpenError
        It does not open, or holds no sound.
    """
    try:
        seconds = _sum_of_frames(path, name)
    except av.error.FFmpegError as error:
        raise VideoOpenError(f"cannot open {name}: {error.strerror}") from error
    if seconds <= 0:
        raise VideoOpenError(f"cannot open {name}: it holds no sound")
    return seconds


def _sum_of_frames(path: Path, name: str) -> float:
    seconds = 0.0
    with open_container(path, name) as container:
        if not container.streams.audio:
            return 0.0
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise VideoOpenError(f"cannot open {name}: no decoder for the codec of its sound")
        for packet in read_packets(container, stream):
            try:
                frames = stream.codec_context.decode(packet)
            except av.error.InvalidDataError:
                continue  # a player drops it too
            seconds += sum(frame.samples / max(1, frame.sample_rate) for frame in frames)
    return seconds
