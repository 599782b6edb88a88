"""People that need no footage."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks.compose import render
from benchmarks.compose.footage import Footage

FACE = np.array([60, 40, 100, 90], np.float32)
"""Box of the white face."""


@pytest.fixture
def footage(monkeypatch: pytest.MonkeyPatch) -> Footage:
    """A grey picture with a white face, for everybody."""
    image = np.full((160, 200, 3), 60, np.uint8)
    image[40:90, 60:100] = 255
    jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    made = Footage(
        (jpeg,) * 9,
        np.tile(FACE, (9, 1)),
        np.ones(9, bool),
        200,
        160,
    )
    monkeypatch.setattr(render, "load", lambda name: made)
    return made
