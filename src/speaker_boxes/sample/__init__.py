"""The sample clip: a face that moves, leaves, comes back, and is seen again after a cut.

Made by ``benchmarks/make_sample.py`` from the portrait of the astronaut Eileen Collins by NASA,
which is in the public domain, as distributed with scikit-image; the sound is synthetic.
``truth.json`` holds the exact box of the face in each frame.
"""

from __future__ import annotations

import json
from pathlib import Path

from speaker_boxes.files import read_whole

_FOLDER = Path(__file__).parent


def clip_path() -> Path:
    """The clip: 170 frames of 640x360 at 25 frames per second, with a hum for a voice."""
    return _FOLDER / "talk.mp4"


def truth_path() -> Path:
    """Its truth: cuts, a click for each shot, and the face's box in each frame that shows it."""
    return _FOLDER / "truth.json"


def sample_clicks() -> list[str]:
    """A click on the face in each shot, as ``--at`` takes it."""
    truth = json.loads(read_whole(truth_path()))
    return [f"{f}:{x},{y}" for f, x, y in truth["identities"]["astronaut"]["clicks"]]
