"""Which tracks are the chosen person: joined, left to others, or unresolved."""

from __future__ import annotations

import json
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes import ClipFaces, boxes_for_speaker, find_faces, parse_click
from speaker_boxes.detect.scan.crops import Thumbs
from speaker_boxes.sample import clip_path, sample_clicks, truth_path
from speaker_boxes.track.identity.evidence import TrackAffinity
from speaker_boxes.track.identity.identity import identify
from speaker_boxes.track.identity.setups import shot_ends
from speaker_boxes.track.looks.colours import colour_distance, describe_colours
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector
from speaker_boxes.track.looks.face_odds import TrackFaces
from speaker_boxes.track.output.result import Role, Status
from tests.track.clips import at_level

CLICKED = np.array([0])


def evidence(
    n: int,
    log_odds: dict[tuple[int, int], float],
    *cannot_link: tuple[int, int],
    quality: float = 0.9,
) -> TrackAffinity:
    """Clear faces; pairs of which nothing is said are unlike."""
    matrix, forbidden = np.full((n, n), -3, np.float32), np.zeros((n, n), dtype=bool)
    np.fill_diagonal(matrix, 0)
    for (i, j), value in log_odds.items():
        matrix[i, j] = matrix[j, i] = value
    for i, j in cannot_link:
        forbidden[i, j] = forbidden[j, i] = True
    faces = TrackFaces(np.zeros((n, LENGTH), np.float32), np.full(n, quality, np.float32))
    return TrackAffinity(matrix, np.ones((n, n), np.float32), forbidden, faces)


def decide(
    given_: TrackAffinity, *clicked: int, rejected: tuple[int, ...] = ()
) -> tuple[list[int], list[int]]:
    (identity,) = identify(
        given_, [np.array(clicked or (0,))], rejected=[np.array(rejected, np.int64)]
    )
    return identity.tracks.tolist(), identity.unresolved.tolist()


def test_strong_evidence_joins() -> None:
    assert decide(evidence(3, {(0, 1): 4, (1, 2): 4, (0, 2): 3})) == ([0, 1, 2], [])


def test_weak_evidence_leaves_it_open_and_counter_evidence_does_not() -> None:
    assert decide(evidence(3, {(0, 1): 0.5, (0, 2): -3})) == ([0], [1])


def test_a_face_that_says_nothing_is_left_open() -> None:
    """Small, dark or turned away: it may be anybody's, however unlike it looks."""
    assert decide(evidence(2, {(0, 1): -2.5}, quality=0.05)) == ([0], [1])
    assert decide(evidence(2, {(0, 1): -2.5}, quality=0.9)) == ([0], [])


def test_who_is_seen_together_is_never_joined() -> None:
    """However alike: two faces in one frame are two people."""
    assert decide(evidence(2, {(0, 1): 9}, (0, 1))) == ([0], [])


def test_who_is_like_somebody_else_more_is_left_to_them() -> None:
    """Track 2 is like the speaker, but like track 1, who is seen with the speaker, more."""
    assert decide(evidence(3, {(0, 2): 2.5, (1, 2): 6}, (0, 1))) == ([0], [])


def test_a_near_rival_leaves_it_open() -> None:
    """Nearly as like the one as the other: not joined."""
    tracks, unresolved = decide(evidence(3, {(0, 2): 2.5, (1, 2): 2.4}, (0, 1)))

    assert (tracks, unresolved) == ([0], [2])


def test_who_it_is_not_is_evidence_for_all_tracks() -> None:
    """What is rejected is no speaker's, nor what is like it."""
    given_ = evidence(4, {(0, 1): 5, (0, 2): 3, (1, 2): 3, (2, 3): 6, (0, 3): 2, (1, 3): 2})

    assert decide(given_) == ([0, 1, 2, 3], [])
    tracks, unresolved = decide(given_, rejected=(3,))
    assert tracks == [0, 1]
    assert 3 not in unresolved


def test_a_click_on_two_people_s_groups_takes_no_two_faces_of_a_frame() -> None:
    """Clicks say that two groups are one person; of two in one frame one is not hers."""
    given_ = evidence(4, {(0, 1): 4, (2, 3): 3}, (1, 3))

    tracks, _ = decide(given_, 0, 2)

    assert tracks == [0, 1, 2]


def true_person(seed: int, n: int) -> tuple[TrackAffinity, list[int]]:
    """Tracks of three people with noisy evidence, and those of the first one."""
    rng = np.random.default_rng(seed)
    person = np.concatenate([[0, 0, 1], rng.integers(0, 3, n - 3)])
    mean = np.where(person[:, None] == person, 2.0, -2.0)
    noise = rng.normal(0, 2.5, (n, n))
    odds = {(i, j): float(mean[i, j] + noise[i, j]) for i in range(n) for j in range(i + 1, n)}
    together = [(i, j) for i, j in odds if person[i] != person[j] and rng.random() < 0.2]
    return evidence(n, odds, *together), np.flatnonzero(person == 0).tolist()


@given(st.integers(0, 10_000), st.integers(4, 12), st.randoms(use_true_random=False))
def test_another_correct_click_only_adds(seed: int, n: int, random: Random) -> None:
    """In any order: what fewer clicks on one person joined, more clicks join as well."""
    given_, mine = true_person(seed, n)
    random.shuffle(mine)
    joined: set[int] = set()
    for count in range(1, len(mine) + 1):
        tracks, unresolved = decide(given_, *sorted(mine[:count]))
        lost = joined - set(tracks)
        # only what a new click proves to be somebody else
        for track in lost:
            assert given_.cannot_link[track, mine[:count]].any()
        assert not set(tracks) & set(unresolved)
        joined = set(tracks)


@pytest.fixture(scope="module")
def sample() -> ClipFaces:
    return find_faces(clip_path())


class Alike:
    """Gives every crop the same face."""

    def embed(self, crop: npt.NDArray[np.uint8]) -> FaceVector:
        """A vector."""
        return at_level(0)


class Strangers:
    """Gives every crop a face of its own."""

    def __init__(self) -> None:
        self._count = 0

    def embed(self, crop: npt.NDArray[np.uint8]) -> FaceVector:
        """A vector at right angles to all before."""
        vector = np.zeros(LENGTH, np.float32)
        vector[self._count] = 140
        self._count += 1
        return FaceVector(vector, 0.95)


def test_one_click_is_enough_where_faces_are_compared(sample: ClipFaces) -> None:
    """With every face alike the whole sample is one person, before and after the cut."""
    truth = json.loads(truth_path().read_text())["identities"]["astronaut"]["boxes"]
    click = parse_click(sample_clicks()[0])

    alike = CachedDescriber(embedder=Alike())
    result = boxes_for_speaker(sample, at=[click], describer=alike)

    assert result.n_boxes >= len(truth)
    assert {info.role for info in result.tracks} == {Role.SPEAKER}
    assert result.unresolved == ()


def test_unlike_faces_are_not_joined(sample: ClipFaces) -> None:
    """Every track another person: only the clicked one has boxes."""
    click = parse_click(sample_clicks()[1])
    unlike = CachedDescriber(embedder=Strangers())

    result = boxes_for_speaker(sample, at=[click], describer=unlike)

    assert [info.role for info in result.tracks if info.first <= 132 <= info.last] == [Role.SPEAKER]
    assert sum(info.role is Role.SPEAKER for info in result.tracks) == 1


def test_only_clicked_shots_joins_nothing(sample: ClipFaces) -> None:
    click = parse_click(sample_clicks()[0])

    result = boxes_for_speaker(sample, at=[click], only_clicked_shots=True)

    assert sum(info.role is Role.SPEAKER for info in result.tracks) == 1
    assert result.unresolved == ()
    assert result.evidence == ()


def test_an_unresolved_track_comes_with_a_click_that_adds_it(sample: ClipFaces) -> None:
    """The frames say why they have no box, and the offered clicks resolve all of them."""
    first = parse_click(sample_clicks()[0])
    blank = CachedDescriber(embedder=Blank())

    result = boxes_for_speaker(sample, at=[first], describer=blank)
    clicks = [info.click for info in result.unresolved]
    again = boxes_for_speaker(sample, at=[first, *clicks], describer=blank)

    assert result.unresolved
    assert (result.status == Status.UNRESOLVED).any()
    assert again.unresolved == ()
    assert again.n_boxes > result.n_boxes


class Blank:
    """Sees no face in any crop."""

    def embed(self, crop: npt.NDArray[np.uint8]) -> FaceVector:
        """Nothing."""
        return FaceVector(np.zeros(LENGTH, np.float32), 0.0)


def test_the_real_network_knows_the_face_again(sample: ClipFaces) -> None:
    """One click on the sample gives all of it, across the cut and the absences."""
    result = boxes_for_speaker(sample, at=[parse_click(sample_clicks()[0])])

    truth = json.loads(truth_path().read_text())["identities"]["astronaut"]["boxes"]
    assert result.n_boxes >= 0.95 * len(truth)
    assert result.unresolved == ()


def test_the_same_person_in_the_same_light_looks_alike(sample: ClipFaces) -> None:
    """Colours of neighbouring crops of one track are near, of another framing less so."""
    colours = np.stack([describe_colours(sample.crops.image(i)) for i in range(4)])

    distance = colour_distance(colours, colours)

    assert distance.max() < 0.25
    assert np.abs(np.diag(distance)).max() < 0.02


def test_a_set_up_that_comes_back_is_known() -> None:
    """Shots 0 and 2 show one picture, shot 1 another, shot 3 is dark."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 255, (2, 36, 64), dtype=np.uint8)
    dark = np.full((36, 64), 7, np.uint8)
    thumbs = Thumbs(np.arange(8), np.stack([a, a, b, b, a, a, dark, dark]))

    ends = shot_ends(thumbs, np.array([2, 4, 6]), 8)

    assert ends.alike(0, 2) > 0.95
    assert abs(ends.alike(0, 1)) < 0.2
    assert ends.alike(3, 3) == 0
    corner = np.array([0.0, 0, 0.3, 0.3])
    assert ends.alike(0, 2, corner) > 0.95
