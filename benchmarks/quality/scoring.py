"""How good the boxes of one person are, against labels.

coverage       part of the frames that show the person whose box overlaps theirs (IoU >= 0.4)
mean_iou       mean overlap over those hits
wrong_person   part of all frames whose box lies on another labelled person instead
false_box      part of the frames without the person that have a box on nobody at all
chin           median of (box bottom - label's bottom) / label's height over hits; 0 is the chin
jitter         RMS second difference of centre and size, in percent of the face's size, over runs
               of hits; truth_jitter is the label's own
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.truth import Person, Truth
from speaker_boxes.geometry import BoxArray, pairwise_iou

MIN_IOU = 0.4
"""Overlap from which a box is a hit: what is sent is then the same face, if badly framed."""
IGNORED_IOU = 0.3
"""Overlap from which a box lies on a face that counts neither for nor against."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What became of each frame: (n_frames,) each, no two true at once but ``visible``."""

    visible: Flags
    hit: Flags
    wrong: Flags
    stray: Flags


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one person; ``None`` where there is nothing to measure."""

    coverage: float
    mean_iou: float | None
    wrong_person: float
    false_box: float
    chin: float | None
    jitter: float | None
    truth_jitter: float | None


def judge(boxes: BoxArray, truth: Truth, name: str) -> Frames:
    """Tell for each frame what its box is.

    Parameters
    ----------
    boxes : (n_frames, 4)
        Of the person called ``name``; NaN where there is none.
    """
    target = nearest(boxes, truth.people[name])
    if len(boxes) != len(target):
        raise ValueError(f"{truth.name}: {len(boxes)} boxes for {len(target)} frames")
    present, visible = ~np.isnan(boxes[:, 0]), ~np.isnan(target[:, 0])
    overlap = row_iou(boxes, target)
    hit = present & visible & (overlap >= MIN_IOU)
    other = np.zeros(len(boxes))
    for someone, person in truth.people.items():
        if someone != name:
            other = np.maximum(other, row_iou(boxes, nearest(boxes, person)))
    wrong = present & ~hit & (other >= MIN_IOU) & (other > overlap)
    excused = np.zeros(len(boxes), dtype=bool)
    for frame, ignored in truth.ignore.items():
        if present[frame]:
            near = pairwise_iou(boxes[frame : frame + 1], ignored)
            excused[frame] = bool((near > IGNORED_IOU).any())
    return Frames(visible, hit, wrong, present & ~visible & ~wrong & ~excused)


def score(boxes: BoxArray, truth: Truth, name: str) -> Score:
    """Measure the boxes of the person called ``name``: (n_frames, 4)."""
    target = nearest(boxes, truth.people[name])
    frames = judge(boxes, truth, name)
    hit = frames.hit
    chin = (boxes[hit, 3] - target[hit, 3]) / (target[hit, 3] - target[hit, 1])
    return Score(
        coverage=float(hit.sum() / max(frames.visible.sum(), 1)),
        mean_iou=float(row_iou(boxes, target)[hit].mean()) if hit.any() else None,
        wrong_person=float(frames.wrong.mean()),
        false_box=float(frames.stray.sum() / max((~frames.visible).sum(), 1)),
        chin=float(np.median(chin)) if hit.any() else None,
        jitter=jitter(boxes, hit),
        truth_jitter=jitter(target, hit),
    )


def nearest(boxes: BoxArray, person: Person) -> BoxArray:
    """The person's boxes, (n_frames, 4): of a frame with several the one nearest to ours."""
    if not person.also or len(boxes) != len(person.boxes):
        return person.boxes
    out = person.boxes.copy()
    for frame, others in person.also.items():
        each = np.concatenate([person.boxes[frame][None], others])
        overlap = row_iou(np.broadcast_to(boxes[frame], each.shape), each)
        out[frame] = each[int(np.argmax(overlap))]
    return out


def row_iou(a: BoxArray, b: BoxArray) -> npt.NDArray[np.float64]:
    """Overlap of boxes row by row: (n, 4) with (n, 4) -> (n,); 0 where either is NaN."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    sides = np.clip(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0, None)
    shared = sides[:, 0] * sides[:, 1]
    area = (a[:, 2:] - a[:, :2]).prod(axis=1) + (b[:, 2:] - b[:, :2]).prod(axis=1)
    return np.asarray(np.nan_to_num(shared / (area - shared)), dtype=np.float64)


def jitter(boxes: BoxArray, used: Flags) -> float | None:
    """RMS second difference of centre and size over the size, in percent, within runs of frames.

    Over the square root of 6, so that independent noise of 1 % in each gives 1.
    """
    rows = boxes.astype(np.float64)
    size = np.sqrt((rows[:, 2:] - rows[:, :2]).prod(axis=1))
    state = np.column_stack([(rows[:, :2] + rows[:, 2:]) / 2, size])
    second = state[2:] - 2 * state[1:-1] + state[:-2]
    whole = used[2:] & used[1:-1] & used[:-2]
    if not whole.any():
        return None
    relative = second[whole] / size[1:-1][whole, None]
    return float(100 * np.sqrt((relative**2).mean() / 6))
