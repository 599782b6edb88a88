"""Whether the page is still open: it holds a request open for as long as it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

ALONE_S = 60.0
"""Seconds without an open page after which the server ends; time for a reload, or for opening
the link for the first time."""


class Presence:
    """Counts open pages."""

    def __init__(self, alone_s: float = ALONE_S) -> None:
        self.ending = False
        """Set it to end the server: open requests come to their end."""
        self._alone_s = alone_s
        self._n_open = 0
        self._alone_since = time.monotonic()
        self._opened = False

    @contextmanager
    def here(self) -> Iterator[None]:
        """A page is open in this context."""
        self._n_open += 1
        self._opened = True
        try:
            yield
        finally:
            self._n_open -= 1
            self._alone_since = time.monotonic()

    def is_over(self) -> bool:
        """Whether there was a page, and it has been closed for long enough."""
        if self.ending:
            return True
        alone = time.monotonic() - self._alone_since
        return self._opened and not self._n_open and alone > self._alone_s
