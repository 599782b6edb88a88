"""Moments become stretches of time."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.track.speech.decide import decide
from speaker_boxes.track.speech.spells import spells


def test_each_stretch_says_who_and_how_clearly() -> None:
    """Two turns with a pause between, then one that is not clear."""
    one = np.repeat([3, 3, -2, 2], 50)
    two = np.repeat([-2, -2, 3, 1.9], 50)
    speech = np.ones(200, bool)
    speech[50:100] = False

    found = spells(decide(np.array([one, two], np.float32), speech), 10.0)

    assert [(each.face, each.resolved) for each in found[:2]] == [(0, True), (1, True)]
    assert (found[0].start_s, found[0].end_s) == pytest.approx((9.98, 11.98))
    assert found[1].start_s == pytest.approx(13.98)
    assert found[0].margin == pytest.approx(5)
    assert not found[-1].resolved
    assert found[-1].end_s == pytest.approx(17.98)
