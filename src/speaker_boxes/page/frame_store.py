"""Frames as they are asked for: threads that decode, and what was decoded last is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

import cv2
import numpy as np

from speaker_boxes.detect.decode.clip_ref import ClipRef
from speaker_boxes.detect.decode.frame_image import FrameImage, Image
from speaker_boxes.page.frame_index import FrameIndex
from speaker_boxes.page.frame_queue import FrameQueue
from speaker_boxes.page.frame_reader import KEEP_BEFORE, FrameReader

MAX_BYTES = 72 << 20
"""Of decoded frames that are kept: some 24 of 1080p. With the rest of the server it leaves
room below 500 MB."""
AHEAD = 8
"""Frames that are decoded after the last wanted one while nothing else is to be done."""
THUMB_WIDTH = 320
"""Pixels of the picture that is shown first."""
MAX_THUMBS = 512
"""Key frames of which a small picture is made while nothing else is to be done: some 10 MB."""
QUALITY, THUMB_QUALITY = 88, 70
"""Of JPEG: no fault is seen by eye, and recognisable."""


class FrameStore:
    """Exact frames of one clip, and something like them at once. Closes with ``close``."""

    def __init__(self, clip_ref: ClipRef, index: FrameIndex | None) -> None:
        self._kept = _Kept(MAX_BYTES)
        self._wanted: FrameQueue[FrameImage] = FrameQueue()
        self._likely: FrameQueue[FrameImage] = FrameQueue()
        self._keys: FrameQueue[bytes] = FrameQueue()
        reader, scout = FrameReader(clip_ref, index), FrameReader(clip_ref, index)
        thumbs = _KeyThumbs(FrameReader(clip_ref, index, single=True), index)
        around = _Around(self._kept, reader, self._wanted.is_overtaken)
        self._threads = [
            _start(self._serve, self._wanted, reader, around.step, around.aim),
            _start(self._serve, self._likely, scout),
            _start(self._serve_keys, thumbs),
        ]

    def close(self) -> None:
        """End the threads."""
        for queue in (self._wanted, self._likely, self._keys):
            queue.end()
        for thread in self._threads:
            thread.join(timeout=5)

    def ask(self, frame: int) -> Future[FrameImage]:
        """One exact frame: before all that was asked for earlier. Cancel it if it is not needed.

        The future's error is a LookupError if there is no such frame.
        """
        return self._wanted.ask(frame)

    def ask_likely(self, frame: int) -> Future[FrameImage]:
        """The same for a frame that may be wanted soon, by a decoder of its own."""
        return self._likely.ask(frame)

    def ask_thumb(self, frame: int) -> Future[bytes]:
        """The frame, or the key frame before it, small, as JPEG."""
        kept = self._kept.get(frame)
        if kept is None:
            return self._keys.ask(frame)
        future: Future[bytes] = Future()
        future.set_result(encode(kept, THUMB_WIDTH, THUMB_QUALITY))
        return future

    def _serve(
        self,
        queue: FrameQueue[FrameImage],
        reader: FrameReader,
        meanwhile: Callable[[], bool] = lambda: False,
        done: Callable[[int], None] = lambda frame: None,
    ) -> None:
        while (found := queue.next(meanwhile)) is not None:
            frame, future = found
            picture = self._kept.get(frame)
            if picture is None:
                try:
                    picture = self._read(reader, frame, queue.is_overtaken)
                except Exception as error:
                    _give(future, error)
                    continue
            if picture is None:
                queue.put_back(frame, future)
                continue
            _give(future, picture)
            done(frame)
        reader.close()

    def _read(
        self, reader: FrameReader, frame: int, is_overtaken: Callable[[], bool]
    ) -> FrameImage | None:
        """Decode one frame, and keep what is near it; ``None`` if another is wanted first."""
        for index, picture in reader.read_to(frame):
            if index >= frame - KEEP_BEFORE:
                self._kept.add(index, picture)
            if index == frame:
                return picture
            if is_overtaken():
                return None
        raise LookupError(f"frame {frame} does not decode")

    def _serve_keys(self, thumbs: _KeyThumbs) -> None:
        while (found := self._keys.next(thumbs.make_one)) is not None:
            frame, future = found
            try:
                _give(future, thumbs.of(frame))
            except Exception as error:
                _give(future, error)
        thumbs.close()


class _Kept:
    """Decoded frames; the ones unused for the longest time make room."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._frames: OrderedDict[int, FrameImage] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, frame: int) -> bool:
        return frame in self._frames

    def get(self, frame: int) -> FrameImage | None:
        with self._lock:
            found = self._frames.get(frame)
            if found is not None:
                self._frames.move_to_end(frame)
            return found

    def add(self, frame: int, picture: FrameImage) -> None:
        with self._lock:
            self._frames[frame] = picture
            self._frames.move_to_end(frame)
            most = max(
                2 * KEEP_BEFORE, self._max_bytes // (picture.width * picture.height * 3 // 2)
            )
            while len(self._frames) > most:
                self._frames.popitem(last=False)


class _Around:
    """Reads what is likely to be wanted next, near the last wanted frame."""

    def __init__(self, kept: _Kept, reader: FrameReader, is_overtaken: Callable[[], bool]) -> None:
        self._kept = kept
        self._reader = reader
        self._is_overtaken = is_overtaken
        self._wanted = 0
        self._backwards = False
        self._left = 0

    def aim(self, frame: int) -> None:
        """Read around this frame from now on."""
        self._backwards = frame < self._wanted
        self._wanted, self._left = frame, AHEAD

    def step(self) -> bool:
        """Read one frame ahead, or some before; whether there is more to do."""
        if not self._left:
            return False
        self._left -= 1
        before = max(0, self._wanted - AHEAD // 2)
        if self._backwards and before not in self._kept and before > 0:
            self._left = 0
            self._read_back(before)
        elif self._wanted < self._reader.next_frame < self._wanted + AHEAD:
            found = self._reader.read_next()
            if found is None:
                self._left = 0
            else:
                self._kept.add(*found)
        else:
            self._left = 0
        return self._left > 0

    def _read_back(self, before: int) -> None:
        with suppress(LookupError):
            for index, picture in self._reader.read_to(before, beyond_key=True):
                if index >= before - KEEP_BEFORE:
                    self._kept.add(index, picture)
                if self._is_overtaken():
                    return


class _KeyThumbs:
    """Small pictures of key frames: made while nothing is asked for, or when one is."""

    def __init__(self, reader: FrameReader, index: FrameIndex | None) -> None:
        self._reader = reader
        self._made: OrderedDict[int, bytes] = OrderedDict()
        self._to_make: list[int] = []
        if index is not None:
            n_made = min(MAX_THUMBS, len(index.keys))
            places = np.linspace(0, len(index.keys) - 1, n_made).astype(int)
            self._to_make = index.keys[places].tolist()[::-1]

    def make_one(self) -> bool:
        """Make the next one; whether there is more to do."""
        if self._to_make:
            with suppress(LookupError):
                self.of(self._to_make.pop())
        return bool(self._to_make)

    def of(self, frame: int) -> bytes:
        """The key frame at or before a frame."""
        key = self._reader.key_of(frame)
        made = None if key is None else self._made.get(key)
        if made is not None:
            return made
        picture = self._reader.key_picture(frame)
        if key is None or picture is None:
            raise LookupError("its key frames are not known")
        self._made[key] = encode(picture, THUMB_WIDTH, THUMB_QUALITY)
        if len(self._made) > MAX_THUMBS:
            self._made.popitem(last=False)
        return self._made[key]

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


def _start(work: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, daemon=True)
    thread.start()
    return thread


def _give(future: Future[FrameImage] | Future[bytes], made: object) -> None:
    """Give what was made, or the error, to whoever still waits."""
    with suppress(InvalidStateError):  # cancelled
        if isinstance(made, Exception):
            future.set_exception(made)
        else:
            future.set_result(made)  # type: ignore[arg-type]


def encode(picture: FrameImage, width: int, quality: int = QUALITY) -> bytes:
    """A JPEG of a frame, at most so wide."""
    width = min(width, picture.width)
    if width == picture.width:
        image: Image = picture.rgb()
    else:
        height = max(1, round(picture.height * width / picture.width))
        image = picture.resized_crop((0, 0, picture.width, picture.height), width, height)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)
