"""Whether the page is still open: it holds a request open for as long as it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

ALONE_S = 60.0
"""Seconds without an open page after which the server ends: time for a reload."""
UNOPENED_S = 600.0
"""Seconds that the link may wait for its first opening; chosen."""


class Presence:
    """Counts open pages."""

    def __init__(self, alone_s: float = ALONE_S, unopened_s: float = UNOPENED_S) -> None:
        self.ending = False
        """Set it to end the server: open requests come to their end."""
        self._alone_s, self._unopened_s = alone_s, unopened_s
        self._n_open = 0
        self._alone_since = time.monotonic()
        self.opened = False
        """Whether there was a page ever."""

    @contextmanager
    def here(self) -> Iterator[None]:
        """A page is open in this context."""
        self._n_open += 1
        self.opened = True
        try:
            yield
        finally:
            self._n_open -= 1
            self._alone_since = time.monotonic()

    def is_over(self) -> bool:
        """Whether the page has been closed for long enough, or was not opened for too long."""
        if self.ending:
            return True
        return self.is_unopened() or (
            self.opened and not self._n_open and self._alone_for_s() > self._alone_s
        )

    def is_unopened(self) -> bool:
        """Whether nobody opened the link for too long."""
        return not self.opened and self._alone_for_s() > self._unopened_s

    def _alone_for_s(self) -> float:
        return time.monotonic() - self._alone_since
