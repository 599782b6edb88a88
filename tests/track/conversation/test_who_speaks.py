"""Who gets a frame: by lips, as the only face, from before the cut, or nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from speaker_boxes.detect.faces import Faces
from speaker_boxes.track.conversation.findings import find_open, find_turns, gather, speakers_of
from speaker_boxes.track.conversation.hearing import Hearing
from speaker_boxes.track.conversation.stretches import Stretch, split_stretches
from speaker_boxes.track.conversation.who_speaks import (
    Basis,
    find_who_speaks,
    foreign_persons,
    sole_person,
    to_look_at,
)
from speaker_boxes.track.output.turns import speaker_of_frames
from speaker_boxes.track.speech.shot import ShotScores
from speaker_boxes.track.speech.sound import Run, Sound
from speaker_boxes.track.speech.sync import Sync, nothing
from speaker_boxes.track.speech.voice import Voice
from speaker_boxes.track.tracklets.tracks import Tracks

RATE = 25


def follow(*seen: tuple[int, int, int], n: int, cuts: Sequence[int] = ()) -> Tracks:
    """Tracks, each seen from a frame to another, exclusive, with a face of so many pixels."""
    rows = sorted((f, i) for i, (a, b, _) in enumerate(seen) for f in range(a, b))
    box = [[200 * i, 0, 200 * i + seen[i][2], seen[i][2]] for _, i in rows]
    faces = Faces(
        np.array([f for f, _ in rows], np.int64),
        np.array(box, np.float32),
        np.full(len(rows), 0.9, np.float32),
    )
    ids = np.array([i for _, i in rows], np.int64)
    return Tracks(faces, ids, np.arange(n) / RATE, np.array(cuts, np.int64))


def heard(*spans: tuple[float, float], sound: bool = True) -> Hearing:
    noise = Sound((Run(0.0, np.ones(16000, np.int16)),)) if sound else None
    unheard = Voice(0.0, np.zeros(0, np.float32), np.zeros(0, np.float32))
    return Hearing(noise, unheard, np.array(spans, float).reshape(-1, 2))


def measured(
    stretch: Stretch, hearing: Hearing, *levels: float, sync: Sequence[Sync | None] = ()
) -> ShotScores:
    """Every face with one score all along."""
    start_s, n = stretch.first / RATE, stretch.end - stretch.first
    scores = np.array(levels, np.float32)[:, None] * np.ones(n, np.float32)
    speech = hearing.speech(start_s + np.arange(n) / RATE)
    return ShotScores(
        start_s, scores, speech, (None,) * len(levels), tuple(sync) or (None,) * len(levels),
        hearing.sound is None,
    )  # fmt: skip


def test_the_only_face_needs_no_look() -> None:
    """The sound decides between its turn and silence."""
    tracks = follow((0, 100, 80), n=100)
    stretches, person = split_stretches(tracks), np.array([0])
    hearing = heard((1.0, 2.0))

    who = find_who_speaks(stretches, person, hearing, {}, tracks.pts_s)

    assert to_look_at(stretches, person, hearing, tracks.pts_s) == []
    assert np.flatnonzero(who.given).tolist() == list(range(25, 50))
    assert (who.basis[25:50] == Basis.ONLY_FACE).all()
    assert (who.basis[:25] == Basis.SILENCE).all()


def test_two_faces_are_looked_at_where_somebody_is_heard() -> None:
    tracks = follow((0, 100, 80), (0, 100, 80), (100, 200, 80), (100, 200, 80), n=200, cuts=[100])
    stretches, person = split_stretches(tracks), np.array([0, 1, 0, 1])

    assert to_look_at(stretches, person, heard((5.0, 7.0)), tracks.pts_s) == [1]
    assert to_look_at(stretches, person, heard(), tracks.pts_s) == []
    # without sound all that could show something
    assert to_look_at(stretches, person, heard(sound=False), tracks.pts_s) == [0, 1]


def test_one_face_of_two_people_may_be_listening() -> None:
    """A shot of whoever does not speak: the voice alone would give it the turn."""
    tracks = follow((0, 100, 80), (100, 200, 80), n=200, cuts=[100])
    stretches, person = split_stretches(tracks), np.array([0, 1])
    hearing = heard((0.0, 8.0))
    looked = {0: measured(stretches[0], hearing, 2.0), 1: measured(stretches[1], hearing, -2.0)}

    who = find_who_speaks(stretches, person, hearing, looked, tracks.pts_s)

    assert to_look_at(stretches, person, hearing, tracks.pts_s) == [0, 1]
    assert speakers_of(who, person).tolist() == [0] * 100 + [-1] * 100
    assert (who.basis[100:] == Basis.NOBODY_SEEN).all()


def test_a_small_face_beside_the_only_one_does_not_count_as_a_person() -> None:
    tracks = follow((0, 100, 80), (0, 100, 20), n=100)

    assert sole_person(split_stretches(tracks), np.array([0, 1])) == 0


def test_who_is_seen_in_passing_starts_no_network() -> None:
    """A third of a second, and the same person again after a sheet of paper."""
    tracks = follow((0, 40, 80), (60, 100, 80), (50, 58, 80), n=100)
    stretches, person = split_stretches(tracks), np.array([0, 0, 1])
    hearing = heard((0.0, 4.0))

    who = find_who_speaks(stretches, person, hearing, {}, tracks.pts_s)

    assert to_look_at(stretches, person, hearing, tracks.pts_s) == []
    assert who.leads.tolist() == [0] * 40 + [-1] * 20 + [1] * 40


def test_a_small_face_that_stays_may_be_the_one_that_is_heard() -> None:
    """So the lips of the other are looked at, and only those."""
    tracks = follow((0, 100, 80), (0, 100, 20), n=100)
    stretches, person = split_stretches(tracks), np.array([0, 1])
    hearing = heard((0.0, 4.0))
    looked = {0: measured(stretches[0], hearing, -2.0)}

    who = find_who_speaks(stretches, person, hearing, looked, tracks.pts_s)

    assert to_look_at(stretches, person, hearing, tracks.pts_s) == [0]
    assert [part.track for part in stretches[0].able] == [0]
    assert (who.basis == Basis.NOBODY_SEEN).all()


def test_a_small_lead_is_left_open_and_listed_with_a_click() -> None:
    tracks = follow((0, 100, 80), (0, 100, 80), n=100)
    stretches, person = split_stretches(tracks), np.array([0, 1])
    hearing = heard((0.0, 4.0))
    looked = {0: measured(stretches[0], hearing, 2.0, 1.8)}

    who = find_who_speaks(stretches, person, hearing, looked, tracks.pts_s)
    (question,) = find_open(who, tracks, person, {0: "person-1", 1: "person-2"})

    assert not who.given.any()
    assert (question.start_s, question.end_s, question.speaker) == (0.0, 4.0, "person-1")
    assert (question.at.x, question.at.y) == (40, 40)
    assert question.reason == "no face leads clearly"


def test_a_short_shot_is_who_spoke_before_the_cut() -> None:
    tracks = follow((0, 100, 80), (0, 100, 80), (100, 115, 80), (100, 115, 80), n=115, cuts=[100])
    stretches, person = split_stretches(tracks), np.array([0, 1, 1, 0])
    hearing = heard((0.0, 4.4))
    looked = {0: measured(stretches[0], hearing, -2.0, 2.0)}

    who = find_who_speaks(stretches, person, hearing, looked, tracks.pts_s)

    assert who.leads[100:110].tolist() == [2] * 10
    assert (who.basis[100:110] == Basis.CARRIED).all()
    assert not who.given[110:].any()


def test_a_short_shot_after_a_pause_is_left_open() -> None:
    tracks = follow((0, 100, 80), (0, 100, 80), (100, 115, 80), n=115, cuts=[100])
    stretches, person = split_stretches(tracks), np.array([0, 1, 1])
    hearing = heard((0.0, 3.0), (4.0, 4.6))
    looked = {0: measured(stretches[0], hearing, -2.0, 2.0)}

    who = find_who_speaks(stretches, person, hearing, looked, tracks.pts_s)

    assert not who.given[75:].any()
    assert (who.basis[100:] == Basis.TOO_SHORT).all()


def test_a_dub_is_found_out_over_all_shots_of_a_person() -> None:
    """One and a half seconds are too few to say so; six are enough."""
    tracks = follow(
        *((75 * i, 75 * i + 75, 80) for i in range(4) for _ in range(2)), n=300, cuts=[75, 150, 225]
    )
    stretches, person = split_stretches(tracks), np.array([0, 1] * 4)
    hearing = heard((0.0, 12.0))
    low = replace(nothing(1.5), lips=1.0, sound=np.ones(13))
    looked = {
        i: measured(each, hearing, 2.0, -2.0, sync=(low, None)) for i, each in enumerate(stretches)
    }

    who = find_who_speaks(stretches, person, hearing, looked, tracks.pts_s)

    assert foreign_persons(stretches, person, {0: looked[0]}) == frozenset()
    assert foreign_persons(stretches, person, looked) == {0}
    assert not who.given.any()
    assert (who.basis == Basis.FOREIGN).all()


def test_turns_hold_just_the_frames_that_were_given() -> None:
    """Written in milliseconds and read again, over a cut too: the same frames."""
    pts_s = 0.017 + np.arange(300) * 1001 / 30000
    first = follow((0, 150, 80), (0, 150, 80), (150, 300, 80), n=300, cuts=[150])
    tracks = Tracks(first.faces, first.ids, pts_s, first.cuts)
    stretches, person = split_stretches(tracks), np.array([0, 1, 0])
    hearing = heard((1.0, 7.0), (8.2, 9.9))
    looked = {
        i: ShotScores(
            float(pts_s[each.first]),
            np.array([[2.0], [-2.0]], np.float32)[: len(each.parts)] * np.ones(125, np.float32),
            hearing.speech(pts_s[each.first] + np.arange(125) / RATE),
            (None,) * len(each.parts), (None,) * len(each.parts), False,
        )
        for i, each in enumerate(stretches)
    }  # fmt: skip

    who = find_who_speaks(stretches, person, hearing, looked, pts_s)
    turns = find_turns(who, person, {0: "ana"}, pts_s, by_lips=False)

    assert [turn.speaker for turn in turns] == ["ana", "ana"]
    assert turns[0].reason == "speaks, by lips and sound"
    assert np.array_equal(speaker_of_frames(turns, ["ana"], pts_s), speakers_of(who, person))


def test_a_clip_without_sound_says_so() -> None:
    tracks = follow((0, 100, 80), (0, 100, 80), n=100)
    stretches, person = split_stretches(tracks), np.array([0, 1])
    hearing = heard(sound=False)
    looked = {0: measured(stretches[0], hearing, 3.0, -2.0)}

    who = find_who_speaks(stretches, person, hearing, looked, tracks.pts_s)
    names = {0: "person-1", 1: "person-2"}
    found = gather(who, tracks, person, names, stretches, looked, hearing)

    assert found.by_lips
    assert [turn.reason for turn in found.turns] == ["speaks, by lips alone: the clip has no sound"]
    assert found.curves["person-1"].tolist() == [3.0] * 20
    assert len(found.voice) == 20
    assert np.isnan(found.voice).all()
