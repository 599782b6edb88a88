"""One row for each frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import to_rows
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.frame_boxes import frame_boxes, split_runs
from speaker_boxes.track.output.result import Status
from speaker_boxes.track.tracklets.tracks import Tracks

Ints = npt.NDArray[np.int64]
D, I, N, O, G, H, U = (status.value for status in list(Status)[:7])  # noqa: E741


def lay(
    frames: list[int], n_frames: int, cuts: list[int] | None = None, **options: float
) -> tuple[list[list[int] | None], list[int]]:
    """Align one steady face of 40 x 50 that is seen in ``frames``."""
    box = np.tile(np.array([[100, 50, 140, 100]], np.float32), (len(frames), 1))
    faces = Faces(np.array(frames, np.int64), box, np.full(len(frames), 0.9, np.float32))
    boxes, status = frame_boxes(
        Tracks(
            faces,
            np.zeros(len(frames), np.int64),
            np.arange(n_frames) / 25,
            np.array(cuts or [], np.int64),
        ),
        np.array([0]),
        width=200,
        height=120,
        options=TrackOptions(**options),  # type: ignore[arg-type]  # floats only
    )
    return to_rows(boxes), status.tolist()


def test_short_gaps_are_filled_and_long_ones_are_not() -> None:
    """0.2 s at 25 frames a second: up to five frames."""
    seen = [*range(2, 5), *range(10, 12), *range(18, 20)]

    rows, status = lay(seen, 22, max_gap_s=0.2)

    assert status == [N, N, D, D, D, *[I] * 5, D, D, *[G] * 6, D, D, N, N]
    assert [row is None for row in rows] == [code > I for code in status]
    assert rows[7] == [100, 50, 140, 100]


def test_nothing_is_filled_across_a_cut() -> None:
    """Seen at the end of one shot and at the start of the one after the next."""
    _, status = lay([0, 1, 2, 6, 7], 8, cuts=[3, 6], max_gap_s=1)

    assert status == [D, D, D, N, N, N, D, D]


def test_shots_with_other_faces_only_say_so() -> None:
    """Null for no face is not null for a face that nothing ties to the speaker."""
    box = np.array([[0, 0, 40, 50]] * 4, np.float32)
    faces = Faces(np.array([0, 1, 2, 3]), box, np.full(4, 0.9, np.float32))

    _, status = frame_boxes(
        Tracks(faces, np.array([0, 0, 1, 1]), np.arange(6) / 25, np.array([2, 4])),
        np.array([0]),
        width=100,
        height=100,
    )

    assert status.tolist() == [D, D, O, O, N, N]


def test_boxes_are_whole_pixels_inside_the_frame() -> None:
    """A face that leaves the picture is clipped to it."""
    box = np.array([[-20.4, -10, 30.2, 40.5]] * 5, np.float32)
    faces = Faces(np.arange(5), box, np.full(5, 0.9, np.float32))

    boxes, _ = frame_boxes(
        Tracks(faces, np.zeros(5, np.int64), np.arange(5) / 25, np.array([], np.int64)),
        np.array([0]),
        width=100,
        height=30,
    )

    assert to_rows(boxes) == [[0, 0, 30, 30]] * 5


def test_a_face_wholly_outside_has_no_box() -> None:
    box = np.array([[-50, 0, -10, 40]] * 3, np.float32)
    faces = Faces(np.arange(3), box, np.full(3, 0.9, np.float32))

    boxes, status = frame_boxes(
        Tracks(faces, np.zeros(3, np.int64), np.arange(3) / 25, np.array([], np.int64)),
        np.array([0]),
        width=100,
        height=100,
    )

    assert to_rows(boxes) == [None] * 3
    assert status.tolist() == [N] * 3


@given(
    st.sets(st.integers(0, 39), min_size=1),
    st.sets(st.integers(1, 39), max_size=4),
    st.floats(0, 1),
)
def test_one_row_a_frame_whatever_is_seen(seen: set[int], cuts: set[int], max_gap_s: float) -> None:
    """The length is that of the clip; every frame with the face has a box; no gap is too long."""
    rows, status = lay(sorted(seen), 40, sorted(cuts), max_gap_s=max_gap_s)

    assert len(rows) == len(status) == 40
    for frame in range(40):
        assert (rows[frame] is None) == (status[frame] > I)
        assert (status[frame] == D) == (frame in seen)
    filled = [frame for frame in range(40) if status[frame] == I]
    for frame in filled:
        before = max(f for f in seen if f < frame)
        after = min(f for f in seen if f > frame)
        assert (after - 1 - before) / 25 <= max_gap_s + 1e-9
        assert not any(before < cut <= after for cut in cuts)


@given(st.integers(-30, 30), st.integers(-10, 20))
def test_moving_every_box_moves_the_result(dx: int, dy: int) -> None:
    """Shifting all faces by whole pixels shifts all boxes by them."""
    rng = np.random.default_rng(0)
    corner = np.cumsum(rng.normal(0, 2, (30, 2)), axis=0) + np.array([200, 100])
    box = np.column_stack([corner, corner + np.array([40, 50])])
    shift = np.array([dx, dy, dx, dy])

    def run(box: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        faces = Faces(np.arange(30), box.astype(np.float32), np.full(30, 0.9, np.float32))
        return frame_boxes(
            Tracks(faces, np.zeros(30, np.int64), np.arange(30) / 25, np.array([], np.int64)),
            np.array([0]),
            width=640,
            height=480,
        )[0]

    # a pixel at most, where a half is rounded the other way
    assert np.abs(run(box + shift) - run(box) - shift).max() <= 1


@pytest.mark.parametrize("rate", [2, 8, 25])
def test_neighbouring_frames_are_never_a_gap(rate: int) -> None:
    """However slow the clip: with no frame in between nothing is missing."""
    runs = split_runs(np.arange(10), np.arange(10) / rate, 0.0)

    assert len(runs) == 1


def test_nothing_is_filled_where_another_face_passes() -> None:
    """Hidden behind somebody for five frames: null, however short; beside somebody: filled."""
    mine = [(i, 100) for i in range(20) if not 8 <= i <= 12]
    for x, expected in ((105, H), (160, I)):
        rows = sorted([*mine, *((i, x) for i in range(20) if 8 <= i <= 12)])
        box = np.array([[left, 50, left + 40, 100] for _, left in rows], np.float32)
        faces = Faces(np.array([f for f, _ in rows]), box, np.full(len(rows), 0.9, np.float32))
        track = np.array([0 if left == 100 else 1 for _, left in rows])

        boxes, status = frame_boxes(
            Tracks(faces, track, np.arange(20) / 25, np.array([], np.int64)),
            np.array([0]),
            width=300,
            height=200,
        )

        assert status[8:13].tolist() == [expected] * 5
        assert np.isnan(boxes[8:13, 0]).all() == (expected == H)


def test_what_may_be_the_speaker_is_said() -> None:
    """An unresolved track gives no box and its own status."""
    box = np.array([[0, 0, 40, 50]] * 6, np.float32)
    faces = Faces(np.arange(6), box, np.full(6, 0.9, np.float32))

    boxes, status = frame_boxes(
        Tracks(faces, np.array([0, 0, 0, 1, 1, 1]), np.arange(7) / 25, np.array([3])),
        np.array([0]),
        unresolved=np.array([1]),
        width=100,
        height=100,
    )

    assert status.tolist() == [D, D, D, U, U, U, O]
    assert np.isnan(boxes[3:, 0]).all()


@pytest.mark.parametrize("x", [130, 180], ids=["beside it", "elsewhere"])
def test_a_face_found_elsewhere_is_where_the_person_is(x: int) -> None:
    """At 4 frames a second: a gap is not filled where a face of nobody else stands off the box."""
    left = [100, 100, x, 100, 100]
    box = np.array([[each, 50, each + 40, 100] for each in left], np.float32)
    faces = Faces(np.arange(5), box, np.full(5, 0.9, np.float32))
    track = np.array([0, 0, -1, 0, 0])

    boxes, status = frame_boxes(
        Tracks(faces, track, np.arange(5) / 4, np.array([], np.int64)),
        np.array([0]),
        width=300,
        height=200,
    )

    assert np.isnan(boxes[2, 0])
    assert status.tolist() == [D, D, Status.UNRESOLVED, D, D]


def test_somebody_else_beside_the_gap_does_not_matter() -> None:
    """The same face is there when the person is seen: it is not the person's."""
    frame = np.array([0, 0, 1, 1, 2, 3, 3, 4, 4])
    left = [100, 180, 100, 180, 180, 100, 180, 100, 180]
    box = np.array([[each, 50, each + 40, 100] for each in left], np.float32)
    faces = Faces(frame, box, np.full(9, 0.9, np.float32))
    track = (np.array(left) == 180).astype(np.int64)

    boxes, status = frame_boxes(
        Tracks(faces, track, np.arange(5) / 4, np.array([], np.int64)),
        np.array([0]),
        width=300,
        height=200,
    )

    assert not np.isnan(boxes[:, 0]).any()
    assert status.tolist() == [D, D, I, D, D]
