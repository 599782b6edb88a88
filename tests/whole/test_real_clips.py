"""The whole way on real clips with labelled truth, where they are."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes import Click, ClipFaces, boxes_for_speaker, find_faces

LIMITS = {
    # clip, person: least coverage, most |chin| or None
    ("visualvoice-interview", "man-left"): (0.99, 0.06),
    ("visualvoice-interview", "man-right"): (0.99, 0.06),
    ("latentsync-3", "man"): (0.99, None),
    ("pyfeat-noface_face", "man"): (0.97, None),
    ("fr-short-hamilton", "singer"): (0.90, None),
    ("fr-short-hamilton", "pianist"): (0.90, None),
    ("fr-short-hamilton", "woman-grey-hair"): (0.97, None),
    ("fr-short-hamilton", "man-hand-on-chin"): (0.97, None),
    ("fr-short-hamilton", "woman-earring"): (0.97, None),
}


@pytest.fixture(scope="session")
def clips(shared_media: Path) -> dict[str, ClipFaces]:
    """The faces of each labelled clip, found once."""
    names = sorted({clip for clip, _ in LIMITS})
    return {name: find_faces(next((shared_media / "clips").glob(f"{name}.*"))) for name in names}


def load_score(shared_media: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", shared_media.parent / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("clip", "person"), LIMITS, ids=["-".join(key) for key in LIMITS])
def test_the_chosen_person_is_followed(
    shared_media: Path, clips: dict[str, ClipFaces], clip: str, person: str
) -> None:
    """Never on another person, hardly ever on nobody, and as steady as the labels."""
    truth = json.loads((shared_media / "truth" / f"{clip}.json").read_text())
    clicks = [Click(frame=f, x=x, y=y) for f, x, y in truth["identities"][person]["clicks"]]

    result = boxes_for_speaker(clips[clip], at=clicks)

    score = load_score(shared_media).score(result.bounding_boxes, truth, person, 0.4)
    least_coverage, most_chin = LIMITS[clip, person]
    assert score["frames"] == score["expected_frames"]
    assert score["wrong_person"] == 0
    assert score["false_box"] <= 0.01
    assert score["coverage"] >= least_coverage
    assert most_chin is None or abs(score["chin"]) <= most_chin
    if clip == "visualvoice-interview":
        assert score["jitter"] <= score["truth_jitter"]
