"""The detectors by name; each is imported only when it is opened."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from speaker_boxes.detect.faces import DetectorPair
from speaker_boxes.detect.model_download import YUNET
from speaker_boxes.detect.model_file import DIGESTS
from speaker_boxes.detect.source import file_digest


def _mediapipe(model: Path | None) -> AbstractContextManager[DetectorPair]:
    from speaker_boxes.detect.mediapipe_faces import mediapipe_detectors

    if model is not None:
        raise ValueError("mediapipe brings its own models; a model file is for yunet")
    return mediapipe_detectors()


def _yunet(model: Path | None) -> AbstractContextManager[DetectorPair]:
    from speaker_boxes.detect.yunet_faces import yunet_detectors

    return yunet_detectors(model=model)


DETECTORS: dict[str, Callable[[Path | None], AbstractContextManager[DetectorPair]]] = {
    "mediapipe": _mediapipe,
    "yunet": _yunet,
}
"""What opens each; the first is the default."""


def open_detectors(name: str, *, model: Path | None = None) -> AbstractContextManager[DetectorPair]:
    """Open a pair of detectors by its name.

    Parameters
    ----------
    name
        One of ``DETECTORS``.
    model
        A local model file instead of the detector's own; for yunet only.

    Raises
    ------
    ValueError
        There is no such detector, or it takes no model file.
    ModelError
        On entering: its model or library is missing or damaged.
    """
    if name not in DETECTORS:
        raise ValueError(f"detector must be one of {', '.join(DETECTORS)}; got {name}")
    return DETECTORS[name](model)


@dataclass(frozen=True, slots=True)
class DetectorChoice:
    """A pair of detectors by its name, as it can be sent to another process."""

    name: str = "mediapipe"
    model: Path | None = None


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


class _Kept(threading.local):
    """The detectors that a thread keeps open, until it ends."""

    def __init__(self) -> None:
        self.pairs: dict[DetectorChoice, DetectorPair] = {}
        self.closing = ExitStack()

    def __del__(self) -> None:
        with suppress(RuntimeError):  # MediaPipe's own threads may have ended already
            self.closing.close()


_kept = _Kept()


def kept_open(choice: DetectorChoice) -> DetectorPair:
    """The detectors of this thread, opened when first asked for."""
    if choice not in _kept.pairs:
        _kept.pairs[choice] = _kept.closing.enter_context(opened(choice))
    return _kept.pairs[choice]


def close_kept() -> None:
    """Close what this thread keeps open."""
    _kept.pairs.clear()
    _kept.closing.close()
