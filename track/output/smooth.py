"""Smooth a path without lag: penalised least squares over the whole of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.output.block_solve import Floats, solve_banded

Rows = npt.NDArray[np.int64]

WHOLE = np.zeros(1, dtype=np.int64)
"""Where one run begins that is all there is."""

_USUAL_NOISE = 0.005
"""Spread of single measurements, of the size of the face, up to which the strength is as asked."""
_MOST = 50.0
"""How many times stronger than asked at most."""


def whittaker(
    path: Floats,
    weight: Floats,
    times_s: Floats,
    strength: float | Floats,
    begins: Rows = WHOLE,
    *,
    rate: float = 25.0,
) -> Floats:
    """Weighted smoother with a penalty on acceleration (Eilers 2003, doi:10.1021/ac034173t).

    Minimises ``sum(weight * (z - path)^2) + strength * sum(acceleration(z)^2)``. Since all of
    the path is known, nothing lags behind; where the weight is 0 the gap is bridged.

    Parameters
    ----------
    path : (n, d)
        Values of d quantities; rows of weight 0 may hold anything finite.
    weight : (n,) or (n, d)
        Not negative; above 0 in the first and the last row of each run.
    times_s : (n,)
        Seconds, rising within each run.
    strength : () or (r,)
        Unit: weight of one frame at ``rate`` frames a second.
    begins : (r,)
        First rows of runs that know nothing of each other.

    Returns
    -------
    (n, d)
    """
    n = len(path)
    run = _run_of(begins, n)
    step = np.maximum(np.diff(times_s) * rate, 1e-2)
    # second differences over uneven steps, (n - 2, 3)
    before, after = step[:-1], step[1:]
    mean = (before + after) / 2
    second = np.column_stack([1 / before, -1 / before - 1 / after, 1 / after]) / mean[:, None]
    second[run[2:] != run[:-2]] = 0
    each = np.broadcast_to(strength * _density(times_s, begins, rate), len(begins))
    penalty = second * (each[run[2:]] * mean)[:, None]
    bands = np.zeros((3, n))  # upper form: row 2 is the diagonal
    for i in range(3):
        for j in range(i, 3):
            bands[2 - (j - i), j : max(n - 2, 0) + j] += penalty[:, i] * second[:, j]
    weight = np.broadcast_to(weight.reshape(n, -1), path.shape)
    return solve_banded(bands, weight, weight * path)


def _run_of(begins: Rows, n: int) -> Rows:
    """Which run each of n rows is of."""
    return np.repeat(np.arange(len(begins)), np.diff(begins, append=n))


def _density(times_s: Floats, begins: Rows, rate: float) -> Floats:
    """Frames per frame of ``rate``: more frames a second weigh more, so the penalty must too."""
    last = np.append(begins[1:], len(times_s)) - 1
    lasts_s = (times_s[last] - times_s[begins]) * rate
    return np.asarray((last - begins) / np.maximum(lasts_s, 1e-2))


def smooth_runs(
    path: Floats,
    weight: Floats,
    times_s: Floats,
    strength: float,
    begins: Rows = WHOLE,
    *,
    least_noise: float = 0.01,
    rounds: int = 4,
) -> Floats:
    """Smooth paths whose outliers are doubted and whose fast turns are kept.

    Parameters
    ----------
    path : (n, d)
        In units of the face's size.
    weight : (n,)
        0 where the path is not known.
    begins : (r,)
        First rows of the paths, one behind the other: each is smoothed by itself.
    least_noise
        Spread of a single measurement at least; more where the path itself shows more. A row
        far off its smoothed neighbours counts less (Tukey's biweight at 8 times the noise);
        several in a row off to one side are movement that was smeared, and count more.

    Returns
    -------
    (n, d)
    """
    if strength == 0:
        return path.copy()
    known = weight > 0
    run = _run_of(begins, len(path))[known]
    first = np.searchsorted(run, np.arange(len(begins)))
    measured = np.array([measure_noise(each) for each in np.split(path[known], first[1:])])
    noise = np.maximum(least_noise, 2 * measured)[run]
    # a path that shakes is smoothed the more: turned faces shake with 1 to 3 % of their size
    shakes = measured.max(axis=1, initial=0) / _USUAL_NOISE
    strengths = strength * np.clip(shakes**2, 1, _MOST)
    around = _rows_around(run, first, 5)
    urge = np.ones_like(path)
    doubt = np.ones_like(path)
    out = path
    for _ in range(rounds):
        out = whittaker(path, weight[:, None] * urge * doubt, times_s, strengths, begins)
        off = (path - out)[known]
        trend = _median(*off[around[1:4]])
        alone = off - trend
        doubt[known] = np.clip(1 - (alone / (8 * noise)) ** 2, 0.05, 1) ** 2
        # the frames around a fast one are fast too
        fast = ((trend / noise) ** 2)[around].max(axis=0)
        urge[known] = np.clip(urge[known] * fast, 1, 100)
    return out


def _rows_around(run: Rows, first: Rows, size: int) -> Rows:
    """The rows around each row, its own in the middle; a run's ends repeated: (size, n)."""
    last = np.append(first[1:], len(run)) - 1
    beside = np.arange(len(run)) + np.arange(size)[:, None] - size // 2
    return np.asarray(np.clip(beside, first[run], last[run]))


def _median(before: Floats, value: Floats, after: Floats) -> Floats:
    """Of three; ``np.median`` sorts, and takes six times as long."""
    return np.clip(value, np.minimum(before, after), np.maximum(before, after))


def measure_noise(path: Floats) -> Floats:
    """Spread of single measurements around a smooth path: (n, d) -> (d,).

    From fifth differences, in which the fastest nod (3 Hz at 24 frames a second) is a fiftieth
    of what noise of its size would be; 252 is the sum of the squares of their coefficients.
    """
    if len(path) < 12:
        return np.zeros(path.shape[1])
    fifth = np.abs(np.diff(path, n=5, axis=0))
    return np.asarray(np.median(fifth, axis=0) / (0.6745 * np.sqrt(252)))
