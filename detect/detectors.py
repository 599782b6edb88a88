"""The detectors by name; each is imported only when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from speaker_boxes.detect.faces import DetectorPair


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
