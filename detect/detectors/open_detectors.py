"""Detectors that are opened here, or kept open in a worker, and what their models are."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from pathlib import Path

from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.model_download import YUNET
from speaker_boxes.detect.detectors.model_files import DIGESTS
from speaker_boxes.detect.detectors.registry import DetectorChoice, open_detectors
from speaker_boxes.file_digest import file_digest


def opened(
    detectors: DetectorPair | DetectorChoice,
) -> AbstractContextManager[DetectorPair]:
    """Open what is only named; leave open what is open."""
    if isinstance(detectors, DetectorPair):
        return nullcontext(detectors)
    return open_detectors(detectors.name, model=detectors.model)


def model_digests(choice: DetectorChoice) -> list[str]:
    """SHA-256 of the models behind a choice; they are read only where they are the user's own."""
    if choice.name == "yunet":
        named = choice.model or os.environ.get(YUNET.variable)
        return [file_digest(Path(named))] if named and Path(named).is_file() else [YUNET.sha256]
    return sorted(DIGESTS.values())


class _ThreadDetectors(threading.local):
    """The detectors that a thread keeps open, until it ends."""

    def __init__(self) -> None:
        self.pairs: dict[DetectorChoice, DetectorPair] = {}
        self.closing = ExitStack()

    def __del__(self) -> None:
        with suppress(RuntimeError):  # MediaPipe's own threads may have ended already
            self.closing.close()


_mine = _ThreadDetectors()


def thread_detectors(choice: DetectorChoice) -> DetectorPair:
    """The detectors of this thread, opened when first asked for."""
    if choice not in _mine.pairs:
        _mine.pairs[choice] = _mine.closing.enter_context(opened(choice))
    return _mine.pairs[choice]


def close_thread_detectors() -> None:
    """Close what this thread keeps open."""
    _mine.pairs.clear()
    _mine.closing.close()
