"""Face embeddings with dlib: how much two faces look like one person. Extra ``[identity]``.

The network is dlib's ResNet of 2017 (King, https://github.com/davisking/dlib-models, CC0), with
its five-point landmarks. Its 68-point ones are not free for commerce and are not used.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.scan.crops import CROP_SHARE, CROP_SIDE, FACE_AT
from speaker_boxes.errors import ModelError

LENGTH = 128
_CHIP_SIDE, _CHIP_PADDING = 150, 0.25  # what the network was trained on
_POINTS = "shape_predictor_5_face_landmarks.dat"
_NETWORK = "dlib_face_recognition_resnet_model_v1.dat"


class FaceEmbedder(Protocol):
    """Turns a crop of a face into a vector; one person's vectors lie near each other."""

    def embed(self, crop: Image) -> npt.NDArray[np.float64]:
        """Vector of shape (LENGTH,); distances are Euclidean, 0.6 is dlib's own threshold."""


def is_installed() -> bool:
    """Tell whether the extra is there, without importing it."""
    return all(importlib.util.find_spec(name) for name in ("dlib", "face_recognition_models"))


def version_of_network() -> str:
    """What an embedding depends on beside its crop."""
    return " ".join(f"{name} {version(name)}" for name in ("dlib-bin", "face-recognition-models"))


def open_embedder() -> FaceEmbedder:
    """Load dlib and its models; takes a fifth of a second.

    Raises
    ------
    ModelError
        The extra is not installed, or a model is missing.
    """
    if not is_installed():
        raise ModelError("face embeddings need dlib: pip install 'speaker-boxes[identity]'")
    import dlib

    # its __init__ imports pkg_resources, which new installations lack: only the files are used
    spec = importlib.util.find_spec("face_recognition_models")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "models"
    try:
        points = dlib.shape_predictor(str(folder / _POINTS))
        network = dlib.face_recognition_model_v1(str(folder / _NETWORK))
    except RuntimeError as error:
        raise ModelError(f"cannot load the face models in {folder}: {error}") from error
    return _DlibEmbedder(dlib, points, network)


class _DlibEmbedder:
    """dlib's landmarks and network."""

    def __init__(self, dlib: object, points: object, network: object) -> None:
        self._dlib, self._points, self._network = dlib, points, network

    def embed(self, crop: Image) -> npt.NDArray[np.float64]:
        crop = np.ascontiguousarray(crop)
        landmarks = self._points(crop, self._face_square())  # type: ignore[operator]  # untyped
        chip = self._dlib.get_face_chip(crop, landmarks, _CHIP_SIDE, _CHIP_PADDING)  # type: ignore[attr-defined]  # untyped
        vector = self._network.compute_face_descriptor(chip)  # type: ignore[attr-defined]  # untyped
        return np.array(vector, dtype=np.float64)

    def _face_square(self) -> object:
        """The square from brows to chin that dlib's own detector would give in a crop."""
        side = 0.95 * CROP_SIDE / CROP_SHARE
        x = CROP_SIDE / 2 - side / 2
        y = FACE_AT * CROP_SIDE - 0.42 * side
        corners = (x, y, x + side, y + side)
        return self._dlib.rectangle(*(round(value) for value in corners))  # type: ignore[attr-defined]  # untyped
