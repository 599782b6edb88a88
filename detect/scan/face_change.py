"""Where a followed face may have become another person's, though the rest of the picture stays.

A tile of a video call that goes to somebody else is no cut, and the new face is where the old one
was: a box that follows sees nothing. So each face is made very small and compared with itself in
the frame before. What is told here is only where to look: faces that differ so much may still be
one person, whom a fast turn or a hand before the face has changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.detectors.base import Region
from speaker_boxes.geometry import BoxArray, check_shape, pairwise_iou

if TYPE_CHECKING:
    from speaker_boxes.detect.scan.roi_tracker import Target

_SIDE = 16
"""Pixels of the small face."""
_SHARE = 1.5
"""Side of what is compared over the size of the face: with hair and some of what is behind."""
_NOISE = 2.0
"""Grey levels added to the contrast, so that noise on a dark face is no change."""
MIN_CHANGE = 0.2
"""1 - correlation from which a face has changed. Twelve people before their own walls differed
from each other by 0.21 to 1.3 (99 % by 0.31 and more); from frame to frame people who talk, blink
and nod by up to 0.2, in the median by 0.006."""
MIN_DRIFT = 0.35
"""The same between the end of a block and those of the two before, for a fade, which hardly
differs from frame to frame: fades of 5 to 20 frames reached 0.41 to 1.2 (once 0.23)."""
_SAME_PLACE_IOU = 0.3
"""Overlap from which a face is where another was: before a gap, or a border between stretches."""
TRAIL = 48
"""Frames over which a slow change is looked at closely: three searches."""
_MAX_GONE = 16
"""Lost faces that are remembered for the case that a new one appears in their place."""


class FaceAt(NamedTuple):
    """One face in one frame."""

    frame: int
    box: npt.NDArray[np.float32]
    """Shape (4,)."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceChanges:
    """Places where a face may have become somebody else's; both sides have crops.

    A frame on either side of a sudden change; both ends of a gap; the ends of two searches where
    it changed slowly; the frames at a border between two chunks.
    """

    before: npt.NDArray[np.int64]
    """Shape (k,): row of ``Faces``."""
    after: npt.NDArray[np.int64]
    """Shape (k,), never falling: row of ``Faces``."""
    value: npt.NDArray[np.float32]
    """Shape (k,), in [0, 2]: how far the pictures of the two differ, 1 - correlation; NaN at
    borders between chunks, where they were not compared."""

    def __post_init__(self) -> None:
        check_shape(self.before, (len(self.after),), "before")
        check_shape(self.value, (len(self.after),), "value")
        if (np.diff(self.after) < 0).any():
            raise ValueError("after must never fall")


def no_changes() -> FaceChanges:
    """None at all."""
    none = np.empty(0, np.int64)
    return FaceChanges(none, none, np.empty(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class SmallFace:
    """A face made small, its brightness less the mean."""

    at: FaceAt
    centred: npt.NDArray[np.float32]
    """Shape (_SIDE * _SIDE,)."""
    spread: float
    """Standard deviation, noise included."""


class Change(NamedTuple):
    """A face that differs from what it was."""

    before: FaceAt
    after: FaceAt
    value: float


@dataclass(slots=True)
class FaceWatch:
    """Compares followed faces with what they were, as a follower goes through the frames."""

    frame: int = 0
    """Index of the frame that is looked at now."""
    changes: list[Change] = field(default_factory=list)
    lost: list[FaceAt] = field(default_factory=list)
    """Where faces were seen for the last time before they were gone, if only for a while."""
    _gone: deque[SmallFace] = field(default_factory=lambda: deque(maxlen=_MAX_GONE))

    def see(
        self, target: Target, image: Image, region: Region, box: npt.NDArray[np.float32]
    ) -> None:
        """Take a target's new box, within the cut-out around its last one."""
        now = _shrink(image, region, box, self.frame)
        last, target.small = target.small or self._there_before(box), now
        target.trail.append(now)
        if last is None or (value := _difference(last, now)) < MIN_CHANGE:
            return
        # a box that jumps shows other parts of a face that stays
        stayed = _shrink(image, region, last.at.box, self.frame)
        value = min(value, _difference(last, stayed))
        if value >= MIN_CHANGE:
            self.changes.append(Change(last.at, now.at, value))

    def miss(self, target: Target) -> None:
        """Take note that a target is gone."""
        if target.n_missed == 1 and target.small is not None:
            self.lost.append(target.small.at)
            self._gone.append(target.small)

    def mark(self, targets: Iterable[Target]) -> None:
        """Compare targets with what they were at the last mark: at the end of each block."""
        for target in targets:
            now = target.small
            if now is None or now.at.frame != self.frame:
                continue
            for marked in target.marked[::-1]:
                value = _difference(marked, now)
                if value >= MIN_DRIFT:
                    before, after = _narrowed(target.trail, marked, now)
                    self.changes.append(Change(before.at, after.at, value))
                    target.marked = ()
                    break
            target.marked = (*target.marked[-1:], now)

    def take(self, *, backwards: bool = False) -> tuple[list[Change], list[FaceAt]]:
        """Give what was found since the last time; turned round if it was found backwards."""
        changes, lost = self.changes, self.lost
        self.changes, self.lost = [], []
        if backwards:
            changes = [Change(each.after, each.before, each.value) for each in changes]
        return changes, lost

    def _there_before(self, box: npt.NDArray[np.float32]) -> SmallFace | None:
        """The last face that was lost where a new one is."""
        for gone in reversed(self._gone):
            if pairwise_iou(gone.at.box[None], box[None])[0, 0] > _SAME_PLACE_IOU:
                return gone
        return None


def _narrowed(
    trail: Iterable[SmallFace], first: SmallFace, last: SmallFace
) -> tuple[SmallFace, SmallFace]:
    """Of a slow change the last face that is still the first one, and the first that is the last.

    The ends themselves where a face that moves is both at some time.
    """
    between = [each for each in trail if first.at.frame < each.at.frame < last.at.frame]
    as_first = [first, *takewhile(lambda each: _difference(first, each) < MIN_CHANGE, between)]
    as_last = [
        last, *takewhile(lambda each: _difference(each, last) < MIN_CHANGE, reversed(between))
    ]  # fmt: skip
    before, after = as_first[-1], as_last[-1]
    return (before, after) if before.at.frame < after.at.frame else (first, last)


def _shrink(image: Image, region: Region, box: npt.NDArray[np.float32], frame: int) -> SmallFace:
    """The face in ``box``, out of a square cut-out of ``region``."""
    scale = image.shape[0] / (region[2] - region[0])
    x1, y1, x2, y2 = box.tolist()
    half = _SHARE / 2 * ((x2 - x1) * (y2 - y1)) ** 0.5 * scale
    x, y = ((x1 + x2) / 2 - region[0]) * scale, ((y1 + y2) / 2 - region[1]) * scale
    left, right = _within(x - half, x + half, image.shape[1])
    top, bottom = _within(y - half, y + half, image.shape[0])
    small = cv2.resize(image[top:bottom, left:right], (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32).ravel()
    grey -= grey.mean()
    spread = (float(grey @ grey) / grey.size + _NOISE**2) ** 0.5
    return SmallFace(FaceAt(frame, box), grey, spread)


def _within(low: float, high: float, length: int) -> tuple[int, int]:
    """Whole pixels of a span, ``_SIDE`` of them at least, inside the image."""
    start = min(max(0, round(low)), length - _SIDE)
    return start, min(length, max(round(high), start + _SIDE))


def _difference(a: SmallFace, b: SmallFace) -> float:
    """1 - correlation: 0 for equal pictures, about 1 for unrelated ones."""
    alike = float(a.centred @ b.centred) / a.centred.size + _NOISE**2
    return 1 - alike / (a.spread * b.spread)


def rows_of(
    changes: Sequence[Change], box: BoxArray, first_row: npt.NDArray[np.int64]
) -> FaceChanges:
    """Say changes by rows; those whose faces gave way to others are left out.

    Parameters
    ----------
    box : (n_rows, 4)
    first_row : (n_frames + 1,)
        First row of each frame, and the number of rows.
    """
    found: dict[tuple[int, int], float] = {}
    for change in changes:
        before, after = (_row_of(face, box, first_row) for face in change[:2])
        if before is not None and after is not None:
            found[after, before] = change.value
    pairs = sorted(found)
    after_before = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    value = np.array([found[pair] for pair in pairs], dtype=np.float32)
    return FaceChanges(after_before[:, 1], after_before[:, 0], value)


def _row_of(face: FaceAt, box: BoxArray, first_row: npt.NDArray[np.int64]) -> int | None:
    start, end = first_row[face.frame : face.frame + 2].tolist()
    same = np.flatnonzero((box[start:end] == face.box).all(axis=1))
    return start + int(same[0]) if len(same) else None


def join_changes(
    parts: Sequence[FaceChanges], n_rows: Sequence[int], ends: Sequence[tuple[BoxArray, BoxArray]]
) -> FaceChanges:
    """Those of all stretches, and faces on both sides of the borders between them.

    Parameters
    ----------
    n_rows
        Number of rows of each stretch.
    ends
        Boxes of the first and of the last frame of each stretch.
    """
    start = np.cumsum([0, *n_rows])
    before = [each.before + first for each, first in zip(parts, start, strict=False)]
    after = [each.after + first for each, first in zip(parts, start, strict=False)]
    value = [each.value for each in parts]
    for border, ((_, last), (first, _)) in zip(start[1:], pairwise(ends), strict=False):
        old, new = np.nonzero(pairwise_iou(last, first) > _SAME_PLACE_IOU)
        before.append(border - len(last) + old)
        after.append(border + new)
        value.append(np.full(len(old), np.nan, dtype=np.float32))
    order = np.argsort(np.concatenate(after), kind="stable")
    return FaceChanges(
        np.concatenate(before)[order], np.concatenate(after)[order], np.concatenate(value)[order]
    )
