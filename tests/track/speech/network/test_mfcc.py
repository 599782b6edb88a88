"""Audio features against python_speech_features' values in ``reference.npz``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.track.speech.mfcc import mfcc
from tests.track.speech.inputs import N, sound


def test_features_are_the_reference() -> None:
    """Speech-like sound and digital silence; the reference is stored as float32."""
    with np.load(Path(__file__).with_name("reference.npz")) as file:
        expected = file["features"]

    found = mfcc(sound())

    assert found.shape == (4 * N, 13)
    assert found[::12] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("n_samples", "rows"), [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2)])
def test_only_whole_rows_come_out(n_samples: int, rows: int) -> None:
    """A row takes 400 samples, the next one 160 more."""
    assert mfcc(np.ones(n_samples, np.int16)).shape == (rows, 13)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long sound is taken in blocks."""
    whole = mfcc(sound())
    monkeypatch.setattr("speaker_boxes.track.speech.mfcc._BLOCK", 17)

    assert mfcc(sound()) == pytest.approx(whole, abs=1e-4)
