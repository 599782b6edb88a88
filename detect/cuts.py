"""Where a new shot begins: pictures compared with the ones before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.picture import Picture

Changes = npt.NDArray[np.float32]
"""Shape (n_frames, 3), how much each picture differs from those before it:

0. difference of structure to the one before: 1 - correlation of brightness, in [0, 2]
1. difference of brightness to the one before: mean absolute, of 255
2. difference of structure to the one before that
"""

Thumb = npt.NDArray[np.uint8]
"""Shape (height, width): brightness of a small picture."""

_LONG, _SHORT = 64, 36
_NOISE = 2.0
"""Grey levels added to the contrast, so that noise on a flat picture is not structure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOptions:
    """When a change is a cut. Chosen on ten clips with thirteen hard cuts in all."""

    min_structure: float = 0.35
    """Least difference of structure. Cuts had 0.55 to 1.31, motion up to 0.46, a sheet of paper
    before the camera 0.67."""
    min_brightness: float = 4.0
    """Least mean difference of brightness, of 255. Cuts had 23 to 126."""
    min_ratio: float = 2.5
    """Least ratio of the difference of brightness to that of the frames around; a sheet pulled
    off a face changes all, but over several frames (1.4), a cut in one (3.3 and more)."""
    max_flash: float = 0.5
    """A flash leaves the picture as it was: difference of structure across it up to this part of
    that to the flash."""


def small(picture: Picture) -> Thumb:
    """The whole picture as the meter compares it: 64 pixels on the longer side."""
    wide = picture.width >= picture.height
    return picture.luma(*((_LONG, _SHORT) if wide else (_SHORT, _LONG)))


class ChangeMeter:
    """Measures how each picture differs from those before it; keeps two small pictures."""

    def __init__(self, before: Sequence[Thumb] = ()) -> None:
        self._last = [thumb.astype(np.float32) for thumb in before[-2:]]

    def recent(self, back: int = 0) -> Thumb:
        """The small picture of the last frame, or of the one ``back`` before it."""
        return self._last[-1 - back].astype(np.uint8)

    def measure(self, thumb: Thumb) -> tuple[float, float, float]:
        """One row of ``Changes``."""
        now = thumb.astype(np.float32)
        self._last.append(now)
        if len(self._last) < 2:
            return 0.0, 0.0, 0.0
        before = self._last[-2]
        structure = _structure(before, now)
        earlier = _structure(self._last[-3], now) if len(self._last) == 3 else structure
        del self._last[:-2]
        return structure, float(np.abs(now - before).mean()), earlier


def _structure(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """1 - correlation: 0 for equal pictures, about 1 for unrelated ones."""
    a = a - a.mean()
    b = b - b.mean()
    noise = _NOISE**2
    spread = np.sqrt((a.var() + noise) * (b.var() + noise))
    return float(1 - ((a * b).mean() + noise) / spread)


def may_be_cut(changes: Sequence[tuple[float, float, float]]) -> bool:
    """Tell of the last row, before the next are known, whether a shot may begin there.

    Never false where ``find_cuts`` finds a cut: each of its conditions is met by half at least.
    """
    options = CutOptions()
    structure, brightness, _ = changes[-1]
    around = sum(change[1] for change in changes[-3:-1]) / 4
    return (
        structure >= options.min_structure / 2
        and brightness >= options.min_brightness / 2
        and brightness >= options.min_ratio * around
    )


def find_cuts(changes: Changes, *, options: CutOptions | None = None) -> npt.NDArray[np.int64]:
    """First frame of each shot but the first.

    Parameters
    ----------
    changes : (n_frames, 3)

    Returns
    -------
    (n_cuts,) int64, rising

    Notes
    -----
    Dissolves and fades are not cuts. A jump cut, the same picture a little later, is one only
    if much of the picture changes.
    """
    options = options or CutOptions()
    structure, brightness = changes[:, 0], changes[:, 1]
    padded = np.pad(brightness, 2, mode="constant")
    n = len(changes)
    around = (padded[:n] + padded[1 : n + 1] + padded[3 : n + 3] + padded[4 : n + 4]) / 4
    cut = (
        (structure >= options.min_structure)
        & (brightness >= options.min_brightness)
        & (brightness >= options.min_ratio * around)
    )
    # a flash changes two pictures in a row and is over: the one after is like the one before
    over = np.zeros(n, dtype=bool)
    over[1:] = cut[1:] & cut[:-1] & (changes[1:, 2] <= options.max_flash * structure[1:])
    flash = over | np.append(over[1:], False)
    return np.flatnonzero(cut & ~flash)
