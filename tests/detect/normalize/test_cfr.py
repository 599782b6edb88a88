"""Which frames a constant rate takes, against putting each tick's nearest frame by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.detect.normalize.cfr import FRAME_RATES, frame_repeats, nearest_frame_rate


@pytest.mark.parametrize(
    ("measured", "rate"),
    [
        (Fraction(25), Fraction(25)),
        (Fraction(2997, 100), Fraction(30000, 1001)),
        (Fraction(24000, 1001), Fraction(24000, 1001)),
        (Fraction(60000, 1001), Fraction(30000, 1001)),
        (Fraction(50), Fraction(25)),
        (Fraction(120), Fraction(30)),
        (Fraction(90), Fraction(30)),
        (Fraction(75), Fraction(25)),
        (Fraction(600), Fraction(30)),
        (Fraction(25, 2), Fraction(25)),
        (Fraction(15), Fraction(30)),
        (Fraction(167, 10), Fraction(24000, 1001)),
        (None, Fraction(25)),
    ],
    ids=str,
)
def test_the_nearest_usual_rate_is_taken(measured: Fraction | None, rate: Fraction) -> None:
    """Every second frame, or each one twice, where that keeps an even step."""
    assert nearest_frame_rate(measured) == rate


def test_a_mean_rate_becomes_a_whole_one() -> None:
    """No rate is kept there, so none is taken that check would warn of."""
    assert nearest_frame_rate(Fraction(167, 10), varies=True) == 24
    assert nearest_frame_rate(Fraction(29977, 1000), varies=True) == 30


@pytest.mark.parametrize(
    ("times", "rate", "copies"),
    [
        ([0, 0.04, 0.08, 0.12], 25, [1, 1, 1, 1]),
        ([0.5, 0.54, 0.58], 25, [1, 1, 1]),
        ([0, 0.02, 0.04, 0.06, 0.08], 25, [1, 0, 1, 0, 1]),
        ([0, 0.04, 0.2, 0.24], 25, [1, 4, 1, 1]),
        ([0, 0.041, 0.079, 0.121], 25, [1, 1, 1, 1]),
        ([0, 0.08, 0.04, 0.12], 25, [2, 0, 1, 1]),
        ([3.0], 30, [1]),
    ],
    ids=["same", "late start", "twice as many", "pause", "rounded", "falls back", "one"],
)
def test_copies_follow_the_timestamps(times: list[float], rate: int, copies: list[int]) -> None:
    """1 as a rule, 0 for a frame that is left out, more for one that stays."""
    measured = Fraction(rate) if len(times) > 1 else None

    assert frame_repeats(np.array(times), Fraction(rate), measured).tolist() == copies


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=60),
    st.sampled_from(FRAME_RATES),
    st.integers(0, 10_000),
)
def test_every_tick_shows_the_frame_of_its_time(
    steps_ms: list[int], rate: Fraction, start_ms: int
) -> None:
    """The frame of a tick is the latest one that began before the tick's end."""
    times = (start_ms + np.cumsum([0, *steps_ms])) / 1000
    measured = Fraction(len(steps_ms) * 1000, sum(steps_ms))

    copies = frame_repeats(times, rate, measured)

    shown = np.repeat(np.arange(len(times)), copies)
    assert (copies >= 0).all()
    assert copies[-1] >= 1
    for tick in range(len(shown) - int(copies[-1]) + 1):
        ends = (tick + 0.5) / float(rate)
        # a frame that begins at the very end may be counted either way
        surely = np.flatnonzero(times - times[0] < ends - 1e-6)[-1]
        perhaps = np.flatnonzero(times - times[0] < ends + 1e-6)[-1]
        assert surely <= shown[tick] <= perhaps


def test_half_the_rate_takes_every_second_frame() -> None:
    """50 to 25: always the first of two, although each second one is a tie."""
    copies = frame_repeats(np.arange(1000) / 50, Fraction(25), Fraction(50))

    assert copies[:-1].tolist() == [1, 0] * 499 + [1]


@given(st.sampled_from(FRAME_RATES), st.integers(1, 2000))
def test_a_constant_rate_loses_nothing(rate: Fraction, n_frames: int) -> None:
    """At its own rate each frame is shown once, with times rounded to milliseconds."""
    times = np.round(np.arange(n_frames) / float(rate), 3)

    assert (frame_repeats(times, rate, rate if n_frames > 1 else None) == 1).all()
