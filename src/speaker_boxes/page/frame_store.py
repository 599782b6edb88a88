"""Frames as JPEG: two threads that decode, what was decoded last is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import cv2

from speaker_boxes.detect.decode.clip_ref import ClipRef
from speaker_boxes.detect.decode.frame_image import FrameImage, Image
from speaker_boxes.page.frame_index import FrameIndex
from speaker_boxes.page.frame_reader import KEEP_BEFORE, FrameReader

MAX_BYTES = 72 << 20
"""Of decoded frames that are kept: some 24 of 1080p. With the rest of the server it leaves
room below 500 MB."""
AHEAD = 8
"""Frames that are decoded after the last wanted one while nothing else is to be done."""
THUMB_WIDTH = 320
"""Pixels of the picture that is shown first."""
QUALITY, THUMB_QUALITY = 88, 70
"""Of JPEG: no fault is seen by eye, and recognisable."""


@dataclass(slots=True)
class _Wanted:
    """What one thread is asked for: the latest first."""

    frames: list[tuple[int, Future[FrameImage]]] = field(default_factory=list)
    ready: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False


class FrameStore:
    """Exact frames of one clip. Closes with ``close``."""

    def __init__(self, clip_ref: ClipRef, index: FrameIndex | None) -> None:
        self._kept = _Kept(MAX_BYTES)
        self._ref = clip_ref
        self._wanted, self._keys = _Wanted(), _Wanted()
        self._threads = [
            threading.Thread(target=self._serve, args=(FrameReader(clip_ref, index),), daemon=True),
            threading.Thread(
                target=self._serve_keys,
                args=(FrameReader(clip_ref, index, single=True),),
                daemon=True,
            ),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads."""
        for wanted in (self._wanted, self._keys):
            with wanted.ready:
                wanted.ended = True
                for _, future in wanted.frames:
                    future.cancel()
                wanted.ready.notify()
        for thread in self._threads:
            thread.join(timeout=5)

    def jpeg(self, frame: int, width: int) -> bytes:
        """One exact frame, at most so wide; blocks.

        Raises
        ------
        LookupError
            There is no such frame.
        """
        kept = self._kept.get(frame)
        if kept is None:
            kept = _ask(self._wanted, frame).result()
        else:
            _ask(self._wanted, frame)  # so that what is around it is decoded
        return _encode(kept, width, QUALITY)

    def thumb(self, frame: int) -> bytes:
        """The frame, or the key frame before it, small; blocks for a moment only."""
        kept = self._kept.get(frame)
        if kept is None:
            kept = _ask(self._keys, frame).result()
        return _encode(kept, THUMB_WIDTH, THUMB_QUALITY)

    def _serve(self, reader: FrameReader) -> None:
        around = _Around(self._kept, reader)
        while (found := _next(self._wanted, around.step)) is not None:
            frame, future = found
            kept = self._kept.get(frame)
            _answer(future, lambda kept=kept, frame=frame: kept or around.read(frame))  # type: ignore[misc]
            around.aim(frame)
        reader.close()

    def _serve_keys(self, reader: FrameReader) -> None:
        last: tuple[int, FrameImage] | None = None
        while (found := _next(self._keys, lambda: False)) is not None:
            frame, future = found
            key = reader.key_of(frame)
            if last is None or key is None or last[0] != key:
                picture = _answer(future, lambda frame=frame: _key(reader, frame))  # type: ignore[misc]
                last = None if picture is None or key is None else (key, picture)
            else:
                future.set_result(last[1])
        reader.close()


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
    """Reads what is wanted, and what is likely to be wanted next."""

    def __init__(self, kept: _Kept, reader: FrameReader) -> None:
        self._kept = kept
        self._reader = reader
        self._wanted = 0
        self._backwards = False
        self._left = 0
        self._done_to = -1

    def read(self, frame: int) -> FrameImage:
        """Decode one frame, and keep what comes with it."""
        for index, picture in self._reader.read_to(frame):
            self._kept.add(index, picture)
            self._done_to = index
            if index == frame:
                return picture
        raise LookupError(f"frame {frame} does not decode")

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
            try:
                for index, picture in self._reader.read_to(before):
                    self._kept.add(index, picture)
            except LookupError:
                return False
        elif self._wanted <= self._done_to < self._wanted + AHEAD:
            found = self._reader.read_next()
            if found is None:
                self._left = 0
                return False
            self._done_to = found[0]
            self._kept.add(*found)
        else:
            self._left = 0
        return self._left > 0


def _ask(wanted: _Wanted, frame: int) -> Future[FrameImage]:
    future: Future[FrameImage] = Future()
    with wanted.ready:
        if wanted.ended:
            raise LookupError("the server ends")
        wanted.frames.append((frame, future))
        wanted.ready.notify()
    return future


def _next(wanted: _Wanted, meanwhile: Callable[[], bool]) -> tuple[int, Future[FrameImage]] | None:
    """Wait for something to do; ``None`` when all ends."""
    more = True
    while True:
        with wanted.ready:
            while not (wanted.frames or wanted.ended or more):
                wanted.ready.wait()
            if wanted.ended:
                return None
            if wanted.frames:
                return wanted.frames.pop()
        more = meanwhile()


def _answer(future: Future[FrameImage], make: Callable[[], FrameImage]) -> FrameImage | None:
    """Give what is made, or what is raised, to whoever waits."""
    try:
        made = make()
    except Exception as error:
        future.set_exception(error)
        return None
    future.set_result(made)
    return made


def _key(reader: FrameReader, frame: int) -> FrameImage:
    picture = reader.key_picture(frame)
    if picture is None:
        raise LookupError("its key frames are not known")
    return picture


def _encode(picture: FrameImage, width: int, quality: int) -> bytes:
    width = min(width, picture.width)
    if width == picture.width:
        image: Image = picture.rgb()
    else:
        height = max(1, round(picture.height * width / picture.width))
        image = picture.resized_crop((0, 0, picture.width, picture.height), width, height)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)
