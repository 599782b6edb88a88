"""Smooth a path without lag: penalised least squares over the whole of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import solveh_banded

Floats = npt.NDArray[np.float64]


_USUAL_NOISE = 0.005
"""Spread of single measurements, of the size of the face, up to which the strength is as asked."""
_MOST = 50.0
"""How many times stronger than asked at most."""


def whittaker(
    path: Floats, weight: Floats, times_s: Floats, strength: float, *, rate: float = 25.0
) -> Floats:
    """Weighted smoother with a penalty on acceleration (Eilers 2003, doi:10.1021/ac034173t).

    Minimises ``sum(weight * (z - path)^2) + strength * sum(acceleration(z)^2)``. Since all of
    the path is known, nothing lags behind; where the weight is 0 the gap is bridged.

    Parameters
    ----------
    path : (n, d)
        Values of d quantities; rows of weight 0 may hold anything finite.
    weight : (n,) or (n, d)
        Not negative; at least two rows above 0.
    times_s : (n,)
        Seconds, rising.
    strength
        Unit: weight of one frame at ``rate`` frames a second.

    Returns
    -------
    (n, d)
    """
    n = len(path)
    if n < 3 or strength == 0:
        return path.copy()
    step = np.maximum(np.diff(times_s) * rate, 1e-2)
    # second differences over uneven steps, (n - 2, 3)
    before, after = step[:-1], step[1:]
    mean = (before + after) / 2
    second = np.column_stack([1 / before, -1 / before - 1 / after, 1 / after]) / mean[:, None]
    penalty = second * (strength * mean * _density(times_s, rate))[:, None]
    bands = np.zeros((3, n))  # upper form: row 2 is the diagonal
    for i in range(3):
        for j in range(i, 3):
            bands[2 - (j - i), j : n - 2 + j] += penalty[:, i] * second[:, j]
    weight = np.broadcast_to(weight.reshape(n, -1), path.shape)
    out = np.empty_like(path)
    for k in range(path.shape[1]):
        system = bands.copy()
        system[2] += weight[:, k]
        out[:, k] = solveh_banded(system, weight[:, k] * path[:, k], check_finite=False)
    return out


def _density(times_s: Floats, rate: float) -> float:
    """Frames per frame of ``rate``: more frames a second weigh more, so the penalty must too."""
    return float((len(times_s) - 1) / max((times_s[-1] - times_s[0]) * rate, 1e-2))


def smooth_track(
    path: Floats,
    weight: Floats,
    times_s: Floats,
    strength: float,
    *,
    least_noise: float = 0.01,
    rounds: int = 4,
) -> Floats:
    """Smooth a path whose outliers are doubted and whose fast turns are kept.

    Parameters
    ----------
    path : (n, d)
        In units of the face's size.
    weight : (n,)
        0 where the path is not known.
    least_noise
        Spread of a single measurement at least; more where the path itself shows more. A row
        far off its smoothed neighbours counts less (Tukey's biweight at 8 times the noise);
        several in a row off to one side are movement that was smeared, and count more.

    Returns
    -------
    (n, d)
    """
    known = weight > 0
    measured = measure_noise(path[known])
    noise = np.maximum(least_noise, 2 * measured)
    # a path that shakes is smoothed the more: turned faces shake with 1 to 3 % of their size
    strength *= float(np.clip((measured.max(initial=0) / _USUAL_NOISE) ** 2, 1, _MOST))
    urge = np.ones_like(path)
    doubt = np.ones_like(path)
    out = path
    for _ in range(rounds):
        out = whittaker(path, weight[:, None] * urge * doubt, times_s, strength)
        off = np.where(known[:, None], path - out, 0.0)
        trend = _median(*_beside(off[known], 3))
        alone = off[known] - trend
        doubt[known] = np.clip(1 - (alone / (8 * noise)) ** 2, 0.05, 1) ** 2
        # the frames around a fast one are fast too
        fast = np.maximum.reduce(_beside((trend / noise) ** 2, 5))
        urge[known] = np.clip(urge[known] * fast, 1, 100)
    return out


def _beside(values: Floats, size: int) -> list[Floats]:
    """The rows around each row, its own in the middle, the ends repeated: ``size`` x (n, d).

    ``scipy.ndimage`` would do as well, but takes a tenth of a second to import.
    """
    around = np.pad(values, ((size // 2, size // 2), (0, 0)), mode="edge")
    return [around[i : i + len(values)] for i in range(size)]


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
