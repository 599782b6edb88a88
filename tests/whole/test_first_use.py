"""What a caller does in a first session: spells a click, prints a result, asks for rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, cast

import numpy as np
import pytest

import speaker_boxes
from speaker_boxes import (
    Click,
    ClipFaces,
    DetectionOptions,
    Detections,
    Faces,
    NoSpeakerError,
    SpeakerBoxes,
    Status,
    Turn,
    boxes_for_speaker,
    boxes_for_speakers,
    choose,
    find_cuts,
    find_faces,
    frame_boxes,
    link,
    merge_by_turns,
    pairwise_iou,
    to_rows,
    track_speaker,
)
from speaker_boxes.click import ClickLike, Clicks, as_clicks
from speaker_boxes.pictures.people import people_of
from speaker_boxes.sample import clip_path

ANA = "12:281,180"


def faces(**columns: Any) -> Faces:
    """Of lists: the columns are typed as what they become."""
    return Faces(**columns)


def detections(**columns: Any) -> Detections:
    """The same for the faces of one image."""
    return Detections(**columns)


@pytest.fixture(scope="module")
def clip() -> ClipFaces:
    """The faces of the sample."""
    return find_faces(clip_path(), DetectionOptions(workers=1))


@pytest.fixture(scope="module")
def result(clip: ClipFaces) -> SpeakerBoxes:
    return boxes_for_speaker(clip, at=ANA)


@pytest.mark.parametrize(
    "at",
    [
        Click(frame=12, x=281, y=180),
        "12:281,180",
        (12, 281, 180),
        [Click(frame=12, x=281, y=180)],
        ["12:281,180"],
        [(12, 281, 180)],
        (np.int64(12), np.float32(281), 180.0),
    ],
    ids=["click", "string", "tuple", "clicks", "strings", "tuples", "numpy"],
)
def test_a_click_may_be_spelled_in_several_ways(at: Clicks) -> None:
    assert as_clicks(at) == (Click(frame=12, x=281, y=180),)


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (12, "a click is a Click, .* got 12"),
        ([[1, 2]], r"a click is .* got \[1, 2\]"),
        ((1.5, 2, 3), "a frame's index, got 1.5; for seconds write '1.5s:2,3'"),
        ((float("nan"), 2, 3), "a frame's index, got nan"),
        ("face", "a click is FRAME:X,Y"),
        ((-1, 2, 3), "frame counts from 0, got -1"),
    ],
    ids=["number", "pair", "seconds", "nan", "word", "negative"],
)
def test_what_is_no_click_is_refused_in_words(at: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_clicks(at)  # type: ignore[arg-type]  # that is the point


def test_clicks_are_read_before_a_clip_is_opened() -> None:
    """A slip in one costs no decoding: the clip is not there."""
    with pytest.raises(ValueError, match="a click is"):
        speaker_boxes.track_speaker("absent.mp4", at="640,360")
    with pytest.raises(ValueError, match="a click is"):
        speaker_boxes.track_speakers("absent.mp4", {"ana": "640,360"})


def test_every_spelling_gives_the_same_boxes(clip: ClipFaces, result: SpeakerBoxes) -> None:
    spelled: list[ClickLike] = [Click(frame=12, x=281, y=180), (12, 281, 180)]
    for at in spelled:
        assert boxes_for_speaker(clip, at=at).bounding_boxes == result.bounding_boxes
        several = boxes_for_speakers(clip, {"ana": at})
        assert several["ana"].bounding_boxes == result.bounding_boxes
    elsewhere = boxes_for_speaker(clip, at=ANA, only_clicked_shots=True)
    assert elsewhere.n_boxes < result.n_boxes  # so that the line above could have failed


def test_a_status_prints_its_name(result: SpeakerBoxes) -> None:
    """A member each, to be counted, compared one by one or all at once."""
    assert f"{result.status[0]}" == str(result.status[0]) == "DETECTED"
    assert result.status[0] is Status.DETECTED
    known = Counter(map(str, result.status))
    assert known == {"DETECTED": 144, "GAP_TOO_LONG": 26}
    assert int((result.status == Status.DETECTED).sum()) == 144
    assert f"{Status.NO_FACE:>8}" == " NO_FACE"
    assert [Status(code) for code in result.status_codes.tolist()] == result.status.tolist()


def test_every_status_stands_at_its_number() -> None:
    """``SpeakerBoxes.status`` takes them by it."""
    assert [int(status) for status in Status] == list(range(len(Status)))


def test_rows_for_a_table(result: SpeakerBoxes) -> None:
    rows = result.to_dicts()

    assert list(rows[0]) == ["frame", "time_s", "x1", "y1", "x2", "y2", "status"]
    assert [row["frame"] for row in rows] == list(range(170))
    assert [row["time_s"] for row in rows] == result.video.pts_s.tolist()
    for row, box, status in zip(rows, result.bounding_boxes, result.status, strict=True):
        sides = [row[side] for side in ("x1", "y1", "x2", "y2")]
        assert sides == ([None] * 4 if box is None else box)
        assert row["status"] == status.name


def test_rows_of_turns_name_the_speaker(result: SpeakerBoxes) -> None:
    turns = [Turn(start_s=0, end_s=1, speaker="ana")]
    rows = merge_by_turns({"ana": result}, turns).to_dicts()

    assert [row["speaker"] for row in rows] == ["ana"] * 25 + [None] * 145
    assert rows[25]["status"] == "NO_TURN"
    assert rows[25]["x1"] is None
    assert rows[0] == {**result.to_dicts()[0], "speaker": "ana"}


def test_what_is_printed_is_one_line(clip: ClipFaces, result: SpeakerBoxes) -> None:
    """No arrays: in a notebook the last value of a cell is shown."""
    merged = merge_by_turns({"ana": result}, [Turn(start_s=0, end_s=1, speaker="ana")])
    people = people_of(clip)
    shown = {
        repr(result): "<SpeakerBoxes of talk.mp4: 170 frames, 144 with a box, 3 tracks>",
        repr(merged): "<TurnBoxes of talk.mp4: 170 frames, 25 with a box, 1 turn of ana>",
        repr(clip): "<ClipFaces of talk.mp4: 170 frames, 144 faces by mediapipe>",
        repr(clip.faces): "<Faces: 144 in frames 0 to 169>",
        repr(clip.video): "<VideoMetadata of talk.mp4: 170 frames, 640x360, 25 fps>",
        repr(people): "<People of talk.mp4: 1>",
        repr(people.tracks): "<Tracks: 3 in 170 frames>",
    }

    assert list(shown) == list(shown.values())
    assert repr(faces(frame=[], box=[], score=[])) == "<Faces: 0>"


def test_lists_will_do_where_arrays_are_meant() -> None:
    """Boxes from elsewhere come as lists; all the way from faces to rows."""
    left, right = [100, 80, 180, 180], [400, 90, 480, 190]
    found = faces(frame=[0, 0, 1, 1, 2, 2], box=[left, right] * 3, score=[1, 0.9, 1, 0.9, 1, 0.9])
    tracks = link(found, pts_s=[0, 0.04, 0.08], cuts=[])
    chosen = choose(tracks, "0:440,140").tracks.tolist()
    boxes, _ = frame_boxes(tracks, chosen, width=640, height=360)

    assert boxes.tolist() == [right] * 3
    assert to_rows(cast(Any, [left, [float("nan")] * 4])) == [left, None]
    assert pairwise_iou([left], [left, right]).tolist() == [[1, 0]]
    assert len(detections(box=[left], score=[1])) == 1
    assert len(detections(box=[], score=[])) == 0
    assert find_cuts(np.zeros((3, 12)).tolist()).tolist() == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: faces(frame=[0.5], box=[[0, 0, 1, 1]], score=[1]), "frame must be whole numbers"),
        (lambda: faces(frame=["a"], box=[[0, 0, 1, 1]], score=[1]), "frame must be an array of"),
        (lambda: faces(frame=[0], box=[[0, 0, 1]], score=[1]), r"box must have shape \(1, 4\)"),
        (lambda: faces(frame=[0, 1], box=[[0, 0, 1, 1], [0]], score=[1, 1]), "box must be an arr"),
        (lambda: faces(frame=0, box=[[0, 0, 1, 1]], score=[1]), r"frame must have shape \(1,\)"),
        (lambda: detections(box=[[0, 0, 1, 1]], score=[]), r"box must have shape \(0, 4\)"),
        (lambda: detections(box=None, score=[]), "box must be an array of numbers, got None"),
        (lambda: to_rows([1, 2, 3, 4]), r"boxes must have shape \(n, 4\), got \(4,\)"),
        (lambda: to_rows(cast(Any, [[1, 2, 3, 4], None])), "boxes must be an array of numbers"),
        (lambda: find_cuts([[1, 2]]), r"frame_diffs must have shape \(1, 12\)"),
    ],
    ids=[
        "half a frame", "words", "three sides", "ragged", "no list", "other lengths", "none",
        "flat", "null", "not ours",
    ],
)  # fmt: skip
def test_lists_that_will_not_do_are_refused_in_words(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_cache_that_is_none_is_refused_in_words() -> None:
    """Before the clip is opened."""
    with pytest.raises(ValueError, match=r"cache must be a Cache, as cache=Cache\(\); got True"):
        track_speaker("absent.mp4", cache=True)  # type: ignore[arg-type]  # the slip is the test


def test_tracks_that_are_not_there_are_refused() -> None:
    """A number that names no track would give an empty result without a word."""
    tracks = link(faces(frame=[0], box=[[0, 0, 9, 9]], score=[1]), pts_s=[0])

    with pytest.raises(ValueError, match=r"chosen must be tracks of 0..0, got \[1\]"):
        frame_boxes(tracks, [1], width=640, height=360)
    with pytest.raises(ValueError, match="cuts must rise within"):
        link(faces(frame=[0], box=[[0, 0, 9, 9]], score=[1]), pts_s=[0], cuts=[5])


def test_candidates_are_clicks_that_choose(clip: ClipFaces) -> None:
    """Where nobody could be chosen the error carries what would do, as the same type."""
    with pytest.raises(NoSpeakerError) as caught:
        boxes_for_speaker(clip, at="12:5,5")

    assert len(caught.value.candidates) >= 1
    for candidate in caught.value.candidates:
        assert isinstance(candidate, Click)
        assert str(candidate) in str(caught.value)
        assert boxes_for_speaker(clip, at=candidate).n_boxes > 0


def test_the_version_is_the_installed_one() -> None:
    assert speaker_boxes.__version__ == version("speaker-boxes")
