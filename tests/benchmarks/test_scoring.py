"""The quality benchmark's own figures: against hand-made cases and the shared definition."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.mot import load_trackers_eval, track_score
from benchmarks.quality.overlays import worst_frames
from benchmarks.quality.plain import follow_clicks, link_by_overlap
from benchmarks.quality.scoring import jitter, judge, score
from benchmarks.truth import Truth, read_truth
from speaker_boxes.click import Click
from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import BoxArray, to_rows

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SPEAKER_BOXES_SHARED", ROOT.parent / "shared"))

LABELS: dict[str, Any] = {
    "clip": "made.mp4",
    "width": 100,
    "height": 100,
    "frames": 6,
    "cuts": [],
    "identities": {
        "ana": {
            "clicks": [[0, 15, 15]],
            "boxes": {str(i): [10 + i, 10, 20 + i, 22] for i in range(4)},
        },
        "ben": {
            "clicks": [[0, 65, 15]],
            "boxes": {str(i): [60, 10, 70, 22] for i in range(6)},
        },
    },
    "ignore": {"4": [[30, 30, 40, 42]]},
}


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    path = tmp_path / "made.json"
    path.write_text(json.dumps(LABELS))
    return read_truth(path, tmp_path / "made.mp4")


def boxes(*rows: Sequence[float] | None) -> BoxArray:
    return np.array([[np.nan] * 4 if row is None else row for row in rows], np.float32)


def test_each_frame_is_one_kind_of_thing(truth: Truth) -> None:
    """A hit, a miss, another person, an ignored face, nobody at all."""
    found = boxes(
        [10, 10, 20, 22], None, [60, 10, 70, 22], [80, 80, 90, 92],
        [30, 30, 40, 42], [80, 80, 90, 92],
    )  # fmt: skip

    frames = judge(found, truth, "ana")

    assert frames.visible.tolist() == [True] * 4 + [False] * 2
    assert frames.hit.tolist() == [True] + [False] * 5
    assert frames.wrong.tolist() == [False, False, True] + [False] * 3
    assert frames.stray.tolist() == [False] * 5 + [True]


def test_the_chin_is_measured_in_faces(truth: Truth) -> None:
    """A box that ends 3 pixels above the chin of a face 12 high."""
    found = boxes(*[[10 + i, 10, 20 + i, 19] for i in range(4)], None, None)

    figures = score(found, truth, "ana")

    assert figures.coverage == 1
    assert figures.chin == pytest.approx(-0.25)
    assert figures.mean_iou == pytest.approx(0.75)
    assert figures.wrong_person == figures.false_box == 0


def test_steady_motion_is_no_jitter() -> None:
    """Second differences: none for constant speed; white noise gives its own size."""
    rng = np.random.default_rng(0)
    steady = np.array([[i, 0, i + 100, 100] for i in range(2000)], np.float32)
    noisy = steady + np.tile(rng.normal(0, 1, (2000, 2)), 2).astype(np.float32)
    used = np.ones(2000, bool)

    assert jitter(steady, used) == pytest.approx(0, abs=1e-3)
    # x and y are noisy, the size is not: two of three
    assert jitter(noisy, used) == pytest.approx(np.sqrt(2 / 3), rel=0.05)
    assert jitter(steady, np.zeros(2000, bool)) is None


def test_the_figures_are_those_of_the_shared_definition() -> None:
    """On a real truth with random boxes, number by number."""
    if not (SHARED / "score.py").is_file():
        pytest.skip(f"no {SHARED / 'score.py'} to compare with (set SPEAKER_BOXES_SHARED)")
    spec = importlib.util.spec_from_file_location("shared_score", SHARED / "score.py")
    assert spec is not None
    assert spec.loader is not None
    shared = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shared)
    path = SHARED / "media" / "truth" / "fr-short-hamilton.json"
    truth = read_truth(path, path)
    rng = np.random.default_rng(1)
    names = list(truth.people)
    picked = [truth.people[names[i]].boxes for i in rng.integers(0, len(names), 275)]
    found = np.array([box[i] for i, box in enumerate(picked)], np.float32)
    found = np.rint(found + rng.normal(0, 4, found.shape)).astype(np.float32)

    for name in names:
        ours = dataclasses.asdict(score(found, truth, name))
        theirs = shared.score(to_rows(found), json.loads(path.read_text()), name, 0.4)
        for key, value in ours.items():
            assert value == pytest.approx(theirs[key], abs=1e-4), (name, key)


def faces_of(truth: Truth) -> Faces:
    """All labelled faces as a perfect detector would see them."""
    rows = [
        (frame, person.boxes[frame])
        for frame in range(truth.n_frames)
        for person in truth.people.values()
        if not np.isnan(person.boxes[frame, 0])
    ]
    return Faces(
        np.array([frame for frame, _ in rows]),
        np.array([box for _, box in rows]),
        np.ones(len(rows), np.float32),
    )


def test_the_plain_way_follows_a_click(truth: Truth) -> None:
    """Perfect detections: every frame of the clicked person, in both directions."""
    faces = faces_of(truth)

    for frame in (0, 2, 3):
        found = follow_clicks(faces, truth.n_frames, [Click(frame=frame, x=15, y=15)])
        np.testing.assert_array_equal(found, truth.people["ana"].boxes)
    assert np.isnan(follow_clicks(faces, 6, [Click(frame=0, x=99, y=99)])).all()


def test_perfect_tracks_score_one(truth: Truth) -> None:
    if load_trackers_eval() is None:
        pytest.skip("pip install --no-deps trackers")
    faces = faces_of(truth)

    perfect = track_score(faces, link_by_overlap(faces, truth.n_frames), truth)
    none = track_score(faces, np.full(len(faces), -1), truth)

    assert perfect is not None
    assert perfect.hota == pytest.approx(1)
    assert perfect.idf1 == pytest.approx(1)
    assert none is not None
    assert (none.hota, none.idf1) == (0, 0)


def test_the_worst_frames_are_picked(truth: Truth) -> None:
    """Wrong and missed ones, not good ones."""
    found = truth.people["ana"].boxes.copy()
    found[1] = truth.people["ben"].boxes[1]
    found[3] = np.nan

    assert worst_frames(found, truth, "ana").tolist() == [1, 3]
    assert len(worst_frames(truth.people["ana"].boxes, truth, "ana")) == 0
