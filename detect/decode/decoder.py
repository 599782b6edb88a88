"""Packets to frames, up to the first that is broken: the same for any number of threads."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from speaker_boxes.detect.decode.source import (
    choose_stream,
    open_container,
    read_packets,
    set_up_decoder,
)
from speaker_boxes.errors import VideoDecodeError


@dataclass(slots=True)
class DecodeStats:
    """What went wrong while decoding."""

    n_errors: int = 0
    """Packets that did not decode."""
    n_lost: int = 0
    """Frames that came out after the first error."""


class _UnsureError(Exception):
    """Threads did not give a frame for each packet, in the order of the timestamps."""


def decode(
    container: InputContainer, stream: VideoStream, stats: DecodeStats, name: str, path: Path
) -> Generator[av.VideoFrame]:
    """Every frame up to the first error; what comes after it is only counted.

    After a broken packet decoders disagree on which frames there are (FFmpeg goes on with
    some, OpenCV ends), so no array could be known to fit. With several threads they disagree
    already before it: frames that are still in work are lost with it, an error that comes
    together with frames is kept back by PyAV 18.1, and H.264 that begins at a recovery point
    gives as many as chance has it. So what threads give is taken only while there is one frame
    for each packet, as the timestamps say; from the first doubt on one thread decides.
    """
    n_given = 0
    if stream.codec_context.thread_count != 1:
        try:
            with closing(_by_threads(container, stream)) as frames:
                for frame in frames:
                    n_given += 1
                    yield frame
            return
        except (_UnsureError, av.error.FFmpegError):
            pass
        with open_container(path, name) as again:
            stream = choose_stream(again, name, stream.index)
            set_up_decoder(stream, threads=1)
            yield from islice(_by_one_thread(again, stream, stats, name), n_given, None)
        return
    yield from _by_one_thread(container, stream, stats, name)


def _by_threads(container: InputContainer, stream: VideoStream) -> Generator[av.VideoFrame]:
    """Frames as long as each is the next one that the packets promise."""
    awaited: list[int] = []
    for packet in read_packets(container, stream):
        if packet.size and not packet.is_discard:
            if packet.pts is None:
                raise _UnsureError
            heapq.heappush(awaited, packet.pts)
        for frame in stream.codec_context.decode(packet):
            if not awaited or frame.pts != heapq.heappop(awaited):
                raise _UnsureError
            yield frame
    if awaited:
        raise _UnsureError


def _by_one_thread(
    container: InputContainer, stream: VideoStream, stats: DecodeStats, name: str
) -> Iterator[av.VideoFrame]:
    for packet in _packets_or_error(container, stream, stats, name):
        try:
            images = stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            stats.n_errors += 1
            continue
        if stats.n_errors:
            stats.n_lost += len(images)
        else:
            yield from images


def _packets_or_error(
    container: InputContainer, stream: VideoStream, stats: DecodeStats, name: str
) -> Iterator[Packet[VideoStream] | None]:
    """Packets to decode, the last one empty; a broken container ends them."""
    try:
        yield from read_packets(container, stream)
    except av.error.InvalidDataError:
        yield None  # takes out what the decoder still holds
        stats.n_errors += 1
    except av.error.FFmpegError as error:
        raise VideoDecodeError(f"cannot read {name} to its end: {error.strerror}") from error
