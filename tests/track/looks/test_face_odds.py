"""Log odds from faces: what clear ones prove, unclear ones do not, and missing ones cannot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.track.looks.embedding import LENGTH, FaceVector
from speaker_boxes.track.looks.face_odds import (
    MAX_ODDS,
    TrackFaces,
    crop_quality,
    face_log_odds,
    neighbour_log_odds,
    track_faces,
    unchanged_log_odds,
)


def at(cosine: float, length: float = 140.0, score: float = 0.95) -> FaceVector:
    """A face whose cosine to ``at(1)`` is known."""
    vector = np.zeros(LENGTH, np.float32)
    vector[:2] = cosine * length, np.sqrt(1 - cosine**2) * length
    return FaceVector(vector, score)


NONE = FaceVector(np.zeros(LENGTH, np.float32), 0.0)


def log_odds(a: FaceVector, b: FaceVector) -> float:
    return float(face_log_odds(track_faces([[a]]), track_faces([[b]]))[0, 0])


def test_clear_faces_decide() -> None:
    """Clear faces are one person at a cosine of 0.6, two at 0.1, and even in between."""
    assert log_odds(at(1), at(0.6)) > 3
    assert log_odds(at(1), at(0.1)) < -3
    assert abs(log_odds(at(1), at(0.31))) < 0.5


def test_unclear_faces_decide_nothing() -> None:
    """Small dark faces of different people reach 0.6: that joins nobody."""
    unclear = at(0.6, length=80, score=0.4)

    assert crop_quality(unclear) == 0
    assert abs(log_odds(at(1, length=80, score=0.4), unclear)) < 1


def test_faces_spoilt_in_one_way_prove_less() -> None:
    """Half-clear faces of a dark clip are all alike: what would do for clear ones is even there."""
    dark = track_faces([[at(1, length=100, score=0.85)], [at(0.5, length=100, score=0.85)]])

    assert 0.4 < dark.quality[0] < 0.6
    assert face_log_odds(dark, dark)[0, 1] == 0
    assert log_odds(at(1), at(0.5)) > 2


def test_from_one_frame_to_the_next_one_person_stays_alike() -> None:
    """Where one turns away, moves fast or is not seen, nothing is said."""
    assert neighbour_log_odds(at(1), at(0.9)) == 3
    assert (neighbour_log_odds(at(1), at(0.5)) or 0) < -1
    assert neighbour_log_odds(at(1), at(0.4, length=80, score=0.6)) is None
    assert neighbour_log_odds(at(1), NONE) is None


@pytest.mark.parametrize("compare", [face_log_odds, unchanged_log_odds], ids=["tracks", "changes"])
def test_a_face_that_is_not_there_says_nothing(
    compare: Callable[[TrackFaces, TrackFaces], npt.NDArray[np.float32]],
) -> None:
    """Odds of 0 with a track without a face, on either side."""
    some = track_faces([[at(1)], [NONE], []])

    result = compare(some, some)

    assert result[0, 0] == MAX_ODDS
    assert not result[1:].any()
    assert not result[:, 1:].any()


def test_better_crops_weigh_more() -> None:
    """A track of a clear and an unclear crop looks like the clear one."""
    joined = track_faces([[at(1), at(0, length=80, score=0.3)]])

    assert joined.vector[0, 0] > 0.99
    assert joined.quality[0] == pytest.approx(crop_quality(at(1)), abs=0.06)


def test_within_a_track_faces_must_be_more_alike() -> None:
    """A cosine that joins two shots is, from one moment to the next, a change."""
    before, after = track_faces([[at(1)] * 3]), track_faces([[at(0.42)]])

    assert face_log_odds(before, after)[0, 0] > 0
    assert unchanged_log_odds(before, after)[0, 0] < 0


def test_vectors_and_qualities_belong_together() -> None:
    """As many of the one as of the other."""
    with pytest.raises(ValueError, match="vector must have shape"):
        TrackFaces(np.zeros((2, LENGTH), np.float32), np.zeros(3, np.float32))


faces = st.builds(at, st.floats(-1, 1), st.floats(40, 180), st.floats(0.05, 1)) | st.just(NONE)
tracks = st.lists(st.lists(faces, max_size=3), min_size=1, max_size=4)


@given(tracks, tracks)
def test_all_pairs_at_once_are_each_pair_alone(
    a: list[list[FaceVector]], b: list[list[FaceVector]]
) -> None:
    """Products of matrices give what one pair after the other gives, and it is symmetric."""
    must_link = face_log_odds(track_faces(a), track_faces(b))

    assert must_link.shape == (len(a), len(b))
    turned = face_log_odds(track_faces(b), track_faces(a))
    assert pytest.approx(must_link, abs=1e-5) == turned.T
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            alone = face_log_odds(track_faces([one]), track_faces([other]))
            assert must_link[i, j] == pytest.approx(alone[0, 0], abs=1e-5)
