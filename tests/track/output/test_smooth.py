"""Smoothing without lag."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.smooth import smooth_runs, whittaker

Floats = npt.NDArray[np.float64]
STRENGTH = TrackOptions().smoothing


def nod(n: int, rate: float = 25, hertz: float = 1.5, height: float = 0.3) -> tuple[Floats, Floats]:
    """A fast nod: a third of the face's size, up and down; times and path."""
    times = np.arange(n) / rate
    return times, height * np.sin(2 * np.pi * hertz * times)[:, None]


def test_the_banded_solve_equals_the_dense_one() -> None:
    """The same minimum by building the whole matrix."""
    rng = np.random.default_rng(1)
    n = 30
    path, weight = rng.normal(size=(n, 2)), rng.uniform(0.1, 2, n)
    second = np.zeros((n - 2, n))
    for i in range(n - 2):
        second[i, i : i + 3] = [1, -2, 1]
    dense = np.linalg.solve(np.diag(weight) + 5 * second.T @ second, weight[:, None] * path)

    got = whittaker(path, weight, np.arange(n) / 25, 5.0)

    np.testing.assert_allclose(got, dense, atol=1e-9)


def test_runs_know_nothing_of_each_other() -> None:
    """Smoothed one behind the other, or each by itself: of any length, with gaps and jumps."""
    rng = np.random.default_rng(7)
    lengths = [1, 2, 3, 40, 13, 7, 200]
    begins = np.cumsum([0, *lengths[:-1]])
    paths = [rng.normal(k, 0.05 * k, (n, 2)) for k, n in enumerate(lengths)]
    weights = [
        np.where(np.isin(np.arange(n), [0, n - 1]), 1.0, rng.random(n) < 0.8) for n in lengths
    ]
    times = [k % 2 + np.arange(n) / (24 + k) for k, n in enumerate(lengths)]
    path, weight, times_s = (np.concatenate(each) for each in (paths, weights, times))

    got = smooth_runs(path, weight, times_s, STRENGTH, begins)

    each = zip(paths, weights, times, strict=True)
    alone = [smooth_runs(path, weight, times_s, STRENGTH) for path, weight, times_s in each]
    np.testing.assert_allclose(got, np.concatenate(alone), atol=1e-9)


@given(st.floats(-1, 1), st.floats(-0.1, 0.1), st.integers(3, 60), st.sampled_from([10, 25, 60]))
def test_a_straight_path_stays_as_it_is(start: float, slope: float, n: int, rate: int) -> None:
    """Steady movement has no acceleration and is not touched, at any frame rate."""
    path: Floats = (start + slope * np.arange(n, dtype=np.float64))[:, None]

    got = smooth_runs(path, np.ones(n), np.arange(n) / rate, STRENGTH)

    np.testing.assert_allclose(got, path, atol=1e-6)


def test_nothing_lags_behind() -> None:
    """The cross-correlation of a fast nod and its smoothed path peaks at 0 frames."""
    times, path = nod(150)
    noisy = path + np.random.default_rng(2).normal(0, 0.01, path.shape)

    got = smooth_runs(noisy, np.ones(150), times, STRENGTH)[:, 0]

    lags = range(-5, 6)
    match = [float(np.dot(np.roll(got, lag)[10:-10], path[10:-10, 0])) for lag in lags]
    assert lags[int(np.argmax(match))] == 0


@pytest.mark.parametrize("rate", [24, 30, 60])
@pytest.mark.parametrize("hertz", [0.5, 1.5, 3.0])
def test_fast_heads_are_not_smeared(rate: float, hertz: float) -> None:
    """A nod of a third of the face, up to three a second, stays within 3 % of the face."""
    times, path = nod(int(4 * rate), rate, hertz)
    noisy = path + np.random.default_rng(3).normal(0, 0.004, path.shape)

    got = smooth_runs(noisy, np.ones(len(times)), times, STRENGTH)

    assert np.abs(got - path).max() < 0.03


def test_noise_is_smoothed() -> None:
    """Half a percent of noise on a still face: its second difference falls to a third."""
    noise = np.random.default_rng(4).normal(0, 0.005, (300, 1))

    got = smooth_runs(noise, np.ones(300), np.arange(300) / 25, STRENGTH)

    def shake(values: Floats) -> float:
        return float(np.sqrt((np.diff(values, 2, axis=0) ** 2).mean()))

    assert shake(got) < shake(noise) / 3


def test_one_wrong_box_does_not_pull_the_path() -> None:
    """A single outlier of a quarter face moves its frame by less than 3 % of the face."""
    path = np.zeros((50, 1))
    path[25] = 0.25

    got = smooth_runs(path, np.ones(50), np.arange(50) / 25, STRENGTH)

    assert np.abs(got).max() < 0.03


def test_gaps_are_bridged() -> None:
    """Rows of weight 0 hold anything and come out between their neighbours."""
    path = np.linspace(0, 1, 21)[:, None].copy()
    weight = np.ones(21)
    path[8:13], weight[8:13] = 99, 0

    got = smooth_runs(path, weight, np.arange(21) / 25, STRENGTH)

    np.testing.assert_allclose(got[:, 0], np.linspace(0, 1, 21), atol=1e-6)


def test_strength_zero_is_no_smoothing() -> None:
    path = np.random.default_rng(5).normal(size=(10, 1))

    assert (whittaker(path, np.ones(10), np.arange(10) / 25, 0.0) == path).all()
