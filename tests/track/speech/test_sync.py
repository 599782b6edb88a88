"""Whether mouth and sound go together."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.track.speech.sound import Run, Sound
from speaker_boxes.track.speech.sync import Sync, is_foreign, loudness, mouth_motion


@pytest.mark.parametrize(
    ("found", "foreign"),
    [
        ([Sync(10, 0.9)], False),
        ([Sync(10, 0.2)], True),
        ([Sync(4, 0.2)], False),
        ([Sync(4, 0.2), Sync(6, 0.2)], True),
        ([Sync(4, 0.2), Sync(12, 1.0)], False),
        ([Sync(0, 0.0)], False),
        ([], False),
    ],
    ids=["own", "another's", "too short", "in two shots", "mostly own", "not seen", "nothing"],
)
def test_only_enough_evidence_is_a_veto(found: list[Sync], foreign: bool) -> None:
    assert is_foreign(found) is foreign


def test_the_mouth_is_what_counts() -> None:
    """A mouth that opens at picture 5 moves there; eyes that blink at 8 do not count."""
    pictures = np.full((12, 112, 112), 120, np.uint8)
    pictures[5:, 80:95, 40:70] = 30
    pictures[8, 30:45, 20:90] = 30

    motion = mouth_motion(pictures)

    assert int(np.argmax(motion)) == 5
    assert motion[8] == motion[0]


def test_level_is_in_step_with_pictures() -> None:
    """A burst of 40 ms around 1 s is the level at picture 25, as loud as it is."""
    samples = np.zeros(32000, np.int16)
    samples[16000 - 320 : 16000 + 320] = 16384

    level = loudness(Sound((Run(5.0, samples),)), 5.0, 50)

    assert int(np.argmax(level)) == 25
    assert level[25] == pytest.approx(-6.02, abs=0.01)
    assert level[24] == pytest.approx(-120, abs=0.01)
