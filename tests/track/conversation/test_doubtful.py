"""What is hardly a face beside the only person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from speaker_boxes.detect.faces import Faces
from speaker_boxes.track.conversation.doubtful import without_doubtful
from speaker_boxes.track.conversation.stretches import split_stretches
from speaker_boxes.track.tracklets.tracks import Tracks

MAN, HAND = 0, 1


def seen(*each: tuple[int, int, float], n: int, cuts: Sequence[int] = ()) -> Tracks:
    """Tracks, each seen from a frame to another, exclusive, with a score."""
    rows = sorted((f, i) for i, (a, b, _) in enumerate(each) for f in range(a, b))
    faces = Faces(
        np.array([f for f, _ in rows], np.int64),
        np.array([[200 * i, 0, 200 * i + 80, 80] for _, i in rows], np.float32),
        np.array([each[i][2] for _, i in rows], np.float32),
    )
    ids = np.array([i for _, i in rows], np.int64)
    return Tracks(faces, ids, np.arange(n) / 25, np.array(cuts, np.int64))


def left(tracks: Tracks, person: Sequence[int]) -> list[int]:
    """Which tracks stay."""
    stretches = without_doubtful(split_stretches(tracks), np.array(person))
    return sorted({part.track for each in stretches for part in each.parts})


def test_a_waved_hand_is_left_out() -> None:
    """For a second and a half beside a man who is there all along."""
    assert left(seen((0, 200, 0.9), (50, 90, 0.6), n=200), [MAN, HAND]) == [0]


@pytest.mark.parametrize(
    ("tracks", "person"),
    [
        (seen((0, 200, 0.9), (50, 90, 0.8), n=200), [0, 1]),
        (seen((0, 200, 0.9), (50, 110, 0.6), n=200), [0, 1]),
        (seen((0, 100, 0.9), (100, 140, 0.6), n=200, cuts=[100]), [0, 1]),
        (seen((0, 200, 0.9), (0, 200, 0.9), (50, 90, 0.6), n=200), [0, 1, 2]),
        (seen((50, 90, 0.6), n=200), [0]),
        (seen((0, 40, 0.6), (50, 90, 0.6), n=200), [0, 1]),
        (seen((0, 100, 0.9), (10, 40, 0.6), (100, 130, 0.6), n=200, cuts=[100]), [0, 1, 1]),
    ],
    ids=[
        "a clear face", "one that stays", "one that is shown alone", "beside two people",
        "the only one", "nobody is clear", "one that comes back alone",
    ],
)  # fmt: skip
def test_somebody_stays(tracks: Tracks, person: list[int]) -> None:
    assert left(tracks, person) == list(range(len(person)))
