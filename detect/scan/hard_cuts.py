"""Which of the measured changes are hard cuts; how they are measured is in ``cuts.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

FrameDiffs = npt.NDArray[np.float32]
"""Shape (n_frames, 12), how each picture differs from those around it:

0. difference of structure to the one before: 1 - correlation of brightness, in [0, 2]
1. difference of brightness to the one before: mean absolute, of 255
2. difference of structure to the one before that
3. how far it is a blend of the pictures some frames before and after: 1 in the middle of a
   dissolve or fade, 0 where it is none
4. contrast: standard deviation of brightness
5. difference of brightness to the one two before
6. difference of structure to the one three before
7. difference of brightness to the one three before
8. level: mean brightness, of 255
9. difference of detail to the one before: as 0, of what is finer than a tenth of the picture; 0
   where that of structure is below ``DETAIL_FROM``
10. how well the middle of the one before is found again anywhere: correlation at the best place,
    where the difference of structure is ``SHIFT_FROM`` or more; else 1
11. part of the difference between the one two before and this that no mixture of the two explains
    in the one between; 1 where that was not measured
"""
Row = tuple[float, ...]
"""A row of ``FrameDiffs``."""
N_COLUMNS = 12
STRUCTURE, BRIGHTNESS = (0, 2, 6), (1, 5, 7)
"""Columns of the differences to the picture one, two and three before."""
BLEND, CONTRAST, LEVEL, DETAIL, SHIFTED, REST = 3, 4, 8, 9, 10, 11
DETAIL_FROM, SHIFT_FROM = 0.1, 0.35
LOOK_BACK = 10
"""Rows before the last one that ``may_be_hard`` wants to see, where there are so many."""
_AROUND = 3
"""Frames on either side that say how much moves."""

Flags = npt.NDArray[np.bool_]
_Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOptions:
    """When a change is a cut.

    Chosen on half of 80 clips, real, composed and made worse (dark, flashing, noisy, blended).
    """

    min_structure: float = 0.35
    """Least difference of structure. Cuts had 0.55 to 1.31, motion up to 0.46, a sheet of paper
    before the camera 0.68."""
    min_share: float = 0.08
    """Least difference of brightness, as a part of the contrast. Cuts had 0.3 and more."""
    min_level: float = 0.8
    """The same in grey levels of 255: what noise leaves of a dark picture made small."""
    min_ratio: float = 2.5
    """Least ratio of the difference of brightness to what moves on both sides; a sheet pulled off
    a face changes all, but over several frames (1.4), a cut in one (3.3 and more)."""
    min_side_ratio: float = 1.5
    """Least ratio to what moves on the livelier side."""
    busy: float = 0.4
    """What moves on both sides is the geometric mean of either, but at least this part of the
    livelier: the last frame of a jerk is followed by rest too."""
    min_jump_structure: float = 0.1
    """The same for a jump cut, a change of layout or of the person before the same wall, where
    most of the picture stays: those had 0.11 to 0.24."""
    min_jump_detail: float = 0.12
    """Those change what is there, not its light: 0.17 and more; a step of the exposure, 0.08."""
    min_jump_share: float = 0.16
    min_jump_level: float = 0.9
    min_jump_ratio: float = 6.0
    """Jump cuts had 17 and more, motion up to 5."""
    moved: float = 0.95
    """Correlation from which a picture is the one before, moved: pans and jerks had 0.94 to 1, the
    one cut to a closer picture of the same person that came nearest 0.94."""
    other_structure: float = 0.6
    """A picture that differs by this, is ``other_share`` of the contrast away, shares no detail
    and is not the last one moved, is a cut whatever is around it: shots of one frame."""
    other_share: float = 0.3
    other_detail: float = 0.8
    other_shifted: float = 0.85
    max_rest: float = 0.15
    """A picture between two others is a blend of them up to this: 0.1 in smeared cuts, 0.3 and
    more where something moves."""
    one_sided: float = 0.9
    """Part of the difference that is more light, or less, everywhere: flashes had 0.99."""
    max_flash_structure: float = 0.6
    """A flash leaves structure and detail, a frame of another shot does not: those had 0.7 of
    structure and 0.87 of detail, and more."""
    max_flash_detail: float = 0.6
    all_light: float = 0.97
    """One-sided as this and of less than ``min_structure`` it is light though the detail moves."""
    white: float = 200.0
    """Level of a flash that drowns the detail."""
    min_blend: float = 0.5
    """How near to an even mixture the middle of a dissolve must come."""
    max_fade: float = 0.25
    """Contrast in the middle of a fade over that on either side, at most."""


def hard_cuts(frame_diffs: FrameDiffs, options: CutOptions) -> npt.NDArray[np.int64]:
    """First frame of each shot that begins from one frame to the next: (n_cuts,), rising."""
    flashes = _Flashes(frame_diffs, options)
    past, future = _lively_around(_still(frame_diffs, flashes))
    cut = _single(frame_diffs, past, future, options)
    smeared = _smeared(frame_diffs, past, future, options)
    cut[:-1] &= ~smeared[1:]
    cut |= smeared
    found = cut.copy()
    for reach in (2, 3):
        across = _changes_across(frame_diffs, reach, past, future, options)
        for first, after, both in flashes.of(reach):
            if across[after]:  # a flash beside a cut, or on it
                earlier = frame_diffs[first, 0] > frame_diffs[after, 0] and cut[first]
                found[first : after + 1] = False
                found[first if earlier else after] = True
            elif both:
                found[first : after + 1] = False
    found &= ~(flashes.light & _beside(found & ~flashes.light))  # a flash at a cut
    if flashes.light[-1]:
        found[-1] = False  # what comes after it nobody knows
    return np.flatnonzero(found)


def _beside(flags: Flags) -> Flags:
    """Where the frame before or after is flagged."""
    padded = np.pad(flags, 1)
    return np.asarray(padded[:-2] | padded[2:])


def may_be_hard(rows: Sequence[Row]) -> bool:
    """Whether a shot may begin at the last row; never false where ``hard_cuts`` finds a cut."""
    if len(rows) < 2:
        return False
    options = CutOptions()
    if _is_plainly_none(rows, options):
        return False
    frame_diffs = np.array(rows[-1 - LOOK_BACK :], dtype=np.float32)
    flashes = _Flashes(frame_diffs, options)
    still = np.where(flashes.near(), 0, _quietest(frame_diffs))
    past, _ = _lively_around(still.astype(np.float32))
    future = np.zeros_like(past)
    found = _single(frame_diffs, past, future, options) | _smeared(
        frame_diffs, past, future, options
    )
    for reach in (2, 3):
        if any(after == len(frame_diffs) - 1 for _, after, _ in flashes.of(reach)):
            found |= _changes_across(frame_diffs, reach, past, future, options)
    return bool(found[-1])


def _is_plainly_none(rows: Sequence[Row], options: CutOptions) -> bool:
    """Whether the last row is surely no cut: tells of most frames, in a tenth of the time."""
    last = rows[-1]
    lights = [
        abs(row[LEVEL] - before[LEVEL]) >= options.one_sided * row[1]
        for before, row in pairwise(rows[-3 - _AROUND - 2 :])
    ]
    # with a flash among them it is not known yet which of those before count
    recent = rows[-1 - _AROUND - 2 : -1]
    moves = 0.0 if any(lights[:-1]) else min(min(row[b] for b in BRIGHTNESS) for row in recent)
    if last[0] >= options.other_structure:
        return False
    least = max(options.min_level, options.min_share * last[CONTRAST])
    across = lights[-1] or last[REST] <= options.max_rest
    for reach in (1, 2, 3) if across else (1,):
        structure, brightness = last[STRUCTURE[reach - 1]], last[BRIGHTNESS[reach - 1]]
        all_of_it = structure >= options.min_structure
        ratio = options.min_ratio if all_of_it else options.min_jump_ratio
        ratio = max(options.min_side_ratio, reach * options.busy * ratio)
        if structure >= options.min_jump_structure and brightness >= max(least, ratio * moves):
            return False
    return True


class _Flashes:
    """Frames that are brighter or darker all over than those on both sides of them."""

    def __init__(self, frame_diffs: FrameDiffs, options: CutOptions) -> None:
        self._changes = frame_diffs
        self._options = options
        self._step = np.diff(frame_diffs[:, LEVEL], prepend=frame_diffs[:1, LEVEL])
        structure, brightness = frame_diffs[:, 0], frame_diffs[:, 1]
        light = np.abs(self._step)
        self.one_sided = light >= options.one_sided * brightness
        self._alike = self.one_sided & (structure <= options.max_flash_structure)
        self.light = self._alike & (frame_diffs[:, DETAIL] <= options.max_flash_detail)
        self.light |= (light >= options.all_light * brightness) & (
            structure <= options.min_structure
        )
        self._found = {reach: self._find(reach) for reach in (2, 3)}

    def of(self, reach: int) -> list[tuple[int, int, bool]]:
        """First frame, the frame after, whether both ends are light; of ``reach`` - 1 frames."""
        return self._found[reach]

    def near(self) -> Flags:
        """Where a flash, its end not known yet, may be left out of what moves."""
        return np.asarray(self.one_sided | np.append(False, self.one_sided[:-1]))

    def _find(self, reach: int) -> list[tuple[int, int, bool]]:
        brightness = self._changes[:, 1]
        away, back = _split(brightness, reach - 1)
        step_away, step_back = _split(self._step, reach - 1)
        sides_away, sides_back = _split(self.one_sided, reach - 1)
        odd = sides_away & sides_back & (step_away * step_back < 0)
        odd &= np.minimum(away, back) >= 0.3 * np.maximum(away, back)
        if reach == 3:  # the two are one flash
            between = brightness[1:-1] if len(brightness) > 2 else brightness[:0]
            odd &= between[: len(odd)] < 0.5 * np.minimum(away, back)
        found = []
        for first in np.flatnonzero(odd).tolist():
            after = first + reach - 1
            ends = [self._is_light(end, first, after) for end in (first, after)]
            if first and any(ends):
                found.append((first, after, all(ends)))
        return found

    def _is_light(self, end: int, first: int, after: int) -> bool:
        """Whether what changes at one end of a flash is no more than light."""
        contrast = self._changes[first:after, CONTRAST].max()
        if contrast < max(1, 0.08 * self._changes[first - 1, CONTRAST]):
            return True  # one colour: nobody is in it
        white = self._changes[first:after, LEVEL].min() >= self._options.white
        return bool(self.light[end] or (white and self._alike[end]))


def _split(values: npt.NDArray[Any], by: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Values, and those so many frames later."""
    return values[: max(0, len(values) - by)], values[by:]


def _quietest(frame_diffs: FrameDiffs) -> _Values:
    """How far each picture is from the nearest of the three before it: (n_frames,).

    What flashes, or alternates between two or three shots, is near to one of them.
    """
    return np.asarray(frame_diffs[:, BRIGHTNESS].min(axis=1), dtype=np.float32)


def _still(frame_diffs: FrameDiffs, flashes: _Flashes) -> _Values:
    """What moves in each picture; NaN in flashes, which do not move."""
    still = _quietest(frame_diffs).copy()
    for reach in (2, 3):
        for first, after, both in flashes.of(reach):
            ends = min(frame_diffs[first, 1], frame_diffs[after, 1])
            if both and frame_diffs[after, BRIGHTNESS[reach - 1]] <= 0.5 * ends:
                still[first:after] = np.nan
    return still


def _lively_around(still: _Values) -> tuple[_Values, _Values]:
    """Median of what moves in the frames before and after each, without NaN: (n_frames,) twice."""
    padded = np.pad(still, _AROUND, constant_values=np.nan)
    windows = sliding_window_view(padded, _AROUND)
    past, future = _nan_median(windows[: len(still)]), _nan_median(windows[_AROUND + 1 :])
    past = np.where(np.isnan(past), 0, past)
    return past, np.where(np.isnan(future), past, future)


def _nan_median(windows: _Values) -> _Values:
    """Median along the last axis of three; NaN only where all are (``np.nanmedian`` warns)."""
    ordered = np.sort(windows, axis=1)  # NaN come last
    known = (~np.isnan(ordered)).sum(axis=1)
    rows = np.arange(len(ordered))
    low, high = ordered[rows, np.maximum(known - 1, 0) // 2], ordered[rows, known // 2]
    return np.asarray((low + high) / 2, dtype=np.float32)


def _single(frame_diffs: FrameDiffs, past: _Values, future: _Values, options: CutOptions) -> Flags:
    """Whether each picture is another one than the one before."""
    structure, brightness, detail = frame_diffs[:, 0], frame_diffs[:, 1], frame_diffs[:, DETAIL]
    moved = (structure >= SHIFT_FROM) & (frame_diffs[:, SHIFTED] >= options.moved)
    other = (
        (structure >= options.other_structure)
        & (brightness >= options.other_share * _contrast(frame_diffs, 1))
        & (brightness >= 2 * options.min_level)
        & (detail >= options.other_detail)
        & (frame_diffs[:, SHIFTED] <= options.other_shifted)
    )
    all_of_it, part_of_it = _stand_out(frame_diffs, 1, past, future, options)
    part_of_it &= detail >= options.min_jump_detail
    return np.asarray(((all_of_it | part_of_it) & ~moved) | other)


def _smeared(frame_diffs: FrameDiffs, past: _Values, future: _Values, options: CutOptions) -> Flags:
    """Whether each picture is the first after a cut with one blended frame between."""
    return _changes_across(frame_diffs, 2, past, future, options) & (
        frame_diffs[:, REST] <= options.max_rest
    )


def _changes_across(
    frame_diffs: FrameDiffs, reach: int, past: _Values, future: _Values, options: CutOptions
) -> Flags:
    """Whether each picture is of another shot than the one ``reach`` before."""
    all_of_it, part_of_it = _stand_out(frame_diffs, reach, _later(past, reach - 1), future, options)
    return all_of_it | part_of_it


def _stand_out(
    frame_diffs: FrameDiffs, reach: int, past: _Values, future: _Values, options: CutOptions
) -> tuple[Flags, Flags]:
    """Whether all changes, or part, and by far more than what moves before and after."""
    structure = frame_diffs[:, STRUCTURE[reach - 1]]
    brightness = frame_diffs[:, BRIGHTNESS[reach - 1]]
    contrast = _contrast(frame_diffs, reach)
    livelier = np.maximum(past, future)
    around = reach * np.maximum(np.sqrt(past * future), options.busy * livelier)
    stands_out = brightness >= options.min_side_ratio * livelier
    all_of_it = (
        (structure >= options.min_structure)
        & (brightness >= np.maximum(options.min_level, options.min_share * contrast))
        & (brightness >= options.min_ratio * around)
    )
    part_of_it = (
        (structure >= options.min_jump_structure)
        & (brightness >= np.maximum(options.min_jump_level, options.min_jump_share * contrast))
        & (brightness >= options.min_jump_ratio * around)
    )
    return stands_out & all_of_it, stands_out & part_of_it


def _contrast(frame_diffs: FrameDiffs, reach: int) -> _Values:
    """The greater contrast of each picture and the one ``reach`` before."""
    return np.maximum(frame_diffs[:, CONTRAST], _later(frame_diffs[:, CONTRAST], reach))


def _later(values: _Values, by: int) -> _Values:
    """Values moved towards the end; the first one is repeated."""
    return np.pad(values, (by, 0), mode="edge")[: len(values)]
