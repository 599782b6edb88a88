"""Detectors by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from speaker_boxes.detect.detectors.registry import DETECTORS, open_detectors


def test_the_default_is_mediapipe() -> None:
    """It needs no download."""
    assert next(iter(DETECTORS)) == "mediapipe"
    with open_detectors("mediapipe") as pair:
        assert pair.name == "mediapipe"


@pytest.mark.parametrize(
    ("name", "model", "message"),
    [
        ("haar", None, "detector must be one of mediapipe, yunet; got haar"),
        ("mediapipe", Path("mine.onnx"), "a model file is for yunet"),
    ],
    ids=["unknown", "model for the wrong one"],
)
def test_a_mistake_is_told_at_once(name: str, model: Path | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_detectors(name, model=model)


def test_yunet_does_without_mediapipe() -> None:
    """Which takes half a second to import."""
    script = (
        "import sys; from speaker_boxes.detect.detectors.registry import open_detectors;"
        "open_detectors('yunet'); print('mediapipe' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "False\n"
