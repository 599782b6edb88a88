"""The detectors by name; each is imported only when it is opened.

A third one is a module beside this (see ``base``) and an entry of ``DETECTORS``: the command, the
cache, the batch and the report know of a detector what its entry says, and no other name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speaker_boxes.detect.detectors.base import DetectorPair


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """How a pair of detectors is opened, and what decides what it finds."""

    open: Callable[[Path | None], AbstractContextManager[DetectorPair]]
    """Gives the pair; takes the user's own model file, if there is one."""
    model_digests: Callable[[Path | None], list[str]]
    """SHA-256 of its models, which are read only where they are the user's own."""
    libraries: tuple[str, ...]
    """Distributions that run it: with another version, known faces are not its own."""
    takes_model: bool = False
    """Whether a local model file may take the place of its own."""
    about: str = ""
    """For whom it is, in a sentence."""


def _open_mediapipe(model: Path | None) -> AbstractContextManager[DetectorPair]:
    from speaker_boxes.detect.detectors.blazeface_mediapipe import mediapipe_detectors

    return mediapipe_detectors()


def _mediapipe_digests(model: Path | None) -> list[str]:
    from speaker_boxes.detect.detectors.model_files import DIGESTS, FULL_RANGE, SHORT_RANGE

    return [DIGESTS[name] for name in (FULL_RANGE, SHORT_RANGE)]


def _open_yunet(model: Path | None) -> AbstractContextManager[DetectorPair]:
    from speaker_boxes.detect.detectors.yunet import yunet_detectors

    return yunet_detectors(model=model)


def _yunet_digests(model: Path | None) -> list[str]:
    from speaker_boxes.detect.detectors.model_download import YUNET, digest_of

    return [digest_of(YUNET, path=model)]


DETECTORS: dict[str, Registered] = {
    "mediapipe": Registered(
        open=_open_mediapipe,
        model_digests=_mediapipe_digests,
        libraries=("mediapipe", "ai-edge-litert"),
    ),
    "yunet": Registered(
        open=_open_yunet,
        model_digests=_yunet_digests,
        libraries=("onnxruntime",),
        takes_model=True,
        about="yunet finds more small and turned ones; its model is fetched from the OpenCV zoo on "
        "first use.",
    ),
}
"""The first is the default."""
DEFAULT = next(iter(DETECTORS))


@dataclass(frozen=True, slots=True)
class DetectorChoice:
    """A pair of detectors by its name, as it can be sent to another process.

    Raises
    ------
    ValueError
        There is no such detector, or it takes no model file.
    """

    name: str = DEFAULT
    """One of ``DETECTORS``."""
    model: Path | None = None
    """A local model file instead of the detector's own; for those that take one."""

    def __post_init__(self) -> None:
        if self.name not in DETECTORS:
            raise ValueError(f"detector must be one of {', '.join(DETECTORS)}; got {self.name}")
        if self.model is not None and not DETECTORS[self.name].takes_model:
            takers = " or ".join(own_models())
            raise ValueError(f"{self.name} brings its own models; a model file is for {takers}")


def own_models() -> list[str]:
    """Names of the detectors that take a local model file."""
    return [name for name, registered in DETECTORS.items() if registered.takes_model]


def open_detectors(name: str, *, model: Path | None = None) -> AbstractContextManager[DetectorPair]:
    """Open a pair of detectors by its name; arguments and errors as ``DetectorChoice``'s.

    Raises
    ------
    ModelError
        On entering: its model or library is missing or damaged.
    """
    choice = DetectorChoice(name, model)
    return DETECTORS[choice.name].open(choice.model)
