"""How long work tells how far it is, by a callback, and what it waits for, by its log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

logger = logging.getLogger(__name__)

SAY_AFTER_S = 2.0
"""Seconds without a sign of life after which it is said; as long as people think nothing of it
(Nielsen, "Usability Engineering", 1993, gives one to ten)."""

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, how much is done, and how much there is in all (``None``: unknown).

Whatever it raises ends the work, and everything that is open is closed: that is how to cancel.
"""


def no_progress(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


class Waiting:
    """While it is open, each silence that is too long is logged, once.

    Parameters
    ----------
    what
        Whom it is waited for.
    timeout_s
        Seconds of silence after which it is given up.
    say_after_s
        Seconds of silence after which it is said; ``SAY_AFTER_S`` if ``None``.
    """

    def __init__(self, what: str, timeout_s: float, *, say_after_s: float | None = None) -> None:
        self._what, self._timeout_s = what, timeout_s
        self._say_after_s = SAY_AFTER_S if say_after_s is None else say_after_s
        self._heard_s = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="waiting")

    def heard(self) -> None:
        """There was a sign of life."""
        self._heard_s = time.monotonic()

    def telling(self, progress: Progress) -> Progress:
        """The same progress, each step of which is a sign of life."""

        def told(stage: str, done: int, total: int | None) -> None:
            self.heard()
            progress(stage, done, total)

        return told

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()

    def _watch(self) -> None:
        said_of = None
        while True:
            heard_s = self._heard_s
            left_s = self._say_after_s - (time.monotonic() - heard_s)
            if left_s <= 0 and said_of != heard_s:
                said_of = heard_s
                logger.warning(
                    "waiting for %s, of which nothing was heard for %g s; it is given up after "
                    "%g s", self._what, self._say_after_s, self._timeout_s,
                )  # fmt: skip
            if self._ended.wait(max(left_s, 0.01) if left_s > 0 else self._say_after_s):
                return


def counted(n: int, word: str) -> str:
    """How many, as people read it: ``1 turn``, ``2 turns``."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def any_of(names: Iterable[str]) -> str:
    """What there is to choose from, as people read it: ``.srt, .vtt or .csv``."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
