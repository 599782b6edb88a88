"""The sample clip is the one that its truth describes, and small enough to travel."""

from __future__ import annotations

import hashlib
import json

import av

from speaker_boxes.sample import clip_path, truth_path


def test_the_truth_belongs_to_the_clip() -> None:
    """Digest, size and number of frames are those of the file in the package."""
    truth = json.loads(truth_path().read_text())
    with av.open(str(clip_path())) as container:
        frames = list(container.decode(video=0))

    assert truth["sha256"] == hashlib.sha256(clip_path().read_bytes()).hexdigest()
    assert truth["frames"] == len(frames) == 170
    assert (truth["width"], truth["height"]) == (frames[0].width, frames[0].height)


def test_the_face_leaves_for_a_while_and_is_there_in_both_shots() -> None:
    """One gap of at least 0.7 s without any of the face, before the cut."""
    truth = json.loads(truth_path().read_text())
    seen = {int(frame) for frame in truth["identities"]["astronaut"]["boxes"]}
    partly = {int(frame) for frame in truth["ignore"]}
    gone = sorted(set(range(truth["frames"])) - seen - partly)

    assert gone == list(range(gone[0], gone[-1] + 1))
    assert len(gone) / 25 >= 0.7
    assert gone[-1] < truth["cuts"][0]
    assert {0, truth["cuts"][0], truth["frames"] - 1} <= seen


def test_the_sample_is_small() -> None:
    """Under 400 kB with its truth, so that the package stays light."""
    assert clip_path().stat().st_size + truth_path().stat().st_size < 400_000
