"""Packets to frames, up to the first one that is broken."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from speaker_boxes.detect.decode.source import choose_stream, open_container
from speaker_boxes.errors import VideoDecodeError


@dataclass(slots=True)
class DecodeStats:
    """What went wrong while decoding."""

    n_errors: int = 0
    """Packets that did not decode."""
    n_lost: int = 0
    """Frames that came out after the first error."""
    n_pending: int = 0
    """Packets that gave neither a frame nor an error."""


def decode(
    container: InputContainer, stream: VideoStream, stats: DecodeStats, name: str
) -> Generator[av.VideoFrame]:
    """Every frame up to the first error; what comes after it is only counted.

    After a broken packet decoders disagree on which frames there are (FFmpeg goes on with
    some, OpenCV ends), so no array could be known to fit.
    """
    for packet in _packets(container, stream, stats, name):
        if packet is not None and packet.size and not packet.is_discard:
            stats.n_pending += 1
        try:
            images = stream.decode(packet)
        except av.error.FFmpegError:
            stats.n_errors += 1
            stats.n_pending -= 1
            continue
        stats.n_pending -= len(images)
        if stats.n_errors:
            stats.n_lost += len(images)
        else:
            yield from images


def count_again(path: Path, name: str, stream_index: int) -> DecodeStats:
    """Count what goes wrong with one thread.

    With several threads PyAV keeps an error to itself that comes together with frames, as at
    the end of the clip, and the counts would depend on the number of cores.
    """
    stats = DecodeStats()
    with open_container(path, name) as container:
        stream = choose_stream(container, name, stream_index)
        stream.codec_context.thread_count = 1
        for _ in decode(container, stream, stats, name):
            pass
    return stats


def _packets(
    container: InputContainer, stream: VideoStream, stats: DecodeStats, name: str
) -> Iterator[Packet[VideoStream] | None]:
    """Packets to decode, the last one empty; a broken container ends them."""
    try:
        yield from container.demux(stream)
    except av.error.InvalidDataError:
        yield None  # takes out what the decoder still holds
        stats.n_errors += 1
    except av.error.FFmpegError as error:
        raise VideoDecodeError(f"cannot read {name} to its end: {error.strerror}") from error
