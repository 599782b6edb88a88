"""Several speakers of one clip: chosen and joined at once, nobody's face given to two."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes import Click, NoSpeakerError, boxes_for_speaker, boxes_for_speakers, find_faces
from speaker_boxes.track.identity.evidence import TrackAffinity
from speaker_boxes.track.identity.identity import Identity, identify
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.output.result import Role, SpeakerBoxes, Status
from tests.track.clips import Seen, describer, make_clip
from tests.track.identity.test_identity import Blank, evidence
from tests.whole.test_real_clips import load_score

ANA, BEN, EVA = 20, 120, 220
BOTH, CUT_TO_ANA, CUT_TO_BEN, N = 0, 24, 48, 72
CLIP = make_clip(
    [
        Seen(ANA, BOTH, CUT_TO_ANA - 1, 100),
        Seen(BEN, BOTH, CUT_TO_ANA - 1, 400),
        Seen(ANA, CUT_TO_ANA, CUT_TO_BEN - 1, 250),
        Seen(BEN, CUT_TO_BEN, N - 1, 300),
    ],
    N,
    [CUT_TO_ANA, CUT_TO_BEN],
)
"""Both at first, then each of them alone."""
CLICKS = {"ana": [Click(frame=3, x=140, y=140)], "ben": [Click(frame=3, x=440, y=140)]}


def tracks_of(result: SpeakerBoxes) -> list[int]:
    return [info.track for info in result.tracks if info.role is Role.SPEAKER]


def solve(given_: TrackAffinity, *clicked: list[int]) -> list[Identity]:
    return identify(given_, [np.array(ids) for ids in clicked])


def test_one_click_each_finds_both_across_the_cuts() -> None:
    """Where faces are compared, everyone has every frame in which they are seen."""
    results = boxes_for_speakers(CLIP, CLICKS, describer=describer())

    assert list(results) == ["ana", "ben"]
    assert tracks_of(results["ana"]) == [0, 2]
    assert tracks_of(results["ben"]) == [1, 3]
    assert results["ana"].bounding_boxes[CUT_TO_BEN:] == [None] * (N - CUT_TO_BEN)
    assert results["ben"].bounding_boxes[N - 1] == [300, 100, 380, 180]
    assert results["ana"].reason == "chosen by click 3:140,140"
    assert not any(result.unresolved for result in results.values())


def test_only_clicked_shots_leaves_the_others_empty() -> None:
    results = boxes_for_speakers(CLIP, CLICKS, only_clicked_shots=True, describer=describer())

    assert [result.n_boxes for result in results.values()] == [CUT_TO_ANA, CUT_TO_ANA]
    assert not any(result.unresolved for result in results.values())


def test_without_clear_faces_the_shots_are_left_open_for_both() -> None:
    """Colours decide nothing by themselves: both are offered the same clicks."""
    results = boxes_for_speakers(CLIP, CLICKS, describer=CachedDescriber(embedder=Blank()))

    for result in results.values():
        assert [info.track for info in result.unresolved] == [2, 3]
        assert (result.status[CUT_TO_ANA:] == Status.UNRESOLVED).all()


def test_one_of_several_is_followed_as_one_alone() -> None:
    """A single name gives what a single click gives."""
    (one,) = boxes_for_speakers(CLIP, {"ana": CLICKS["ana"]}, describer=describer()).values()
    alone = boxes_for_speaker(CLIP, at=CLICKS["ana"], describer=describer())

    assert one.bounding_boxes == alone.bounding_boxes
    assert one.status.tolist() == alone.status.tolist()


def test_two_names_on_one_face_are_refused() -> None:
    clicks = {**CLICKS, "eva": [Click(frame=10, x=150, y=150)]}

    with pytest.raises(
        NoSpeakerError, match="speakers ana and eva are clicked on one face, seen in frames 0 to 23"
    ):
        boxes_for_speakers(CLIP, clicks)


def test_a_click_beside_every_face_offers_clicks_with_the_name() -> None:
    """The error says whose click it is; the command spells it out."""
    with pytest.raises(
        NoSpeakerError,
        match=r"no face at 3:600,10; faces near it \(at .* in the picture of \d+x\d+",
    ) as caught:
        boxes_for_speakers(CLIP, {**CLICKS, "eva": [Click(frame=3, x=600, y=10)]})

    assert caught.value.speaker == "eva"
    assert str(caught.value.candidates[0]) == "3:140,140"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({}, "at least one speaker"),
        ({"a/b": CLICKS["ana"]}, "letters, digits, _ and -; got 'a/b'"),
        ({"": CLICKS["ana"]}, "letters, digits"),
        ({"Report": CLICKS["ana"]}, r"OUT\.report\.json is the report"),
        ({"Ana": CLICKS["ana"], "ana": CLICKS["ben"]}, "Ana and ana differ in case only"),
        ({"ana": []}, "speaker ana needs a click"),
    ],
    ids=["none", "slash", "empty", "report", "case", "no click"],
)
def test_names_that_are_no_files_are_refused(names: dict[str, list[Click]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        boxes_for_speakers(CLIP, names)


def test_different_names_are_different_people_however_alike() -> None:
    ana, ben = solve(evidence(2, {(0, 1): 9}), [0], [1])

    assert (ana.tracks.tolist(), ben.tracks.tolist()) == ([0], [1])
    assert (ana.unresolved.tolist(), ben.unresolved.tolist()) == ([], [])


def test_what_is_more_like_another_speaker_is_theirs() -> None:
    """Alone, ana would be given track 2; ben is known to be somebody else, and nearer."""
    given_ = evidence(3, {(0, 1): 1.5, (0, 2): 3, (1, 2): 6})
    (alone,) = solve(given_, [0])
    ana, ben = solve(given_, [0], [1])

    assert 2 in alone.tracks
    assert (ana.tracks.tolist(), ana.unresolved.tolist()) == ([0], [])
    assert ben.tracks.tolist() == [1, 2]


def test_what_is_as_like_one_as_the_other_is_neither_s() -> None:
    """Nearly equal odds for both: no box for anybody, and a click offered."""
    ana, ben = solve(evidence(3, {(0, 2): 3, (1, 2): 3.5}), [0], [1])

    assert (ana.tracks.tolist(), ben.tracks.tolist()) == ([0], [1])
    assert 2 in ben.unresolved


@given(st.integers(0, 10_000), st.integers(3, 9), st.integers(1, 3))
def test_no_track_is_two_people_s(seed: int, n: int, n_people: int) -> None:
    """Whatever the evidence: own clicks are kept, others' and seen-together never taken."""
    rng = np.random.default_rng(seed)
    odds = {(i, j): float(rng.normal(0, 4)) for i in range(n) for j in range(i + 1, n)}
    given_ = evidence(n, odds, *(pair for pair in odds if rng.random() < 0.2))
    cannot_link = given_.cannot_link
    identities = solve(given_, *[[i] for i in range(n_people)])

    joined = np.concatenate([identity.tracks for identity in identities])
    assert len(np.unique(joined)) == len(joined)
    for i, identity in enumerate(identities):
        assert i in identity.tracks
        assert not cannot_link[np.ix_(identity.tracks, identity.tracks)].any()
        assert not np.isin(identity.unresolved, joined).any()


def test_the_order_of_names_changes_nothing() -> None:
    forwards = boxes_for_speakers(CLIP, CLICKS, describer=describer())
    backwards = boxes_for_speakers(CLIP, dict(reversed(CLICKS.items())), describer=describer())

    for name, result in forwards.items():
        assert result.bounding_boxes == backwards[name].bounding_boxes


def test_both_men_of_a_split_screen_at_once(shared_media: Path) -> None:
    """A box for each of them in every frame, and never on the other one."""
    name = "visualvoice-interview"
    truth = json.loads((shared_media / "truth" / f"{name}.json").read_text())
    clicks = {
        person: [Click(frame=f, x=x, y=y) for f, x, y in truth["identities"][person]["clicks"][:1]]
        for person in ("man-left", "man-right")
    }

    results = boxes_for_speakers(find_faces(shared_media / "clips" / f"{name}.mp4"), clicks)

    for person, result in results.items():
        score = load_score(shared_media).score(result.bounding_boxes, truth, person, 0.4)
        assert result.boxes.shape == (438, 4)
        assert score["wrong_person"] == 0
        assert score["coverage"] >= 0.99
