"""Which tracks are the chosen person: joined, left to others, or unresolved."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes import ClipFaces, boxes_for_speaker, find_faces, parse_click
from speaker_boxes.detect.scan.crops import Thumbs
from speaker_boxes.errors import ModelError
from speaker_boxes.sample import clip_path, sample_clicks, truth_path
from speaker_boxes.track.identity import embedding
from speaker_boxes.track.identity.evidence import TrackAffinity
from speaker_boxes.track.identity.identity import identify
from speaker_boxes.track.identity.setups import shot_ends
from speaker_boxes.track.looks.colours import colour_distance, describe_colours
from speaker_boxes.track.output.result import Role, Status

CLICKED = np.array([0])


def evidence(
    n: int, log_odds: dict[tuple[int, int], float], *cannot_link: tuple[int, int]
) -> TrackAffinity:
    matrix, forbidden = np.zeros((n, n)), np.zeros((n, n), dtype=bool)
    for (i, j), value in log_odds.items():
        matrix[i, j] = matrix[j, i] = value
    for i, j in cannot_link:
        forbidden[i, j] = forbidden[j, i] = True
    return TrackAffinity(matrix, forbidden)


def decide(
    given: TrackAffinity, *, faces: bool = True, clicked: npt.NDArray[np.int64] = CLICKED
) -> tuple[list[int], list[int]]:
    identity = identify(given, clicked, compared_faces=faces)
    return identity.tracks.tolist(), identity.unresolved.tolist()


def test_strong_evidence_joins_also_over_a_third_track() -> None:
    """Track 1 is like track 0, and track 2 like track 1."""
    assert decide(evidence(3, {(0, 1): 4, (1, 2): 4})) == ([0, 1, 2], [])


def test_weak_evidence_leaves_it_open_and_counter_evidence_does_not() -> None:
    assert decide(evidence(3, {(0, 1): 1.0, (0, 2): -3})) == ([0], [1])


def test_without_faces_more_is_asked_and_little_is_excluded() -> None:
    """The odds that join with faces do not without; unlike colours are no proof."""
    given = evidence(3, {(0, 1): 2.5, (0, 2): -1.5, (1, 2): -1.5})

    assert decide(given) == ([0, 1], [])
    assert decide(given, faces=False) == ([0], [1, 2])


def test_who_is_seen_together_is_never_joined() -> None:
    """However alike: two faces in one frame are two people."""
    assert decide(evidence(2, {(0, 1): 9}, (0, 1))) == ([0], [])


def test_who_is_like_somebody_else_more_is_left_to_them() -> None:
    """Track 2 is like the speaker, but like track 1, who is seen with the speaker, more."""
    assert decide(evidence(3, {(0, 2): 2.5, (1, 2): 6}, (0, 1))) == ([0], [])


def test_a_near_rival_leaves_it_open() -> None:
    """Nearly as like the one as the other: not joined."""
    tracks, _ = decide(evidence(3, {(0, 2): 2.5, (1, 2): 2.0}, (0, 1)))

    assert tracks == [0]


def test_many_weak_likenesses_are_not_one_strong_one() -> None:
    """Ten clicked tracks, each a little like another one."""
    log_odds = {(i, 10): 0.8 for i in range(10)}

    tracks, unresolved = decide(evidence(11, log_odds), clicked=np.arange(10))

    assert tracks == list(range(10))
    assert unresolved == [10]


@pytest.fixture(scope="module")
def sample() -> ClipFaces:
    return find_faces(clip_path())


class Remembering:
    """An embedder that knows who is who by the colour of the crop's background."""

    def __init__(self, embed: Callable[[npt.NDArray[np.uint8]], list[float]]) -> None:
        self._embed = embed

    def embed(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        """A vector."""
        return np.array([*self._embed(crop), *[0.0] * 127])


def test_one_click_is_enough_where_faces_are_compared(sample: ClipFaces) -> None:
    """With every face alike the whole sample is one person, before and after the cut."""
    truth = json.loads(truth_path().read_text())["identities"]["astronaut"]["boxes"]
    click = parse_click(sample_clicks()[0])

    result = boxes_for_speaker(sample, at=[click], embedder=Remembering(lambda crop: [0.0]))

    assert result.n_boxes >= len(truth)
    assert {info.role for info in result.tracks} == {Role.SPEAKER}
    assert result.unresolved == ()


def test_unlike_faces_are_not_joined(sample: ClipFaces) -> None:
    """Every track another person: only the clicked one has boxes."""
    numbers = iter(range(1000))
    click = parse_click(sample_clicks()[1])

    result = boxes_for_speaker(
        sample, at=[click], embedder=Remembering(lambda crop: [float(next(numbers))])
    )

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

    result = boxes_for_speaker(sample, at=[first])
    clicks = [info.click for info in result.unresolved]
    again = boxes_for_speaker(sample, at=[first, *clicks])

    assert result.unresolved
    assert (result.status == Status.UNRESOLVED).any()
    assert again.unresolved == ()
    assert again.n_boxes > result.n_boxes


def test_the_same_person_in_the_same_light_looks_alike(sample: ClipFaces) -> None:
    """Colours of neighbouring crops of one track are near, of another framing less so."""
    colours = np.stack([describe_colours(sample.crops.image(i)) for i in range(4)])

    distance = colour_distance(colours, colours).mean(axis=2)

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


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "is_installed", lambda: False)

    with pytest.raises(ModelError, match=r"pip install 'speaker-boxes\[identity\]'"):
        embedding.open_embedder()


@pytest.mark.skipif(not embedding.is_installed(), reason="needs pip install '.[identity]'")
def test_dlib_knows_the_face_again(sample: ClipFaces) -> None:
    """All faces of the sample are one woman's: far below dlib's own threshold of 0.6."""
    embedder = embedding.open_embedder()
    clear = np.flatnonzero(sample.faces.score[sample.crops.row] > 0.9)[::3]
    vectors = np.stack([embedder.embed(sample.crops.image(i)) for i in clear.tolist()])

    distance = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)

    assert vectors.shape[1] == embedding.LENGTH
    assert np.median(distance) < 0.4
