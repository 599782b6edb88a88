"""Exact frames of a clip by index, in any order: one decoder that stays open.

A jump decodes from the key frame before it. What is shown and nobody refers to (most B-frames) is
left out on the way, which no later frame can notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import av
import av.error

from speaker_boxes.detect.decode.clip_ref import ClipRef
from speaker_boxes.detect.decode.decoder import DecodeStats, decode
from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.source import (
    choose_stream,
    open_container,
    read_packets,
    set_up_decoder,
)
from speaker_boxes.detect.decode.video import open_local
from speaker_boxes.fetch.source import Download
from speaker_boxes.page.frame_index import FrameIndex, read_index

KEEP_BEFORE = 12
"""Frames before the wanted one that are decoded whole: a step back is to find them."""
_SEEK_BACK_S = (0, 1, 10)
"""Seconds before a key frame to seek to, until a packet at or before it comes."""


def read_clip_ref(path: Path, name: str, stream_index: int | None) -> ClipRef:
    """How a clip's pictures stand, from its first frame; errors as ``open_local``'s."""
    with open_local(Download(path), name, stream_index=stream_index) as video:
        return video.clip_ref()


class FrameReader:
    """Decodes; for one thread.

    Parameters
    ----------
    index
        ``None`` decodes from the clip's beginning whatever is asked for: slow, and right.
    single
        For one picture here and there: no thread waits for the frames that come after it.
    """

    def __init__(
        self, clip_ref: ClipRef, index: FrameIndex | None, *, single: bool = False
    ) -> None:
        self._ref = clip_ref
        self._index = index
        self._single = single
        self._stack = ExitStack()
        self._opened: tuple[av.container.InputContainer, av.VideoStream] | None = None
        self._next = -1
        """Index of the frame that comes next; -1 if decoding has not begun."""
        self._whole_from = 0
        """Frames from here on are wanted all."""
        self._left_out_pts = -1
        """Up to here frames may have been left out: the decoder is ahead of what it gave."""
        self._frames: Iterator[tuple[int, FrameImage]] = iter(())

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    @property
    def next_frame(self) -> int:
        """What ``read_next`` gives; -1 if nothing."""
        return self._next

    def read_to(self, frame: int, *, beyond_key: bool = False) -> Iterator[tuple[int, FrameImage]]:
        """Frames up to one, with their indices: those on the way that were decoded, too.

        None of the ``KEEP_BEFORE`` before it is left out. May be left where it is, for another
        frame.

        Parameters
        ----------
        beyond_key
            Those before it are wanted though the key frame is nearer: at the cost of all that
            the group before holds.

        Raises
        ------
        LookupError
            The clip has no such frame.
        """
        nearest = 0 if beyond_key or self._index is None else self._index.key_before(frame)
        start = max(nearest, frame - KEEP_BEFORE)
        if not self._is_ahead(start, frame):
            self._begin(start)
        self._whole_from = start
        for index, picture in self._frames:
            self._next = index + 1
            yield index, picture
            if index == frame:
                return
        self._next = -1
        if self._index is None:
            raise LookupError(f"frame {frame} does not decode")
        # a file that does not decode from within as its packets promise: the slow way from now on
        self._index = self._opened = None
        yield from self.read_to(frame, beyond_key=beyond_key)

    def read_next(self) -> tuple[int, FrameImage] | None:
        """The frame after the last one that was read; ``None`` at the end."""
        found = next(self._frames, None) if self._next >= 0 else None
        self._next = -1 if found is None else found[0] + 1
        return found

    def key_of(self, frame: int) -> int | None:
        """The key frame that ``key_picture`` gives."""
        return None if self._index is None else self._index.key_before(frame)

    def key_picture(self, frame: int) -> FrameImage | None:
        """The key frame at or before a frame: at once, for something to look at."""
        if self._index is None:
            return None
        key = self._index.key_before(frame)
        for index, picture in self._open(key):
            if index >= key:
                self._next = -1
                return picture
        return None

    def _is_ahead(self, start: int, frame: int) -> bool:
        """Whether reading on is the shortest way, and nothing that is wanted was left out."""
        if not 0 <= self._next <= frame:
            return False
        known = self._index
        return known is None or (
            known.key_before(start) <= self._next
            and known.pts[max(start, self._next)] > self._left_out_pts
        )

    def _begin(self, start: int) -> None:
        self._frames = self._open(start)
        self._next = 0 if self._index is None else self._index.key_before(start)

    def _open(self, start: int) -> Iterator[tuple[int, FrameImage]]:
        """Decode anew, from the key frame before ``start``."""
        if self._index is not None:
            opened = self._opened or self._open_file()
            return _up_to_an_error(self._by_time(*opened, self._index, start))
        frames = decode(*self._open_file(), DecodeStats(), self._ref.name, self._ref.path)
        return ((index, self._picture(frame)) for index, frame in enumerate(frames))

    def _open_file(self) -> tuple[av.container.InputContainer, av.VideoStream]:
        self._stack.close()
        container = self._stack.enter_context(open_container(self._ref.path, self._ref.name))
        stream = choose_stream(container, self._ref.name, self._ref.stream_index)
        set_up_decoder(stream, threads=0)
        if self._single:
            stream.thread_type = "SLICE"
        self._opened = container, stream
        return self._opened

    def _by_time(
        self,
        container: av.container.InputContainer,
        stream: av.VideoStream,
        known: FrameIndex,
        start: int,
    ) -> Iterator[tuple[int, FrameImage]]:
        key = known.key_before(start)
        self._left_out_pts = int(known.pts[0]) - 1
        self._seek(container, stream, int(known.pts[key]))
        due: int | None = None
        for packet in read_packets(container, stream):
            wanted = packet.pts is None or packet.pts >= known.pts[self._whole_from]
            if not wanted:
                self._left_out_pts = max(self._left_out_pts, packet.pts or 0)
            stream.codec_context.skip_frame = "DEFAULT" if wanted else "NONREF"
            try:
                frames = stream.codec_context.decode(packet)
            except av.error.FFmpegError:
                continue  # it may refer to pictures before the key frame
            for frame in frames:
                index = None if frame.pts is None else known.frame_at(frame.pts)
                if index is None or index < key:
                    continue
                if due is not None and (index < due or index > due >= self._whole_from):
                    return  # not what the packets promise
                due = index + 1
                yield index, self._picture(frame)

    def _seek(
        self, container: av.container.InputContainer, stream: av.VideoStream, pts: int
    ) -> None:
        """Put the file where the key frame with a timestamp is the next one, or one before it."""
        for seconds in _SEEK_BACK_S:
            container.seek(pts - round(seconds / self._ref.time_base), stream=stream)
            first = next(read_packets(container, stream), None)
            landed = first is not None and first.pts is not None and first.pts <= pts
            container.seek(pts - round(seconds / self._ref.time_base), stream=stream)
            if landed:
                return

    def _picture(self, frame: av.VideoFrame) -> FrameImage:
        return FrameImage(frame, self._ref.orientation, self._ref.width, self._ref.height)


def _up_to_an_error(
    frames: Iterator[tuple[int, FrameImage]],
) -> Iterator[tuple[int, FrameImage]]:
    """End where a damaged file cannot be sought or read: the slow way goes on from there."""
    with suppress(av.error.FFmpegError):
        yield from frames


def open_reader(clip_ref: ClipRef) -> tuple[FrameReader, FrameIndex | None]:
    """A reader of a clip, and what is known of its frames."""
    index = read_index(clip_ref.path, clip_ref.name, clip_ref.stream_index)
    return FrameReader(clip_ref, index), index
