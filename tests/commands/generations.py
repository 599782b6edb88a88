"""What the tests of the commands about generations share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.file_digest import file_digest
from speaker_boxes.sample import clip_path

Run = Callable[..., int]
Shown = pytest.CaptureFixture[str]
VIDEO, AUDIO = "https://e.x/talk.mp4", "https://e.x/say.wav"


class NoWaiting:
    """Time in which nobody waits."""

    @staticmethod
    def sleep(seconds: float) -> None:
        """Do not."""

    @staticmethod
    def monotonic() -> float:
        return 0.0


def write_sample_boxes(folder: Path) -> Path:
    """Write ``talk.json`` for the sample clip, with the report that saves decoding it."""
    path = folder / "talk.json"
    path.write_text(json.dumps({"bounding_boxes": [[200, 100, 300, 220]] * 170}))
    clip = {"sha256": file_digest(clip_path()), "width": 640, "height": 480, "frames": 170,
            "rate": "25/1"}  # fmt: skip
    (folder / "talk.report.json").write_text(json.dumps({"format": 1, "clip": clip}))
    return path


def media(boxes: Path) -> list[Any]:
    return [boxes, "--video", clip_path(), "--audio", clip_path()]
