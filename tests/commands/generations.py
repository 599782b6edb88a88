"""What the tests of the commands about generations share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


def media(boxes: Path) -> list[Any]:
    return [boxes, "--video", clip_path(), "--audio", clip_path()]
