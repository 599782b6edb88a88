"""A clip's clock where it runs as no clock does: to and fro, from the start again, by an hour."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.metadata import ClockJump

MAX_STEP_S, MAX_STREAM_STEP_S = 30 * 3600.0, 10.0
"""Seconds from one frame to the next that are no time but a fault, in a file and in a recorded
stream, whose clock may be set anew: FFmpeg's ``-dts_error_threshold``, ``-dts_delta_threshold``."""
_MAX_REORDER = 16
"""Frames that a decoder may hold back to bring into order (H.264 and HEVC, at most)."""

Ticks = npt.NDArray[np.int64]
"""Shape (n,): timestamps in units of the stream's time base."""


@dataclass(frozen=True, slots=True, eq=False)
class MendedClock:
    """Timestamps that never fall."""

    ticks: Ticks
    jumps: tuple[ClockJump, ...]
    """What was closed, in the order of the frames."""


def mend_clock(ticks: Ticks, time_base: Fraction, *, may_jump: bool) -> MendedClock:
    """Bring timestamps into order, and close jumps that are no time by the usual step.

    Parameters
    ----------
    ticks : (n,)
        In the order of the frames.
    time_base
        Seconds in a tick.
    may_jump
        Whether the container is a recorded stream (MPEG-TS), whose clock may be set anew.
    """
    ticks = _in_order(_without_slips(_without_spikes(ticks, time_base)), time_base)
    steps = np.diff(ticks)
    most = (MAX_STREAM_STEP_S if may_jump else MAX_STEP_S) / float(time_base)
    wrong = np.flatnonzero((steps < 0) | (steps > most))
    if not len(wrong):
        return MendedClock(ticks, ())
    forwards = steps[(steps > 0) & (steps <= most)]
    usual = round(float(np.median(forwards))) if len(forwards) else 1
    jumps = tuple(
        ClockJump(frame=i + 1, by_s=float(int(steps[i] - usual) * time_base))
        for i in wrong.tolist()
    )
    steps[wrong] = usual
    return MendedClock(ticks[0] + np.concatenate([[0], np.cumsum(steps)]), jumps)


def _in_order(ticks: Ticks, time_base: Fraction) -> Ticks:
    """Sort where times run to and fro (B-frames whose container does not say when they show)."""
    if not (np.diff(ticks) < 0).any():
        return ticks
    times, mended = ticks.tolist(), ticks.copy()
    begin, latest = 0, times[0]  # of what may be sorted
    far = MAX_STREAM_STEP_S / float(time_base)
    for i in range(1, len(times)):
        if times[i] < times[i - 1] and not (
            latest - times[i] < far and _comes_late(ticks, i, latest, begin)
        ):
            mended[begin:i] = np.sort(mended[begin:i])
            begin, latest = i, times[i]
        latest = max(latest, times[i])
    mended[begin:] = np.sort(mended[begin:])
    return mended


def _comes_late(ticks: Ticks, i: int, latest: int, begin: int) -> bool:
    """Whether a fall of the times is made good within the few frames that a decoder reorders.

    ``begin`` is the first frame by this clock.
    """
    ahead = np.flatnonzero(ticks[i : i + _MAX_REORDER] > latest)
    end = i + int(ahead[0]) if len(ahead) else len(ticks)
    return end - i < _MAX_REORDER and _are_new(ticks, i, end, begin)


def _are_new(ticks: Ticks, i: int, end: int, begin: int) -> bool:
    """Whether these times lie between those of the few frames before, and are none of them.

    Of the first frames the earliest may be yet to come: an edit list cuts off what was before.
    """
    before = ticks[max(begin, i - _MAX_REORDER) : i]
    mine = ticks[i:end]
    between = (begin == 0 and i < _MAX_REORDER) or mine.min() > before.min()
    return bool(between and not np.isin(mine, before).any())


def _without_spikes(ticks: Ticks, time_base: Fraction) -> Ticks:
    """Few times that are far off the frames on both sides, put between these."""
    if len(ticks) < 3:
        return ticks
    far = MAX_STREAM_STEP_S / float(time_base)
    mended = ticks.copy()
    if mended[0] - mended[1] > far and abs(mended[2] - mended[1]) < far:
        mended[0] = mended[1] - abs(mended[2] - mended[1])
    done = 0
    for before in np.flatnonzero(np.abs(np.diff(mended)) > far).tolist():
        if before < done:
            continue
        ahead = mended[before + 1 : before + 2 + _MAX_REORDER] - mended[before]
        back = np.flatnonzero((ahead >= 0) & (ahead < far))
        if len(back) and (np.abs(ahead[: back[0]]) >= far).all():
            done = before + 1 + int(back[0])
            mended[before : done + 1] = np.linspace(
                mended[before], mended[done], done + 1 - before
            ).astype(np.int64)
    return mended


def _without_slips(ticks: Ticks) -> Ticks:
    """Single times that are said a second time, put between (of MPEG-PS packets that have none)."""
    mended = ticks.copy()
    for i in (np.flatnonzero(np.diff(ticks[:-1]) < 0) + 1).tolist():
        before = mended[max(0, i - _MAX_REORDER) : i]
        if ticks[i] in before and ticks[i + 1] > before.max():
            mended[i] = before.max() + (ticks[i + 1] - before.max()) // 2
    return mended
