"""The detectors by name; each is imported only when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speaker_boxes.detect.detectors.base import DetectorPair


def _mediapipe(model: Path | None) -> AbstractContextManager[DetectorPair]:
    from speaker_boxes.detect.detectors.blazeface_mediapipe import mediapipe_detectors

    return mediapipe_detectors()


def _yunet(model: Path | None) -> AbstractContextManager[DetectorPair]:
    from speaker_boxes.detect.detectors.yunet import yunet_detectors

    return yunet_detectors(model=model)


DETECTORS: dict[str, Callable[[Path | None], AbstractContextManager[DetectorPair]]] = {
    "mediapipe": _mediapipe,
    "yunet": _yunet,
}
"""What opens each; the first is the default."""


@dataclass(frozen=True, slots=True)
class DetectorChoice:
    """A pair of detectors by its name, as it can be sent to another process.

    Raises
    ------
    ValueError
        There is no such detector, or it takes no model file.
    """

    name: str = "mediapipe"
    """One of ``DETECTORS``."""
    model: Path | None = None
    """A local model file instead of the detector's own; for yunet only."""

    def __post_init__(self) -> None:
        if self.name not in DETECTORS:
            raise ValueError(f"detector must be one of {', '.join(DETECTORS)}; got {self.name}")
        if self.model is not None and self.name == "mediapipe":
            raise ValueError("mediapipe brings its own models; a model file is for yunet")


def open_detectors(name: str, *, model: Path | None = None) -> AbstractContextManager[DetectorPair]:
    """Open a pair of detectors by its name; arguments and errors as ``DetectorChoice``'s.

    Raises
    ------
    ModelError
        On entering: its model or library is missing or damaged.
    """
    choice = DetectorChoice(name, model)
    return DETECTORS[choice.name](choice.model)
