"""Detectors that are opened here, or kept open in a worker, and what their models are."""

from __future__ import annotations

import threading
import weakref
from contextlib import AbstractContextManager, ExitStack, nullcontext

from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.registry import DETECTORS, DetectorChoice, open_detectors


def opened(
    detectors: DetectorPair | DetectorChoice,
) -> AbstractContextManager[DetectorPair]:
    """Open what is only named; leave open what is open."""
    if isinstance(detectors, DetectorPair):
        return nullcontext(detectors)
    return open_detectors(detectors.name, model=detectors.model)


def model_digests(choice: DetectorChoice) -> list[str]:
    """SHA-256 of the models behind a choice; they are read only where they are the user's own."""
    return DETECTORS[choice.name].model_digests(choice.model)


class _OpenDetectors:
    """Detectors that are open, closed when asked to, or with the last reference to this."""

    def __init__(self) -> None:
        self._pairs: dict[DetectorChoice, DetectorPair] = {}
        self._stack = ExitStack()
        self.close = weakref.finalize(self, self._stack.close)

    def get(self, choice: DetectorChoice) -> DetectorPair:
        """The detectors of a choice, opened when first asked for."""
        if choice not in self._pairs:
            self._pairs[choice] = self._stack.enter_context(opened(choice))
        return self._pairs[choice]


_mine = threading.local()
"""``detectors``: an ``_OpenDetectors`` that nothing else refers to, so that it ends with its
thread."""


def thread_detectors(choice: DetectorChoice) -> DetectorPair:
    """The detectors of this thread, opened when first asked for, closed when the thread ends."""
    if not hasattr(_mine, "detectors"):
        _mine.detectors = _OpenDetectors()
    kept: _OpenDetectors = _mine.detectors
    return kept.get(choice)


def close_thread_detectors() -> None:
    """Close what this thread keeps open."""
    if hasattr(_mine, "detectors"):
        _mine.detectors.close()
        del _mine.detectors
