"""Where a clip is cut for listening, and what is seen of each track there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.faces import Faces
from speaker_boxes.track.conversation.stretches import split_stretches
from speaker_boxes.track.tracklets.tracks import Tracks


def one_face(pts_s: npt.NDArray[np.float64], cuts: tuple[int, ...] = (), side: int = 80) -> Tracks:
    """A track in each shot, seen in every frame."""
    n = len(pts_s)
    faces = Faces(
        np.arange(n, dtype=np.int64),
        np.tile(np.array([0, 0, side, side], np.float32), (n, 1)),
        np.full(n, 0.9, np.float32),
    )
    ids = np.searchsorted(np.array(cuts, dtype=np.int64), np.arange(n), side="right")
    return Tracks(faces, ids, pts_s, np.array(cuts, dtype=np.int64))


def test_shots_are_apart() -> None:
    first, second = split_stretches(one_face(np.arange(100) / 25, cuts=(40,)))

    assert (first.first, first.end, second.first, second.end) == (0, 40, 40, 100)
    assert [part.track for part in (*first.parts, *second.parts)] == [0, 1]


def test_a_clock_that_is_set_back_splits_a_track() -> None:
    """Within each stretch times rise, as a FaceTrack asks."""
    pts_s = np.concatenate([np.arange(30) / 25, np.arange(50) / 25])

    stretches = split_stretches(one_face(pts_s))

    assert [(each.first, each.end) for each in stretches] == [(0, 30), (30, 80)]
    assert all((np.diff(part.pts_s) > 0).all() for each in stretches for part in each.parts)


def test_of_frames_of_one_time_the_first_counts() -> None:
    pts_s = np.arange(50) / 25
    pts_s[10] = pts_s[9]

    (stretch,) = split_stretches(one_face(pts_s))

    assert stretch.parts[0].frame.tolist() == [i for i in range(50) if i != 10]


def test_long_shots_are_done_in_parts() -> None:
    """Three minutes and a bit: four parts that leave no frame out."""
    stretches = split_stretches(one_face(np.arange(25 * 200) / 25))

    assert len(stretches) == 4
    assert [each.end for each in stretches[:-1]] == [each.first for each in stretches[1:]]
    assert (stretches[0].first, stretches[-1].end) == (0, 5000)


def test_small_and_short_faces_cannot_win() -> None:
    def able(n: int, side: int) -> bool:
        return split_stretches(one_face(np.arange(n) / 25, side=side))[0].parts[0].could_win

    assert able(50, 80)
    assert not able(50, 30)
    assert not able(20, 80)
