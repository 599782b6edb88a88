"""Which track is the speaker's."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.click import Click, parse_click
from speaker_boxes.detect.faces import Faces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.identity.choose import Choice, choose
from speaker_boxes.track.output.result import describe_tracks
from speaker_boxes.track.tracklets.tracks import TrackIds, Tracks

N_FRAMES = 40
CUT = 20
PTS_S = 1.5 + np.arange(N_FRAMES) / 25


def two_people(size: float = 1.0) -> Tracks:
    """Tracks 0 and 1 side by side up to the cut, track 2 after it; nobody in frames 8 to 13."""
    rows = []
    for frame in range(N_FRAMES):
        if 8 <= frame <= 13:
            continue
        if frame < CUT:
            rows += [(frame, 100, 100, size, 0), (frame, 300, 100, 1.0, 1)]
        else:
            rows.append((frame, 200, 100, 1.0, 2))
    box = [[x, y, x + 80 * s, y + 100 * s] for _, x, y, s, _ in rows]
    faces = Faces(
        np.array([row[0] for row in rows]),
        np.array(box, np.float32),
        np.full(len(rows), 0.9, np.float32),
    )
    return linked(faces, np.array([row[4] for row in rows]))


def linked(faces: Faces, ids: TrackIds) -> Tracks:
    return Tracks(faces, ids, PTS_S, np.array([CUT]))


def pick(*clicks: str, size: float = 1.0) -> Choice:
    return choose(two_people(size), [parse_click(c) for c in clicks])


@pytest.mark.parametrize(
    ("click", "track"),
    [
        ("3:140,150", 0),
        ("3:340,150", 1),
        ("3:185,150", 0),  # beside the face, within its size
        ("3:215,150", 0),  # between the two, nearer to this one
        ("10:340,150", 1),  # nobody in this frame, but two frames before
        ("1.6s:340,150", 1),  # 0.1 s after the first frame at 1.5 s
        ("20:240,150", 2),
    ],
)
def test_the_face_at_the_click_is_chosen(click: str, track: int) -> None:
    choice = pick(click)

    assert choice.tracks.tolist() == [track]
    assert choice.reason == f"chosen by click {click}"


def test_a_face_that_is_gone_or_not_yet_there_is_not_meant() -> None:
    """Somebody else may have taken the place, who is not found; the moment is named instead."""
    faces = Faces(
        np.array([0, 1, 2]), np.array([[100, 100, 180, 200]] * 3, np.float32), np.full(3, 0.9)
    )
    tracks = Tracks(faces, np.zeros(3, int), PTS_S[:6], np.array([], int))

    with pytest.raises(NoSpeakerError) as caught:
        choose(tracks, [parse_click("4:140,150")])

    (near,) = caught.value.candidates
    assert choose(tracks, [near]).tracks.tolist() == [0]


def test_several_clicks_are_one_person() -> None:
    """A click after the cut adds the track there."""
    assert pick("3:140,150", "30:240,150", "5:141,151").tracks.tolist() == [0, 2]


def test_clicks_on_two_people_are_refused() -> None:
    """Two faces in one frame are never one person; the message names both clicks."""
    with pytest.raises(NoSpeakerError, match="3:140,150 and 4:340,150 are on two people"):
        pick("3:140,150", "4:340,150")


def test_a_click_looks_only_into_its_own_shot() -> None:
    """The face two frames on, after the cut, is not meant."""
    with pytest.raises(NoSpeakerError, match="no face at 19:240,350"):
        pick("19:240,350")


def test_no_face_at_the_click_lists_faces_near() -> None:
    """Each with a click at the same moment that chooses it."""
    with pytest.raises(NoSpeakerError) as caught:
        pick("3:600,400")

    error = caught.value
    listed = " or ".join(map(str, error.candidates))
    assert str(error) == (
        f"no face at 3:600,400; faces near it (at 1.62 s, left to right): {listed}"
    )
    assert error.times_s == (pytest.approx(1.62),) * len(error.candidates)
    assert [click.x for click in error.candidates] == sorted(c.x for c in error.candidates)
    assert error.words(lambda click: f"--at {click}").startswith("no face at --at 3:600,400; ")
    offered = [pick(str(click)).tracks.tolist() for click in error.candidates]
    assert offered == [[0], [1]]  # the third is seen at another moment


def test_a_frame_that_is_not_there_is_named() -> None:
    with pytest.raises(NoSpeakerError, match="there is no frame 40; the clip has 40 frames, 0 to"):
        pick("40:1,1")


def test_without_a_click_the_main_face_is_taken() -> None:
    """Five times as wide and high as the others: clearly the main one."""
    tracks = two_people(size=5.0)
    alone = linked(tracks.faces, np.where(tracks.ids == 2, -1, tracks.ids))

    choice = choose(alone, [])

    assert choice.tracks.tolist() == [0]
    assert "main face" in choice.reason


def test_without_a_click_and_a_main_face_candidates_are_listed() -> None:
    """Every candidate is a click that chooses a track of its own."""
    with pytest.raises(NoSpeakerError) as caught:
        pick()

    chosen = [pick(str(click)).tracks.tolist() for click in caught.value.candidates]
    assert sorted(chosen) == [[0], [1], [2]]


def test_a_clip_without_faces_says_so() -> None:
    empty = Faces(np.empty(0, np.int64), np.empty((0, 4), np.float32), np.empty(0, np.float32))

    for clicks in ([], [Click(frame=1, x=1, y=1)]):
        with pytest.raises(NoSpeakerError, match="no face was found in any frame"):
            choose(linked(empty, np.empty(0, np.int64)), clicks)


def test_each_track_comes_with_a_click_that_chooses_it() -> None:
    """What the report offers works."""
    infos = describe_tracks(two_people(), speaker=np.array([1]), unresolved=np.array([2]))

    assert [info.role.value for info in infos] == ["other", "speaker", "unresolved"]
    assert [(info.first, info.last, info.n_frames) for info in infos] == [
        (0, 19, 14),
        (0, 19, 14),
        (20, 39, 20),
    ]
    for info in infos:
        assert pick(str(info.click)).tracks.tolist() == [info.track]


@pytest.mark.parametrize(
    "text", ["", "12", "12:3", "12:3,4,5", "a:3,4", "-1:3,4", "1.5:3,4", "1s2:3,4", "1:nan,2"]
)
def test_a_bad_click_is_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"a click is FRAME:X,Y or a time and a point"):
        parse_click(text)


def test_a_click_has_one_moment() -> None:
    with pytest.raises(ValueError, match="either frame or time_s"):
        Click(x=1, y=1)
    with pytest.raises(ValueError, match="either frame or time_s"):
        Click(x=1, y=1, frame=2, time_s=3)


@pytest.mark.parametrize("click", ["99s:140,150", "0.4s:140,150"], ids=["after", "before"])
def test_a_moment_outside_the_clip_is_told(click: str) -> None:
    """It runs from 1.5 s; a click far outside is a mistake, not one on the first or last frame."""
    with pytest.raises(NoSpeakerError, match=r"there is no such moment; the clip runs from 1\.500"):
        pick(click)


def test_a_face_in_the_next_frame_counts_though_another_is_in_this_one() -> None:
    """Beside a face that is missed for one frame; who is there in that frame is far away."""
    faces = Faces(
        np.array([0, 1, 2]),
        np.array([[100, 100, 180, 200], [500, 100, 580, 200], [100, 100, 180, 200]], np.float32),
        np.full(3, 0.9, np.float32),
    )
    tracks = Tracks(faces, np.array([0, 1, 0]), PTS_S[:3], np.array([], int))

    choice = choose(tracks, [parse_click("1:190,150")])

    assert choice.tracks.tolist() == [0]


def alone(score: float, move_px: float, seconds: float = 2.0) -> Tracks:
    """One face of 100 x 100 for some seconds, which moves by so much."""
    n = round(25 * seconds)
    x = 100 + move_px * np.sin(np.arange(n) / 5)
    box = np.column_stack([x, x * 0 + 50, x + 100, x * 0 + 150]).astype(np.float32)
    faces = Faces(np.arange(n), box, np.full(n, score, np.float32))
    return Tracks(faces, np.zeros(n, np.int64), np.arange(n) / 25, np.array([], np.int64))


@pytest.mark.parametrize(
    ("score", "move_px", "reason"),
    [(0.65, 5, "one only just"), (0.9, 0.1, "never moves")],
    ids=["an animal", "a poster"],
)
def test_without_a_click_what_may_be_no_speaker_is_not_chosen(
    score: float, move_px: float, reason: str
) -> None:
    """It is offered; a click chooses it."""
    tracks = alone(score, move_px)

    with pytest.raises(NoSpeakerError, match=reason) as caught:
        choose(tracks, [])

    assert choose(tracks, caught.value.candidates).tracks.tolist() == [0]


@pytest.mark.parametrize("seconds", [0.04, 0.8, 2.0])
def test_who_moves_or_is_seen_too_shortly_to_tell_is_chosen(seconds: float) -> None:
    """A photograph as a clip, a moment, a person."""
    move_px = 2.0 if seconds > 1 else 0.0

    assert choose(alone(0.9, move_px, seconds), []).tracks.tolist() == [0]
