"""The faces of a clip as columns, and what a face detector is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.picture import Image
from speaker_boxes.geometry import BoxArray, check_boxes, check_shape, pairwise_iou, pairwise_share

Scores = npt.NDArray[np.float32]
"""Shape (n,), in [0, 1]: the detector's confidence; not a probability."""
Region = tuple[int, int, int, int]
"""``x1, y1, x2, y2`` in whole upright pixels; may leave the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Every face found in a clip: row i of each column is one face in one frame.

    n is the number of faces, not of frames: a frame may own no row or many.
    """

    frame: npt.NDArray[np.int64]
    """Shape (n,), never falling: index of the decoded frame, from 0."""
    box: BoxArray
    """Shape (n, 4), pixels. No NaN: a face that was not found is not a row."""
    score: Scores
    """Shape (n,), in [0, 1]: the detector's confidence; not a probability."""

    def __post_init__(self) -> None:
        n = len(self.frame)
        check_shape(self.frame, (n,), "frame")
        check_shape(self.score, (n,), "score")
        check_shape(self.box, (n, 4), "box")
        if (np.diff(self.frame) < 0).any():
            raise ValueError("frame must never fall: rows come in the order of the video")
        if n and self.frame[0] < 0:
            raise ValueError(f"frame counts from 0, got {self.frame[0]}")
        if not ((self.score >= 0) & (self.score <= 1)).all():
            raise ValueError("score must lie in [0, 1]")
        box = check_boxes(self.box, "box")
        if np.isnan(box).any():
            raise ValueError("box must not be NaN: a face that was not found is not a row")
        object.__setattr__(self, "box", box)

    def __len__(self) -> int:
        return len(self.frame)

    def rows(self, frame: int) -> slice:
        """Return the rows of one frame; empty if no face was found there."""
        first, last = np.searchsorted(self.frame, [frame, frame + 1])
        return slice(int(first), int(last))


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Faces found in one image."""

    box: BoxArray
    """Shape (n, 4): pixels of that image, from brow or forehead to chin, jaw to jaw."""
    score: Scores

    def __len__(self) -> int:
        return len(self.score)


def joined(found: Sequence[Detections]) -> Detections:
    """One after the other, as one; there must be one at least."""
    return Detections(
        np.concatenate([each.box for each in found]), np.concatenate([each.score for each in found])
    )


class FaceDetector(Protocol):
    """Finds faces in an image."""

    def detect(self, image: Image) -> Detections:
        """Find the faces of an RGB image of any size; none gives arrays of length 0."""


class CutoutDetector(Protocol):
    """Finds the exact boxes of faces in cut-outs around them."""

    def detect_each(self, images: Sequence[Image]) -> tuple[Detections, npt.NDArray[np.int64]]:
        """Find the faces of square RGB images of one side, and which image shows each: (n,)."""


@dataclass(frozen=True, slots=True)
class Look:
    """A part of the picture, how large a network is shown it, and which network."""

    detector: FaceDetector
    region: Region
    width: int
    """Pixels that the region is scaled to; in the region's own proportions."""
    height: int


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """How faces are looked for anywhere in a picture of one size."""

    always: tuple[Look, ...]
    """Taken in each search."""
    in_turn: tuple[Look, ...]
    """Closer looks that cover the picture: a few in each search, all where a shot may begin."""


@dataclass(frozen=True, slots=True)
class DetectorPair:
    """The two jobs of detection: to find faces anywhere, and to follow known ones exactly."""

    name: str
    """What the report calls it."""
    plan: Callable[[int, int], SearchPlan]
    """How to find faces in pictures of a width and height."""
    follow: CutoutDetector
    """Gives the exact boxes in cut-outs around known faces."""
    follow_side: int
    """Side in pixels of the squares that ``follow`` is given."""


_INSIDE = 0.75
"""Share of the smaller box inside the larger from which both are one face: what looks like a
large face around a face, with the hair for brows, is none."""


def suppress(box: BoxArray, score: Scores, max_iou: float) -> npt.NDArray[np.int64]:
    """Rows to keep when of two boxes that overlap only the better one may stay.

    Parameters
    ----------
    box : (n, 4)
    score : (n,)
        Higher is better; of equals the earlier row.
    max_iou
        Overlap above which two boxes are the same face.

    Returns
    -------
    (k,) int64
        Indices of the kept rows, best first.
    """
    if len(score) < 2:
        return np.arange(len(score))
    order = np.argsort(-score, kind="stable")
    overlaps = (pairwise_iou(box, box) > max_iou) | (pairwise_share(box, box) > _INSIDE)
    np.fill_diagonal(overlaps, False)
    if not overlaps.any():
        return order
    kept: list[int] = []
    for row in order.tolist():
        if not overlaps[row, kept].any():
            kept.append(row)
    return np.array(kept, dtype=np.int64)
