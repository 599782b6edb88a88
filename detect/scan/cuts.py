"""Where a new shot begins: pictures compared with the ones before them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.scan.hard_cuts import (
    BLEND,
    BRIGHTNESS,
    CONTRAST,
    DETAIL,
    DETAIL_FROM,
    LEVEL,
    N_COLUMNS,
    REST,
    SHIFT_FROM,
    SHIFTED,
    STRUCTURE,
    CutOptions,
    FrameDiffs,
    Row,
    hard_cuts,
    may_be_hard,
)

Thumb = npt.NDArray[np.uint8]
"""Shape (height, width): brightness of a small picture."""

_LONG, _SHORT = 64, 36
_COARSE = 7
"""Pixels: what is wider is layout, what is finer is detail."""
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
_MAX_UNEVEN = 0.25
"""How far a blended frame may be from an even mixture: one nearer to an end belongs to it."""


def thumbnail(picture: FrameImage) -> Thumb:
    """The whole picture as the meter compares it: 64 pixels on the longer side."""
    wide = picture.width >= picture.height
    return picture.luma(*((_LONG, _SHORT) if wide else (_SHORT, _LONG)))


class _Small:
    """A small picture, and what each comparison with it needs."""

    __slots__ = ("_detail", "centred", "level", "pixels", "thumb", "variance")

    def __init__(self, thumb: Thumb) -> None:
        self.thumb = thumb
        self.pixels = thumb.astype(np.float32)
        self.level = _mean(self.pixels)
        self.centred = self.pixels - self.level
        self.variance = _mean(self.centred * self.centred)
        self._detail: npt.NDArray[np.float32] | None = None

    @property
    def detail(self) -> npt.NDArray[np.float32]:
        """What is finer than ``_COARSE`` pixels: seldom asked for."""
        if self._detail is None:
            self._detail = self.pixels - cv2.blur(self.pixels, (_COARSE, _COARSE))
        return self._detail


class FrameDiffMeter:
    """Measures how each picture differs from those around it; keeps a few small pictures."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        """A row of ``FrameDiffs`` for each picture; the blend comes ``BLEND_RADIUS`` later."""
        self._last: deque[_Small] = deque(maxlen=2 * BLEND_RADIUS + 1)

    def recent(self, back: int = 0) -> Thumb:
        """The small picture of the last frame, or of the one ``back`` before it."""
        return self._last[-1 - back].thumb

    def measure(self, thumb: Thumb) -> bool:
        """Take the next picture; tells whether the one ``BLEND_RADIUS`` before is a blend."""
        self._last.append(_Small(thumb))
        self.rows.append(self._row())
        if len(self._last) < 2 * BLEND_RADIUS + 1:
            return False
        blend = max(self._blend(BLEND_RADIUS // 2), self._blend(BLEND_RADIUS))
        if blend > 0:
            middle = self.rows[-1 - BLEND_RADIUS]
            self.rows[-1 - BLEND_RADIUS] = (*middle[:BLEND], blend, *middle[BLEND + 1 :])
        return blend > 0

    def _row(self) -> Row:
        """The row of the last picture; where fewer than three came before it, of the first."""
        now = self._last[-1]
        row = np.zeros(N_COLUMNS, dtype=np.float32)
        row[[CONTRAST, LEVEL, SHIFTED, REST]] = now.variance**0.5, now.level, 1, 1
        before = [self._last[-1 - min(reach, len(self._last) - 1)] for reach in (1, 2, 3)]
        if len(self._last) > 1:
            row[list(STRUCTURE)] = [_structure(each, now) for each in before]
            row[list(BRIGHTNESS)] = [_brightness(each, now) for each in before]
        if row[0] >= DETAIL_FROM:
            row[DETAIL] = _detail(before[0], now)
        if row[0] >= SHIFT_FROM:
            row[SHIFTED] = _shifted(before[0], now)
        if len(self._last) > 2 and row[STRUCTURE[1]] >= DETAIL_FROM:
            row[REST] = _rest(before[1], before[0], now)
        return tuple(row.tolist())

    def _blend(self, reach: int) -> float:
        """How far the middle picture is a mixture of those ``reach`` before and after."""
        first, centre, last = (self._last[BLEND_RADIUS + i] for i in (-reach, 0, reach))
        before, middle, after = first.pixels, centre.pixels, last.pixels
        whole = after - before
        difference = _mean(np.abs(whole))
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


def _brightness(a: _Small, b: _Small) -> float:
    """Mean absolute difference."""
    return float(cv2.norm(a.thumb, b.thumb, cv2.NORM_L1)) / a.thumb.size


def _detail(a: _Small, b: _Small) -> float:
    """1 - correlation of what is fine; one grey level is noise."""
    energy = float((a.detail * a.detail).mean() + 1) * float((b.detail * b.detail).mean() + 1)
    return 1 - float((a.detail * b.detail).mean() + 1) / math.sqrt(energy)


def _shifted(a: _Small, b: _Small) -> float:
    """Correlation of the middle of ``a`` with where in ``b`` it fits best."""
    height, width = a.thumb.shape
    middle = a.thumb[height // 4 : height - height // 4, width // 4 : width - width // 4]
    return float(cv2.matchTemplate(b.thumb, middle, cv2.TM_CCOEFF_NORMED).max())


def _rest(first: _Small, middle: _Small, last: _Small) -> float:
    """Part of the difference of both ends that no mixture of them explains in the middle."""
    whole = last.pixels - first.pixels
    energy = float((whole * whole).sum())
    if not energy:
        return 1.0
    mixed = middle.pixels - first.pixels
    share = float((mixed * whole).sum()) / energy
    if abs(share - 0.5) > _MAX_UNEVEN:
        return 1.0
    return float(np.abs(mixed - share * whole).mean() / np.abs(whole).mean())


def _structure(a: _Small, b: _Small) -> float:
    """1 - correlation: 0 for equal pictures, about 1 for unrelated ones."""
    noise = _NOISE**2
    spread = math.sqrt((a.variance + noise) * (b.variance + noise))
    return 1 - (_mean(a.centred * b.centred) + noise) / spread


def _mean(values: npt.NDArray[np.float32]) -> float:
    """What ``values.mean()`` is, in a third of its time: several for each frame."""
    return float(np.float32(np.add.reduce(values, axis=None) / np.float64(values.size)))


def may_be_cut(frame_diffs: Sequence[Row]) -> bool:
    """Tell of the last row, before the next are known, whether a shot may begin there.

    Never false where ``find_cuts`` finds a hard cut, if ``LOOK_BACK`` rows before it are there,
    or all.
    """
    return may_be_hard(frame_diffs)


def find_cuts(
    frame_diffs: FrameDiffs, *, options: CutOptions | None = None
) -> npt.NDArray[np.int64]:
    """First frame of each shot but the first.

    Parameters
    ----------
    frame_diffs : (n_frames, 12)

    Returns
    -------
    (n_cuts,) int64, rising
        A dissolve or a fade counts as a cut in its middle. What lies between two cuts is a shot,
        however short; a camera flash is none.

    Notes
    -----
    A dissolve between two pictures that hardly differ is not seen; nor is it needed then. A cut
    to a picture that only has another face in the same place may not be seen either:
    ``face_change`` looks at that.
    """
    options = options or CutOptions()
    hard = hard_cuts(frame_diffs, options)
    soft = _soft_cuts(frame_diffs, options)
    # a hard cut in the middle of a soft one is one change
    lone = [cut for cut in soft if not (np.abs(hard - cut) <= BLEND_RADIUS).any()]
    return np.union1d(hard, np.array(lone, dtype=np.int64))


def _soft_cuts(frame_diffs: FrameDiffs, options: CutOptions) -> list[int]:
    """The middle of each dissolve and fade."""
    blend, contrast = frame_diffs[:, BLEND], frame_diffs[:, CONTRAST]
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
