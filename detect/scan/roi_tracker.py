"""Follow known faces from frame to frame with a cut-out around each."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import FrameImage, Image
from speaker_boxes.detect.detectors.base import Detections, DetectorPair, Region, concat
from speaker_boxes.detect.scan.face_change import TRAIL, FaceWatch, SmallFace
from speaker_boxes.detect.scan.search import SAME_FACE_IOU, to_frame_coords
from speaker_boxes.geometry import BoxArray, areas, centres, nms, pairwise_iou

_ROI_SHARE = 2.5
"""Side of a cut-out over the size of the face: where short range is exact (it wants a third)."""
_WIDE_ROI_SHARE = 4.5
"""The same when a face was not found in the first: a fast head, at the edge of what it sees."""
HIGH_SCORE = 0.5
"""Score from which a box may begin a track (MediaPipe's own default)."""
_MIN_IOU = 0.15
"""Overlap with the frame before below which a box is not the followed face. Low, since a fast
head moves half its size in a frame; the track stage decides again with more care."""
_LARGE_ROI = 480
"""Side in pixels from which a cut-out is made small by halves."""
_EDGE = 0.02
"""Share of a cut-out along its edge where a box counts as cut off."""


@dataclass(slots=True)
class Target:
    """A face that is followed."""

    box: npt.NDArray[np.float32]
    """Shape (4,): where it was last seen."""
    n_seen: int = 1
    n_missed: int = 0
    """Frames since then."""
    small: SmallFace | None = None
    """What it looked like when it was last seen."""
    trail: deque[SmallFace] = field(default_factory=lambda: deque(maxlen=TRAIL))
    """What it looked like in the last frames."""
    marked: tuple[SmallFace, ...] = ()
    """What it looked like at the ends of the last two blocks."""


class RoiTracker:
    """Follows targets through the pictures it is shown, in whichever order of time."""

    def __init__(self, detectors: DetectorPair, *, max_missed: int) -> None:
        self.targets: list[Target] = []
        self.watch = FaceWatch()
        self._rois: tuple[list[Region], list[Image]] = ([], [])
        self._detectors = detectors
        self._max_missed = max_missed

    def boxes(self) -> BoxArray:
        """Where the targets are: (n_targets, 4)."""
        return np.array([target.box for target in self.targets], np.float32).reshape(-1, 4)

    def step(self, picture: FrameImage) -> Detections:
        """Find the targets in the next picture, drop those that are lost, give all faces seen.

        A strong face in a cut-out that is nobody's becomes a target too.
        """
        if not self.targets:
            return Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32))
        found = self._detect_rois(picture, self.boxes(), _ROI_SHARE)
        regions, images = self._rois
        owner = self._match(found)
        missing = [i for i in range(len(self.targets)) if i not in owner]
        fresh = [i for i in missing if self.targets[i].n_missed < 2]
        if fresh:
            found = _merge(found, self._detect_rois(picture, self.boxes()[fresh], _WIDE_ROI_SHARE))
            owner = self._match(found)
        for i, row in owner.items():
            self.watch.see(self.targets[i], images[i], regions[i], found.box[row])
        self._update(found, owner)
        owned = np.zeros(len(found), np.bool_)
        owned[list(owner.values())] = True
        mine = Detections(found.box[owned], found.score[owned])
        stray = ~owned & (found.score >= HIGH_SCORE)
        if not stray.any():
            return mine
        # somebody else's cut-out shows it at the wrong size, where boxes are not exact
        seen = self.confirm(picture, Detections(found.box[stray], found.score[stray]))
        self.add(seen)
        return _merge(mine, seen)

    def seen_boxes(self) -> BoxArray:
        """Where those targets are that were seen in the last picture: (n_seen, 4)."""
        seen = [target.box for target in self.targets if not target.n_missed]
        return np.array(seen, np.float32).reshape(-1, 4)

    def add(self, found: Detections) -> None:
        """Follow those of the faces that are not followed yet, and those that were lost again."""
        known = pairwise_iou(found.box, self.boxes()) > SAME_FACE_IOU
        for box, same in zip(found.box, known, strict=True):
            if not same.any():
                self.targets.append(Target(box))
            elif (target := self.targets[int(np.argmax(same))]).n_missed:
                target.box, target.n_missed = box, 0

    def confirm(self, picture: FrameImage, candidates: Detections) -> Detections:
        """Look at candidates again, with the detector that follows; strong ones stay.

        Twice: boxes of a search may be off by half the face, and so is then the first cut-out.
        """
        for _ in range(2):
            if not len(candidates):
                break
            found = self._detect_rois(picture, candidates.box, _ROI_SHARE)
            near = (pairwise_iou(found.box, candidates.box) > _MIN_IOU).any(axis=1)
            keep = near & (found.score >= HIGH_SCORE)
            candidates = Detections(found.box[keep], found.score[keep])
        return candidates

    def _detect_rois(self, picture: FrameImage, around: BoxArray, factor: float) -> Detections:
        """All faces in cut-outs around boxes; the one in the middle of its cut-out wins."""
        detector, side = self._detectors.roi_detector, self._detectors.roi_size
        regions = rois(around, factor)
        images = [picture.resized_crop(each, side, side) for each in regions]
        self._rois = regions, images
        found, owner = detector.detect_batch(images)
        region = np.array(regions, np.float32)[owner]
        found = to_frame_coords(found, region, side)
        off = (centres(found.box) - centres(region)) / (region[:, 2:3] - region[:, :1])
        rank = found.score - np.sqrt((off * off).sum(axis=1))
        whole = np.flatnonzero(_is_whole(found.box, region, picture))
        kept = whole[nms(found.box[whole], rank[whole], SAME_FACE_IOU)]
        return Detections(found.box[kept], found.score[kept])

    def _match(self, found: Detections) -> dict[int, int]:
        """Target -> row of ``found``; the largest overlaps first."""
        overlap = pairwise_iou(self.boxes(), found.box)
        owner: dict[int, int] = {}
        for flat in np.argsort(-overlap, axis=None, kind="stable").tolist():
            target, row = divmod(flat, len(found))
            if overlap[target, row] < _MIN_IOU:
                break
            if target not in owner and row not in owner.values():
                owner[target] = row
        return owner

    def _update(self, found: Detections, owner: dict[int, int]) -> None:
        kept: list[Target] = []
        for i, target in enumerate(self.targets):
            if i in owner:
                target.box = found.box[owner[i]]
                target.n_seen += 1
                target.n_missed = 0
            else:
                target.n_missed += 1
                self.watch.miss(target)
            # what was seen once or twice and is gone was no face
            if target.n_missed <= (self._max_missed if target.n_seen > 2 else 0):
                kept.append(target)
        self.targets = kept


def rois(around: BoxArray, factor: float) -> list[Region]:
    """Squares around boxes, ``factor`` times their size, in whole pixels.

    Large sides are multiples of 8, which halve well; small ones must not jump with a face.
    """
    side = factor * np.sqrt(areas(around))
    step = np.where(side < _LARGE_ROI, 1, 8)
    side = np.maximum(step * np.rint(side / step), 8).astype(int)
    corner = np.rint(centres(around) - side[:, None] / 2).astype(int)
    return [(x, y, x + s, y + s) for (x, y), s in zip(corner.tolist(), side.tolist(), strict=True)]


def _is_whole(box: BoxArray, region: BoxArray, picture: FrameImage) -> npt.NDArray[np.bool_]:
    """Whether boxes end inside their cut-outs; the picture's own edge cuts nothing off."""
    margin = _EDGE * (region[:, 2:3] - region[:, :1])
    low, high = region[:, :2] + margin, region[:, 2:] - margin
    inside_low = (box[:, :2] >= low) | (low <= margin)
    inside_high = (box[:, 2:] <= high) | (high + margin >= [picture.width, picture.height])
    return np.asarray((inside_low & inside_high).all(axis=1))


def _merge(a: Detections, b: Detections) -> Detections:
    both = concat([a, b])
    rank = np.concatenate([a.score + 1, b.score])  # the first look is the more exact
    kept = nms(both.box, rank.astype(np.float32), SAME_FACE_IOU)
    return Detections(both.box[kept], both.score[kept])
