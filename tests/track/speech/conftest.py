"""The weights, which are not part of the project, and a real conversation, if they are here."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.track.speech.network import Network, open_network
from speaker_boxes.track.speech.pictures import FaceTrack, cut_face, face_squares
from speaker_boxes.track.speech.sound import Sound, read_sound

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("SPEAKER_BOXES_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def model() -> Path:
    """The weights of LR-ASD."""
    return _here(SHARED / "models" / "lr_asd_pretrain_AVA.model")


@pytest.fixture(scope="session")
def network(model: Path) -> Network:
    return open_network(model=model)


@pytest.fixture(scope="session")
def interview() -> Path:
    """Two men side by side. From 10 to 15 s the right one speaks and the left one listens."""
    return _here(SHARED / "media" / "clips" / "visualvoice-interview.mp4")


@pytest.fixture(scope="session")
def interview_sound(interview: Path) -> Sound:
    sound = read_sound(interview, interview.name)
    assert sound is not None
    return sound


@pytest.fixture(scope="session")
def interview_faces(interview: Path) -> list[FaceTrack]:
    """Left and right man from 8 to 17.4 s, by the labels of their faces."""
    labels = json.loads(
        _here(SHARED / "media" / "truth" / "visualvoice-interview.json").read_text()
    )
    boxes = [labels["identities"][name]["boxes"] for name in ("man-left", "man-right")]
    return _cut(interview, boxes, range(200, 435))


def _cut(clip: Path, labelled: Sequence[dict[str, list[float]]], frames: range) -> list[FaceTrack]:
    """Cut the labelled faces out of each frame that has them all."""
    both = [i for i in frames if all(str(i) in each for each in labelled)]
    box = [np.array([each[str(i)] for i in both], np.float32) for each in labelled]
    pts_s = np.array(both) / 25
    squares = [face_squares(each, pts_s) for each in box]
    pictures: list[list[np.ndarray]] = [[] for _ in labelled]
    with open_video(clip) as video:
        for frame in video.frames():
            if frame.index in both:
                at = both.index(frame.index)
                for mine, square in zip(pictures, squares, strict=True):
                    mine.append(cut_face(frame.picture, square[at]))
            if frame.index == both[-1]:
                break
    return [FaceTrack(pts_s, b, np.array(p)) for b, p in zip(box, pictures, strict=True)]


def _here(path: Path) -> Path:
    if not path.is_file():
        pytest.skip(f"not here: {path} (set SPEAKER_BOXES_SHARED)")
    return path
