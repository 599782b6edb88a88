"""What one decoding thread is asked for: the latest first, and what nobody waits for is dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class FrameQueue(Generic[T]):
    """Frames that are asked for, and who waits for each."""

    def __init__(self) -> None:
        self._asked: list[tuple[int, Future[T]]] = []
        self._ready = threading.Condition()
        self._ended = False
        self._newer: Future[T] | None = None
        """What was asked for last, since the thread took something up."""

    def ask(self, frame: int) -> Future[T]:
        """Want a frame before all that was wanted earlier; ``cancel`` it if it is no more.

        Raises
        ------
        LookupError
            The server ends.
        """
        future: Future[T] = Future()
        with self._ready:
            if self._ended:
                raise LookupError("the server ends")
            self._asked.append((frame, future))
            self._newer = future
            self._ready.notify()
        return future

    def end(self) -> None:
        """Let the thread come to its end, and whoever waits."""
        with self._ready:
            self._ended = True
            for _, future in self._asked:
                future.cancel()
            self._ready.notify()

    def is_overtaken(self) -> bool:
        """Whether something newer is wanted, or nothing any more."""
        with self._ready:
            return self._ended or (self._newer is not None and not self._newer.cancelled())

    def put_back(self, frame: int, future: Future[T]) -> None:
        """For when all that is newer is done."""
        with self._ready:
            self._asked.insert(0, (frame, future))

    def next(self, meanwhile: Callable[[], bool]) -> tuple[int, Future[T]] | None:
        """Wait for something to do; ``None`` when all ends.

        Parameters
        ----------
        meanwhile
            Called while there is nothing; says whether it wants to be called again.
        """
        more = True
        while True:
            with self._ready:
                while not (self._asked or self._ended or more):
                    self._ready.wait()
                if self._ended:
                    return None
                self._newer = None
                while self._asked:
                    frame, future = self._asked.pop()
                    if not future.cancelled():
                        return frame, future
            more = meanwhile()
