"""Which frames a clip of constant rate takes from one that varies: a function of timestamps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

FRAME_RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
)
"""Frames per second that lip-sync models are used with, and their NTSC relatives."""


def nearest_frame_rate(measured: Fraction | None, *, varies: bool = False) -> Fraction:
    """The usual rate nearest to a measured one.

    Of one above 31 every second, third, ... frame is taken, one below 16 is doubled first, so that
    60, 90 and 12.5 keep an even step.

    Parameters
    ----------
    varies
        The measured one is a mean: there is no NTSC rate to keep, and the API wants whole ones.
    """
    if measured is None:
        return Fraction(25)
    while measured < 16:
        measured *= 2
    rates = [rate for rate in FRAME_RATES if not varies or rate.denominator == 1]
    if measured > 31:  # of those that are as near the highest
        return min(
            rates, key=lambda usual: (abs(measured / round(measured / usual) - usual), -usual)
        )
    return min(rates, key=lambda usual: abs(usual - measured))


def frame_repeats(
    pts_s: npt.NDArray[np.float64], frame_rate: Fraction, measured: Fraction | None
) -> npt.NDArray[np.int64]:
    """How often each frame is shown at a constant rate.

    Parameters
    ----------
    pts_s : (n,)
        Time of each frame, seconds. Where times fall back, the earlier frames give way.
    frame_rate
        Frames per second that come out.
    measured
        Rate that comes in: how long the last frame stays.

    Returns
    -------
    (n,) int64
        1 for most frames, 0 for those left out, 2 and more for those repeated. A frame takes
        the tick nearest to its time and keeps it until the next one.
    """
    # a little more than a half: at 50 to 25 every second frame is a tie, all to go the same way
    ticks = np.floor((pts_s - pts_s[0]) * float(frame_rate) + 0.500001).astype(np.int64)
    ticks = np.maximum.accumulate(ticks)
    stays = max(1, round(frame_rate / measured)) if measured else 1
    return np.diff(ticks, append=ticks[-1] + stays)
