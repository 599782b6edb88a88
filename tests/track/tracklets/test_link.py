"""Faces to tracks."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import check_boxes, pairwise_iou
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.tracklets.link import link

NO_CUTS = np.array([], dtype=np.int64)
Row = tuple[int, float, float, float]
"""Frame, x and y of a box of 40 x 50 pixels, score."""


def make_faces(rows: list[Row]) -> Faces:
    rows = sorted(rows, key=lambda row: row[0])
    frame = np.array([row[0] for row in rows], dtype=np.int64)
    box = [[x, y, x + 40, y + 50] for _, x, y, _ in rows]
    score = np.array([row[3] for row in rows], dtype=np.float32)
    return Faces(frame, np.array(box, np.float32).reshape(-1, 4), score)


def times(n: int, rate: float = 25) -> npt.NDArray[np.float64]:
    return np.arange(n) / rate


def walk(
    frames: range, x: float, speed: float = 0.0, y: float = 100, score: float = 0.9
) -> list[Row]:
    return [(i, x + speed * i, y, score) for i in frames]


def test_two_people_side_by_side_are_two_tracks() -> None:
    """Each keeps one id over all frames, numbered in the order of appearance."""
    faces = make_faces(walk(range(10), 0) + walk(range(10), 200))

    track = link(faces, pts_s=times(10), cuts=NO_CUTS).ids

    assert track.tolist() == [0, 1] * 10


def test_a_track_never_crosses_a_cut() -> None:
    """A face at the very same place after a cut is another track."""
    faces = make_faces(walk(range(10), 0))

    track = link(faces, pts_s=times(10), cuts=np.array([5])).ids

    assert track.tolist() == [0] * 5 + [1] * 5


def test_weak_faces_prolong_a_track_both_ways_but_begin_none() -> None:
    """Weak, strong, weak: one track over all; weak ones far away are in none."""
    weak = walk(range(2), 0, score=0.4) + walk(range(10, 12), 0, score=0.4)
    faces = make_faces(weak + walk(range(2, 10), 0) + walk(range(12), 300, score=0.45))

    track = link(faces, pts_s=times(12), cuts=NO_CUTS).ids

    here = faces.box[:, 0] < 100
    assert (track[here] == 0).all()
    assert (track[~here] == -1).all()


def test_weak_faces_fill_a_track_but_do_not_lead_away() -> None:
    """Between strong ones any number, at the end 0.1 s, which is two frames of 25 a second."""
    rows = walk(range(10), 0) + walk(range(10, 40), 0, score=0.4) + walk(range(40, 60), 0)
    rows += walk(range(60, 70), 0, score=0.4)

    track = link(make_faces(rows), pts_s=times(70), cuts=NO_CUTS).ids

    assert track.tolist() == [0] * 62 + [-1] * 8


def test_a_face_that_is_gone_too_long_begins_a_new_track() -> None:
    """Within max_lost_s it keeps its track, beyond it does not."""
    faces = make_faces(walk(range(10), 0) + walk(range(20, 30), 0) + walk(range(70, 80), 0))

    track = link(faces, pts_s=times(80), cuts=NO_CUTS, options=TrackOptions(max_lost_s=1.0)).ids

    assert track.tolist() == [0] * 20 + [1] * 10


def test_a_fast_face_is_followed_by_its_speed() -> None:
    """Steps of two thirds of the face overlap too little where it was, enough where it goes."""
    start = [(0, 0.0, 100.0, 0.9), (1, 10.0, 100.0, 0.9), (2, 25.0, 100.0, 0.9)]
    x, step, rows = 25.0, 15.0, list(start)
    for i in range(3, 20):
        step = min(step + 4, 27)
        x += step
        rows.append((i, x, 100.0, 0.9))

    track = link(make_faces(rows), pts_s=times(20), cuts=NO_CUTS).ids

    assert track.tolist() == [0] * 20


def test_what_is_seen_twice_only_is_no_face() -> None:
    """min_frames faces are needed, save in a shot that is shorter."""
    faces = make_faces(walk(range(2), 0) + walk(range(10), 300))

    assert link(faces, pts_s=times(10), cuts=NO_CUTS).ids.tolist() == [-1, 0, -1, 0] + [0] * 8
    assert link(make_faces(walk(range(1), 0)), pts_s=times(1), cuts=NO_CUTS).ids.tolist() == [0]


def test_what_is_mostly_weak_is_no_face() -> None:
    """A print that passes for a face now and then has no track."""
    rows = [(i, 0.0, 0.0, 0.6 if i % 4 == 0 else 0.35) for i in range(40)]

    track = link(make_faces(rows), pts_s=times(40), cuts=NO_CUTS).ids

    assert (track == -1).all()


def test_no_faces_no_tracks() -> None:
    assert link(make_faces([]), pts_s=times(5), cuts=NO_CUTS).ids.tolist() == []


@pytest.mark.parametrize("cuts", [[0], [5, 5], [7, 3], [10]], ids=str)
def test_bad_cuts_are_named(cuts: list[int]) -> None:
    """Cuts rise and lie inside the clip."""
    with pytest.raises(ValueError, match=r"cuts must rise within 1\.\.9"):
        link(make_faces(walk(range(10), 0)), pts_s=times(10), cuts=np.array(cuts))


def test_a_face_after_the_last_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="a face is in frame 9, but there are 5 frames"):
        link(make_faces(walk(range(10), 0)), pts_s=times(5), cuts=NO_CUTS)


boxes_of_a_frame = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=0, max_size=4, unique=True
)


@given(boxes_of_a_frame, boxes_of_a_frame)
def test_the_assignment_is_the_best_there_is(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    """Between two frames the linked overlap equals that of a brute-force search."""
    options = TrackOptions(min_frames=1)
    rows = [(0, float(x), float(y), 0.9) for x, y in first]
    rows += [(1, float(x), float(y), 0.9) for x, y in second]
    faces = make_faces(rows)

    track = link(faces, pts_s=times(2), cuts=NO_CUTS, options=options).ids

    n = len(first)
    overlap = pairwise_iou(faces.box[:n], faces.box[n:])
    got = sum(
        float(overlap[i, j])
        for i, j in itertools.product(range(n), range(len(second)))
        if track[i] == track[n + j]
    )
    assert got == pytest.approx(best_total(overlap, options.min_iou), abs=1e-5)


def best_total(overlap: npt.NDArray[np.float32], min_iou: float) -> float:
    """Try every way to pair rows with columns."""
    n, m = overlap.shape
    if n > m:
        return best_total(overlap.T, min_iou)
    best = 0.0
    for columns in itertools.permutations(range(m), n):
        pairs = [float(overlap[i, j]) for i, j in enumerate(columns)]
        best = max(best, sum(value for value in pairs if value >= min_iou))
    return best


@given(st.permutations(range(3)), st.integers(-5, 5), st.integers(-5, 5))
def test_order_and_place_do_not_matter(order: list[int], dx: int, dy: int) -> None:
    """Shuffling the faces of each frame, or moving all of them, changes no track."""
    people = [walk(range(8), 0, 2), walk(range(8), 90, -1), walk(range(8), 250)]
    plain = make_faces([row for person in people for row in person])
    moved_rows = [(frame, x + dx, y + dy, score) for i in order for frame, x, y, score in people[i]]
    moved = make_faces(moved_rows)

    a = link(plain, pts_s=times(8), cuts=NO_CUTS).ids
    b = link(moved, pts_s=times(8), cuts=NO_CUTS).ids

    def groups(
        faces: Faces, track: npt.NDArray[np.int64], shift: int
    ) -> set[frozenset[tuple[int, float]]]:
        return {
            frozenset(
                (int(frame), float(x) - shift)
                for frame, x in zip(faces.frame[track == i], faces.box[track == i, 0], strict=True)
            )
            for i in np.unique(track)
        }

    assert groups(plain, a, 0) == groups(moved, b, dx)


def test_faces_check_what_they_are_given() -> None:
    """Rows come in the order of the video, scores in [0, 1], boxes whole."""
    one = check_boxes([[0, 0, 1, 1], [0, 0, 1, 1]])
    half = np.full(2, 0.5, np.float32)

    with pytest.raises(ValueError, match="frame must never fall"):
        Faces(np.array([1, 0]), one, half)
    with pytest.raises(ValueError, match=r"score must lie in \[0, 1\]"):
        Faces(np.array([0, 1]), one, half * 3)
    with pytest.raises(ValueError, match="box must not be NaN"):
        Faces(np.array([0, 1]), one * np.nan, half)
    with pytest.raises(ValueError, match="score must have shape"):
        Faces(np.array([0, 1]), one, half[:1])


@pytest.mark.parametrize("rate", [0.2, 1.0, 5.0])
def test_slow_frames_do_not_hide_who_is_there(rate: float) -> None:
    """A head that is elsewhere in each frame is a face in each; what is unclear is none."""
    n = 30
    left = np.arange(n) % 10 * 100
    box = np.column_stack([left, left * 0, left + 60, left * 0 + 70]).astype(np.float32)
    pts_s = np.arange(n) / rate
    no_cuts = np.array([], np.int64)

    clear = link(Faces(np.arange(n), box, np.full(n, 0.9, np.float32)), pts_s=pts_s, cuts=no_cuts)
    unclear = link(Faces(np.arange(n), box, np.full(n, 0.6, np.float32)), pts_s=pts_s, cuts=no_cuts)

    assert (clear.ids >= 0).all()
    assert (unclear.ids < 0).all()


@pytest.mark.parametrize("rate", [0.2, 0.5, 1.0])
def test_the_next_frame_is_never_too_late(rate: float) -> None:
    """A steady face is one track, however slow the frames."""
    box = np.tile(np.array([[10, 10, 70, 80]], np.float32), (8, 1))
    faces = Faces(np.arange(8), box, np.array([0.9, 0.4] * 4, np.float32))

    tracks = link(faces, pts_s=np.arange(8) / rate, cuts=np.array([], np.int64))

    assert len(tracks) == 1
    assert (tracks.ids[:-1] == 0).all()
