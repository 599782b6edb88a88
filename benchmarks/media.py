"""Where the clips and labels are that benchmarks measure on; none is part of the project."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def shared_folder() -> Path:
    """The folder beside the checkout, or what SPEAKER_BOXES_SHARED names."""
    return Path(os.environ.get("SPEAKER_BOXES_SHARED", ROOT.parent / "shared"))


def clip_file(name: str) -> Path:
    """A clip or a still by its file's name.

    Raises
    ------
    FileNotFoundError
        It is neither among the clips, nor the awkward ones, nor the stills.
    """
    for folder in ("clips", "awkward", "stills"):
        path = shared_folder() / "media" / folder / name
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"{name} is not in {shared_folder()}/media; set SPEAKER_BOXES_SHARED to where it is"
    )


def yunet_model() -> Path:
    """The YuNet file, which is not packaged."""
    return shared_folder() / "models" / "face_detection_yunet_2023mar.onnx"
