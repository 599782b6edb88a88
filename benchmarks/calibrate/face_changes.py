"""How alike the faces are on both sides of a sudden change: one person's, and two people's.

    python -m benchmarks.calibrate.face_changes [--detector NAME] [--faces FOLDER]

The source of ``_NEIGHBOUR_ODDS`` in ``track/looks/face_odds.py``: of the half to choose by, plain
and dark, each face that changed from one frame to the next. FOLDER keeps faces between runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.hard.degrade import degrade
from benchmarks.media import yunet_model
from benchmarks.quality.by_kind import Folders, Selection, chosen_truths
from benchmarks.truth import Truth
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.geometry import pairwise_iou
from speaker_boxes.track.looks.face_odds import crop_quality
from speaker_boxes.tracking import comparing_faces

DEGRADED = ("", "dark", "darker")
QUALITIES = (0.0, 0.02, 0.1, 0.25, 1.1)
"""Bounds of the product of both crops' qualities, by which the figures are parted."""
_ON_LABEL = 0.3
"""Overlap with a label from which a face is that person's."""


def changed_faces(
    clip: ClipFaces, truth: Truth, cache: Cache | None
) -> Iterator[tuple[bool, float, float]]:
    """``(same person, cosine, product of qualities)`` of each face that changed at once."""
    crop_of = {int(row): jpeg for row, jpeg in zip(clip.crops.row, clip.crops.jpeg, strict=True)}
    changes, frame = clip.face_changes, clip.faces.frame
    with comparing_faces(clip, cache) as describer:
        for before, after in zip(changes.before.tolist(), changes.after.tolist(), strict=True):
            people = [_person(clip, truth, row) for row in (before, after)]
            if frame[after] - frame[before] != 1 or None in people:
                continue
            if not {before, after} <= crop_of.keys():
                continue
            faces = [look.face for look in describer.describe([crop_of[before], crop_of[after]])]
            if min(face.score for face in faces) > 0:
                a, b = (face.vector / np.linalg.norm(face.vector) for face in faces)
                quality = crop_quality(faces[0]) * crop_quality(faces[1])
                yield people[0] == people[1], float(a @ b), quality


def _person(clip: ClipFaces, truth: Truth, row: int) -> str | None:
    """Who a face is by the labels."""
    frame = int(clip.faces.frame[row])
    boxes = {name: person.boxes[frame] for name, person in truth.people.items()
             if frame < len(person.boxes) and not np.isnan(person.boxes[frame]).any()}  # fmt: skip
    if not boxes:
        return None
    overlap = pairwise_iou(clip.faces.box[row : row + 1], np.array(list(boxes.values())))[0]
    return list(boxes)[int(overlap.argmax())] if overlap.max() >= _ON_LABEL else None


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure how faces differ where they change.")
    parser.add_argument("--detector", default="mediapipe", choices=("mediapipe", "yunet"))
    parser.add_argument("--faces", type=Path, help="keeps faces between runs")
    chosen = parser.parse_args()
    model = yunet_model() if chosen.detector == "yunet" else None
    cache = None if chosen.faces is None else Cache(chosen.faces)
    options = DetectionOptions(
        detectors=DetectorChoice(chosen.detector, model), workers=1, cache=cache
    )
    found = []
    for _, _, plain in chosen_truths(Selection(half="tune")):
        for how in DEGRADED:
            truth = degrade(plain, how, Folders().clips / "degraded") if how else plain
            found += list(changed_faces(find_faces(truth.clip, options), truth, cache))
    same, cosine, quality = (np.array(column) for column in zip(*found, strict=True))
    for is_same, words in ((True, "one person"), (False, "two people")):
        for low, high in pairwise(QUALITIES):
            some = cosine[(same == is_same) & (quality >= low) & (quality < high)]
            if len(some):
                spread = np.quantile(some, [0, 0.05, 0.5, 0.95, 1]).round(2).tolist()
                print(f"{words}, quality from {low}: {len(some)} changes, {spread}")


if __name__ == "__main__":
    main()
