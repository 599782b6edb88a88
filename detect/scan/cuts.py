"""Where a new shot begins: pictures compared with the ones before them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import FrameImage

FrameDiffs = npt.NDArray[np.float32]
"""Shape (n_frames, 5), how each picture differs from those around it:

0. difference of structure to the one before: 1 - correlation of brightness, in [0, 2]
1. difference of brightness to the one before: mean absolute, of 255
2. difference of structure to the one before that
3. how far it is a blend of the pictures some frames before and after: 1 in the middle of a
   dissolve or fade, 0 where it is none
4. contrast: standard deviation of brightness
"""
Row = tuple[float, float, float, float, float]
N_COLUMNS = len(get_args(Row))

Thumb = npt.NDArray[np.uint8]
"""Shape (height, width): brightness of a small picture."""

_LONG, _SHORT = 64, 36
THUMB_SHAPES = frozenset({(_LONG, _SHORT), (_SHORT, _LONG)})
_NOISE = 2.0
"""Grey levels added to the contrast, so that noise on a flat picture is not structure."""
BLEND_RADIUS = 8
"""Frames before and after that a blend is looked for in; dissolves of 8 to 24 frames showed."""
_MIN_BLEND_BRIGHTNESS, _MIN_BLEND_STRUCTURE = 6.0, 0.35
_MAX_BLEND_REST = 0.1
"""Part of the difference between both ends that a blend of them does not explain. In the middle
of dissolves it was up to 0.06; what moves is in neither end's place midway."""
_MAX_BLEND_CONTRAST = 0.94
"""Contrast of the middle over that of the ends: a blend of unlike pictures is flatter than they;
a slow pan over soft shapes, which is nearly linear too, is not."""
_MAX_BLEND_STEP = 0.45
"""Part of the difference that may come in one frame: else it is a cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOptions:
    """When a change is a cut. Chosen on 26 clips with 110 hard cuts and seven soft ones."""

    min_structure: float = 0.35
    """Least difference of structure. Cuts had 0.55 to 1.31, motion up to 0.46, a sheet of paper
    before the camera 0.67."""
    min_brightness: float = 4.0
    """Least mean difference of brightness, of 255. Cuts had 23 to 126."""
    min_ratio: float = 2.5
    """Least ratio of the difference of brightness to that of the frames around; a sheet pulled
    off a face changes all, but over several frames (1.4), a cut in one (3.3 and more)."""
    min_jump_structure: float = 0.1
    """The same for a jump cut or a change of layout, where most of the picture stays: those had
    0.13 and 0.24."""
    min_jump_brightness: float = 8.0
    min_jump_ratio: float = 6.0
    """Jump cuts had 17 and more, motion up to 5."""
    max_flash: float = 0.5
    """A flash leaves the picture as it was: difference of structure across it up to this part of
    that to the flash."""
    min_blend: float = 0.5
    """How near to an even mixture the middle of a dissolve must come."""
    max_fade: float = 0.25
    """Contrast in the middle of a fade over that on either side, at most."""


def thumbnail(picture: FrameImage) -> Thumb:
    """The whole picture as the meter compares it: 64 pixels on the longer side."""
    wide = picture.width >= picture.height
    return picture.luma(*((_LONG, _SHORT) if wide else (_SHORT, _LONG)))


class _Small:
    """A small picture, and what each comparison with it needs."""

    __slots__ = ("centred", "pixels", "variance")

    def __init__(self, thumb: Thumb) -> None:
        self.pixels = thumb.astype(np.float32)
        self.centred = self.pixels - self.pixels.mean()
        self.variance = float((self.centred * self.centred).mean())


class FrameDiffMeter:
    """Measures how each picture differs from those around it; keeps a few small pictures."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        """A row of ``FrameDiffs`` for each picture; the blend comes ``BLEND_RADIUS`` later."""
        self._last: deque[_Small] = deque(maxlen=2 * BLEND_RADIUS + 1)

    def recent(self, back: int = 0) -> Thumb:
        """The small picture of the last frame, or of the one ``back`` before it."""
        return self._last[-1 - back].pixels.astype(np.uint8)

    def measure(self, thumb: Thumb) -> bool:
        """Take the next picture; tells whether the one ``BLEND_RADIUS`` before is a blend."""
        now = _Small(thumb)
        self._last.append(now)
        structure = brightness = earlier = 0.0
        if len(self._last) > 1:
            structure = _structure(self._last[-2], now)
            brightness = float(np.abs(now.pixels - self._last[-2].pixels).mean())
            earlier = _structure(self._last[-3], now) if len(self._last) > 2 else structure
        row = np.array([structure, brightness, earlier, 0.0, now.variance**0.5], dtype=np.float32)
        self.rows.append(tuple(row.tolist()))
        if len(self._last) < 2 * BLEND_RADIUS + 1:
            return False
        blend = max(self._blend(BLEND_RADIUS // 2), self._blend(BLEND_RADIUS))
        middle = self.rows[-1 - BLEND_RADIUS]
        self.rows[-1 - BLEND_RADIUS] = (*middle[:3], blend, middle[4])
        return blend > 0

    def _blend(self, reach: int) -> float:
        """How far the middle picture is a mixture of those ``reach`` before and after."""
        first, centre, last = (self._last[BLEND_RADIUS + i] for i in (-reach, 0, reach))
        before, middle, after = first.pixels, centre.pixels, last.pixels
        whole = after - before
        difference = float(np.abs(whole).mean())
        if difference < _MIN_BLEND_BRIGHTNESS:
            return 0.0
        if _structure(first, last) < _MIN_BLEND_STRUCTURE:
            return 0.0
        steps = [
            row[1]
            for row in self.rows[-BLEND_RADIUS - reach : len(self.rows) - BLEND_RADIUS + reach]
        ]
        share = float(((middle - before) * whole).sum() / (whole * whole).sum())
        rest = float(np.abs(middle - before - share * whole).mean())
        ends = (first.variance**0.5 + last.variance**0.5) / 2
        if centre.variance**0.5 > _MAX_BLEND_CONTRAST * ends:
            return 0.0
        if rest > _MAX_BLEND_REST * difference or max(steps) > _MAX_BLEND_STEP * difference:
            return 0.0
        return max(0.0, 1 - 2 * abs(share - 0.5))


def _structure(a: _Small, b: _Small) -> float:
    """1 - correlation: 0 for equal pictures, about 1 for unrelated ones."""
    noise = _NOISE**2
    spread = math.sqrt((a.variance + noise) * (b.variance + noise))
    return 1 - (float((a.centred * b.centred).mean()) + noise) / spread


def may_be_cut(frame_diffs: Sequence[Row]) -> bool:
    """Tell of the last row, before the next are known, whether a shot may begin there.

    Never false where ``find_cuts`` finds a hard cut.
    """
    options = CutOptions()
    structure, brightness = frame_diffs[-1][:2]
    around = sum(change[1] for change in frame_diffs[-3:-1]) / 4
    return (
        structure >= options.min_jump_structure
        and brightness >= options.min_brightness
        and brightness >= options.min_ratio * around
    )


def find_cuts(
    frame_diffs: FrameDiffs, *, options: CutOptions | None = None
) -> npt.NDArray[np.int64]:
    """First frame of each shot but the first.

    Parameters
    ----------
    frame_diffs : (n_frames, 5)

    Returns
    -------
    (n_cuts,) int64, rising
        A dissolve or a fade counts as a cut in its middle.

    Notes
    -----
    A dissolve between two pictures that hardly differ is not seen; nor is it needed then.
    """
    options = options or CutOptions()
    hard = _hard_cuts(frame_diffs, options)
    soft = _soft_cuts(frame_diffs, options)
    # a hard cut in the middle of a soft one is one change
    lone = [cut for cut in soft if not (np.abs(hard - cut) <= BLEND_RADIUS).any()]
    return np.union1d(hard, np.array(lone, dtype=np.int64))


def _hard_cuts(frame_diffs: FrameDiffs, options: CutOptions) -> npt.NDArray[np.int64]:
    structure, brightness = frame_diffs[:, 0], frame_diffs[:, 1]
    padded = np.pad(brightness, 2, mode="constant")
    n = len(frame_diffs)
    around = (padded[:n] + padded[1 : n + 1] + padded[3 : n + 3] + padded[4 : n + 4]) / 4
    cut = (
        (structure >= options.min_structure)
        & (brightness >= options.min_brightness)
        & (brightness >= options.min_ratio * around)
    ) | (
        (structure >= options.min_jump_structure)
        & (brightness >= options.min_jump_brightness)
        & (brightness >= options.min_jump_ratio * around)
    )
    # a flash changes two pictures in a row and is over: the one after is like the one before
    over = np.zeros(n, dtype=bool)
    over[1:] = cut[1:] & cut[:-1] & (frame_diffs[1:, 2] <= options.max_flash * structure[1:])
    flash = over | np.append(over[1:], False)
    return np.flatnonzero(cut & ~flash)


def _soft_cuts(frame_diffs: FrameDiffs, options: CutOptions) -> list[int]:
    """The middle of each dissolve and fade."""
    blend, contrast = frame_diffs[:, 3], frame_diffs[:, 4]
    blended = np.flatnonzero(blend > 0)
    cuts = []
    for group in np.split(blended, np.flatnonzero(np.diff(blended) > 2 * BLEND_RADIUS) + 1):
        if not len(group) or blend[group].max() < options.min_blend:
            continue
        span = slice(
            max(0, int(group[0]) - BLEND_RADIUS // 2), int(group[-1]) + BLEND_RADIUS // 2 + 1
        )
        darkest = span.start + int(np.argmin(contrast[span]))
        ends = min(contrast[span.start], contrast[min(span.stop, len(contrast)) - 1])
        faded = contrast[darkest] <= options.max_fade * ends
        cuts.append(darkest if faded else int(group[np.argmax(blend[group])]))
    return cuts
