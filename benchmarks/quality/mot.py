"""HOTA and IDF1 over all faces, as Roboflow's ``trackers`` computes them (Apache-2.0).

HOTA: Luiten et al. 2021, doi:10.1007/s11263-020-01375-2. IDF1: Ristani et al. 2016,
arXiv:1609.01775. Only the package's ``eval`` folder is used, which needs NumPy and SciPy: the
package as a whole requires ``opencv-python``, which writes over ``opencv-contrib-python``. So it
is installed without its dependencies (``pip install --no-deps trackers``), and loaded without
its front door.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.quality.scoring import IGNORED_IOU, MIN_IOU
from benchmarks.truth import Truth
from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import pairwise_iou


@dataclass(frozen=True, slots=True)
class TrackScore:
    """How well all faces of a clip are found and told apart."""

    hota: float
    idf1: float


def track_score(faces: Faces, track: npt.NDArray[np.int64], truth: Truth) -> TrackScore | None:
    """Compare tracks with the labels; ``None`` if ``trackers`` is not installed.

    Parameters
    ----------
    faces, track
        n faces and the id of each, -1 for none. Faces that lie on an ignored face and on no
        labelled one are left out.
    """
    evaluate = load_trackers_eval()
    if evaluate is None:
        return None
    true_ids, found_ids, overlaps = [], [], []
    for frame in range(truth.n_frames):
        seen = [
            (i, person.boxes[frame])
            for i, person in enumerate(truth.people.values())
            if not np.isnan(person.boxes[frame, 0])
        ]
        labels = np.array([box for _, box in seen], np.float32).reshape(-1, 4)
        rows = np.arange(*faces.rows(frame).indices(len(faces)))
        rows = rows[track[rows] >= 0]
        overlap = pairwise_iou(labels, faces.box[rows])
        ignored = truth.ignore.get(frame, np.empty((0, 4), np.float32))
        excused = (pairwise_iou(ignored, faces.box[rows]) > IGNORED_IOU).any(axis=0)
        kept = (overlap >= MIN_IOU).any(axis=0) | ~excused
        true_ids.append(np.array([i for i, _ in seen], dtype=np.int64))
        found_ids.append(track[rows[kept]])
        overlaps.append(overlap[:, kept].astype(np.float64))
    hota = evaluate.compute_hota_metrics(true_ids, found_ids, overlaps)["HOTA"]
    idf1 = evaluate.compute_identity_metrics(true_ids, found_ids, overlaps)["IDF1"]
    return TrackScore(float(hota), float(idf1))


def load_trackers_eval() -> types.ModuleType | None:
    """The module ``trackers.eval``; ``None`` if the package is not installed."""
    if "trackers.eval" not in sys.modules:
        spec = importlib.util.find_spec("trackers")
        if spec is None or spec.submodule_search_locations is None:
            return None
        # a bare package in place of the real one, whose front door imports all of its trackers
        bare = types.ModuleType("trackers")
        bare.__path__ = list(spec.submodule_search_locations)
        sys.modules.setdefault("trackers", bare)
    return importlib.import_module("trackers.eval")
