"""Decode one chunk of a clip by itself: the very frames that decoding in one run gives."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from speaker_boxes.detect.decode.chunk_plan import Chunk
from speaker_boxes.detect.decode.clip_ref import ClipRef
from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.source import (
    choose_stream,
    open_container,
    read_packets,
    set_up_decoder,
)

_SEEK_BACK_S = (0, 1, 10)
"""Seconds before the wanted frame to seek to, until a packet before it comes."""


class ChunkError(Exception):
    """A chunk does not decode by itself as its packets promise: the clip wants one run."""


class ChunkFrames:
    """The pictures of one chunk: iterate once; ``next_thumb`` is there when it has ended.

    Timestamps are compared with those of the packets, frame by frame. The first frame of the next
    chunk is decoded too, as ``next_thumb``: if the next chunk's own decoder shows it otherwise,
    the next chunk does not decode by itself.
    """

    def __init__(self, clip_ref: ClipRef, chunk: Chunk, *, threads: int) -> None:
        self.n_resized = 0
        self.next_thumb: FrameImage | None = None
        self._clip_ref = clip_ref
        self._chunk = chunk
        self._threads = threads

    def __iter__(self) -> Iterator[FrameImage]:
        expected = self._chunk.pts.tolist()
        n_frames = 0
        try:
            with closing(_decoded(self._clip_ref, self._chunk, self._threads)) as frames:
                for frame in frames:
                    if n_frames == len(expected):
                        self._end(frame)
                        return
                    if frame.pts != expected[n_frames] or frame.is_corrupt:
                        raise ChunkError(f"frame {n_frames} has the time {frame.pts}")
                    n_frames += 1
                    self.n_resized += (frame.width, frame.height) != self._clip_ref.stored
                    yield self._picture(frame)
        except av.error.FFmpegError as error:
            raise ChunkError(str(error)) from error
        if n_frames != len(expected) or self._chunk.end_pts is not None:
            raise ChunkError(f"{n_frames} frames instead of {len(expected)}")

    def _end(self, frame: av.VideoFrame) -> None:
        if frame.pts != self._chunk.end_pts:
            raise ChunkError(f"the frame after the last has the time {frame.pts}")
        self.next_thumb = self._picture(frame)

    def _picture(self, frame: av.VideoFrame) -> FrameImage:
        ref = self._clip_ref
        return FrameImage(frame, ref.orientation, ref.width, ref.height)


def _decoded(clip_ref: ClipRef, chunk: Chunk, threads: int) -> Generator[av.VideoFrame]:
    """Frames from the chunk's first on; those before it, of an open group, are left out."""
    first = int(chunk.pts[0])
    # a decoder of its own: what it saw in another chunk must not matter
    with open_container(clip_ref.path, clip_ref.name) as container:
        stream = choose_stream(container, clip_ref.name, clip_ref.stream_index)
        set_up_decoder(stream, threads=threads)
        for packet in _packets(container, stream, chunk, clip_ref.time_base):
            leading = packet.pts is not None and packet.pts < first
            try:
                frames = stream.codec_context.decode(packet)
            except av.error.FFmpegError:
                if leading and chunk.number:
                    continue  # it may refer to pictures before the key frame
                raise
            for frame in frames:
                if frame.pts is not None and frame.pts < first and chunk.number:
                    continue
                yield frame


def _packets(
    container: InputContainer, stream: VideoStream, chunk: Chunk, time_base: Fraction
) -> Iterator[Packet[VideoStream]]:
    """Packets from the chunk's key frame on, the last one empty."""
    if chunk.number == 0:
        yield from read_packets(container, stream)
        return
    first = int(chunk.pts[0])
    for seconds in _SEEK_BACK_S:
        container.seek(first - round(seconds / time_base), stream=stream)
        packets = read_packets(container, stream)
        for packet in packets:
            if packet.pts == first and packet.is_keyframe:
                yield packet
                yield from packets
                return
            if packet.is_keyframe and packet.pts is not None and packet.pts > first:
                break  # it landed too late
    raise ChunkError("seeking does not find its key frame")
