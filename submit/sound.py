"""How long a sound is, by decoding it: what its header says is a claim."""

from __future__ import annotations

import logging
from pathlib import Path

import av.error

from speaker_boxes.detect.download import download, shown
from speaker_boxes.detect.source import open_container
from speaker_boxes.errors import PreflightError, VideoOpenError
from speaker_boxes.submit.media import LocalFile, Source

logger = logging.getLogger(__name__)


def measure_sound(source: Source) -> float | None:
    """Seconds of the first audio stream; ``None`` for an address that cannot be read from here.

    Raises
    ------
    PreflightError
        A file of ours that does not open or holds no sound.
    """
    if isinstance(source, LocalFile):
        return _decode_length(source.path, str(source.path))
    name = shown(source.url)
    try:
        with download(source.url) as fetched:
            return _decode_length(fetched.path, name)
    except (VideoOpenError, PreflightError) as error:
        # only a warning hangs on it, and the server may be let in where we are not
        logger.warning("the length of the sound is not known: %s", error)
        return None


def _decode_length(path: Path, name: str) -> float:
    try:
        seconds = _sum_of_frames(path, name)
    except (VideoOpenError, av.error.FFmpegError) as error:
        raise PreflightError(f"cannot use {name} as audio: {error}") from error
    if seconds <= 0:
        raise PreflightError(f"cannot use {name} as audio: it holds no sound")
    return seconds


def _sum_of_frames(path: Path, name: str) -> float:
    seconds = 0.0
    with open_container(path, name) as container:
        if not container.streams.audio:
            return 0.0
        for packet in container.demux(container.streams.audio[0]):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue  # a player drops it too
            seconds += sum(frame.samples / frame.sample_rate for frame in frames)
    return seconds
