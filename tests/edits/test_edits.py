"""Edits: what each says is what comes out, and nothing else changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.edits.apply import apply_edits
from speaker_boxes.edits.codec import edits_from_json, edits_json
from speaker_boxes.edits.model import (
    BoxSpan,
    Edits,
    Join,
    KeyBox,
    NullSpan,
    Part,
    PersonSpan,
    Span,
    SpeakerEdit,
    click_at,
    speaker_names,
)
from speaker_boxes.errors import EditsError, NoSpeakerError
from speaker_boxes.track.output.report import boxes_json, report_json, report_to_json
from speaker_boxes.track.output.result import SpeakerBoxes, Status
from speaker_boxes.track.output.turns import Turn, TurnBoxes
from speaker_boxes.tracking import boxes_for_speaker
from tests.track.clips import Seen, describer, make_clip

# two people side by side, a cut, then the second one and somebody of a level between the two
CLIP = make_clip(
    [Seen(60, 0, 49, 100), Seen(200, 0, 49, 400), Seen(200, 50, 99, 300), Seen(130, 50, 99, 500)],
    100,
    cuts=[50],
)
FIRST, SECOND = click_at(10, 140, 140), click_at(10, 440, 140)
SECOND_LATER, THIRD = click_at(60, 340, 140), click_at(60, 540, 140)


def edits(
    *, clicks: tuple[Any, ...] = (FIRST,), spans: tuple[Span, ...] = (), **more: Any
) -> Edits:
    given = {"speakers": (SpeakerEdit(name="", clicks=clicks),)} | more
    return Edits(clip_sha256=CLIP.video.sha256, spans=spans, **given)


def boxes(what: Edits, name: str = "") -> SpeakerBoxes:
    result = apply_edits(CLIP, what, describer=describer())[name]
    assert isinstance(result, SpeakerBoxes)
    return result


def at(result: SpeakerBoxes, frame: int) -> int | None:
    """Where the box is, from the left."""
    box = result.bounding_boxes[frame]
    return None if box is None else box[0]


def test_clicks_alone_give_what_clicks_give() -> None:
    plain = boxes_for_speaker(CLIP, at=[SECOND], describer=describer())

    edited = boxes(edits(clicks=(SECOND,)))

    assert boxes_json(edited) == boxes_json(plain)
    assert report_json(edited) == report_json(plain)


def test_joined_faces_are_one_person() -> None:
    assert at(boxes(edits()), 60) is None

    joined = boxes(edits(joins=(Join(FIRST, THIRD),)))

    assert (at(joined, 10), at(joined, 60)) == (100, 500)


def test_a_yes_adds_a_track_and_a_no_takes_it_away() -> None:
    yes = SpeakerEdit(name="", clicks=(FIRST,), tracks_yes=(THIRD,))
    no = SpeakerEdit(name="", clicks=(SECOND,), tracks_no=(SECOND_LATER,))

    assert at(boxes(edits(speakers=(yes,))), 60) == 500
    assert at(boxes(edits(clicks=(SECOND,))), 60) == 300
    taken = boxes(edits(speakers=(no,)))
    assert at(taken, 60) is None
    assert at(taken, 10) == 400
    assert not [info for info in taken.unresolved if info.click.x == 340]


def test_a_parted_track_is_two_people() -> None:
    parted = boxes(edits(parts=(Part(FIRST, 30),)))

    assert [at(parted, frame) for frame in (0, 29, 30, 49)] == [100, 100, None, None]
    after = boxes(edits(clicks=(click_at(40, 140, 140),), parts=(Part(FIRST, 30),)))
    assert [at(after, frame) for frame in (0, 29, 30, 49)] == [None, None, 100, 100]


def test_a_track_can_be_parted_twice() -> None:
    """The second part is of what the first one left."""
    parts = (Part(FIRST, 20), Part(click_at(45, 140, 140), 40))

    middle = boxes(edits(clicks=(click_at(30, 140, 140),), parts=parts))

    seen = [frame for frame in range(100) if at(middle, frame) is not None]
    assert (seen[0], seen[-1], len(seen)) == (20, 39, 20)


def test_spans_overrule_and_the_later_one_holds() -> None:
    spans = (
        NullSpan("", 5, 20),
        PersonSpan("", 10, 15, SECOND),
        BoxSpan("", 30, 35, (KeyBox(31, (10, 10, 20, 20)), KeyBox(33, (14, 10, 24, 20)))),
    )

    result = boxes(edits(spans=spans))

    expected = [100] * 5 + [None] * 5 + [400] * 5 + [None] * 5 + [100] * 10
    assert [at(result, frame) for frame in range(30)] == expected
    assert [at(result, frame) for frame in range(30, 36)] == [10, 10, 12, 14, 14, 100]
    assert [Status(int(code)) for code in result.status[[5, 10, 30]]] == [
        Status.NULLED, Status.DETECTED, Status.DRAWN,
    ]  # fmt: skip
    words = report_to_json(result)
    assert (words["frames"][5], words["frames"][30]) == ("null: by hand", "drawn by hand")
    assert words["speaker"]["reason"].endswith(", 3 spans by hand")


def test_a_box_drawn_outside_of_the_picture_is_none() -> None:
    result = boxes(edits(spans=(BoxSpan("", 0, 3, (KeyBox(0, (700, 10, 720, 20)),)),)))

    assert result.bounding_boxes[:3] == [None] * 3
    assert (result.status[:3] == Status.NULLED).all()


def test_several_speakers_and_turns() -> None:
    speakers = (
        SpeakerEdit(name="ana", clicks=(FIRST,)),
        SpeakerEdit(name="ben", clicks=(SECOND,)),
    )
    spans = (NullSpan("ben", 0, 5),)
    apart = edits(speakers=speakers, spans=spans)
    turns = (
        Turn(start_s=0, end_s=0.4, speaker="ben"),
        Turn(start_s=0.4, end_s=0.8, speaker="ana"),
    )

    assert list(apply_edits(CLIP, apart, describer=describer())) == ["ana", "ben"]
    assert (at(boxes(apart, "ana"), 0), at(boxes(apart, "ben"), 0)) == (100, None)
    merged = apply_edits(CLIP, replace(apart, turns=turns), describer=describer())
    assert list(merged) == speaker_names(replace(apart, turns=turns)) == [""]
    result = merged[""]
    assert isinstance(result, TurnBoxes)
    lefts = [None if box is None else box[0] for box in result.bounding_boxes]
    assert lefts[:25] == [None] * 5 + [400] * 5 + [100] * 10 + [None] * 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (edits(joins=(Join(FIRST, SECOND),)), "cannot be one person"),
        (edits(parts=(Part(FIRST, 60),)), "is seen in frames 0 to 49; it cannot be parted at 60"),
        (edits(clicks=(FIRST, click_at(40, 140, 140)), parts=(Part(FIRST, 30),)), "said to be two"),
        (edits(spans=(NullSpan("", 90, 101),)), "a span ends at 101, the clip has 100 frames"),
        (
            edits(speakers=(SpeakerEdit(name="", clicks=(FIRST,), tracks_no=(FIRST,)),)),
            "is said to be the speaker's, and not to be",
        ),
        (
            edits(
                speakers=(
                    SpeakerEdit(name="ana", clicks=(FIRST,)),
                    SpeakerEdit(name="ben", clicks=(THIRD,)),
                ),
                joins=(Join(FIRST, THIRD),),
            ),
            "speakers ana and ben are one person",
        ),
        (replace(edits(), clip_sha256="f" * 64, clip_name="b.mp4"), r"another clip \(b.mp4\)"),
    ],
)
def test_what_cannot_be_is_refused(wrong: Edits, message: str) -> None:
    with pytest.raises(EditsError, match=message):
        boxes(wrong)


def test_a_click_beside_all_faces_is_refused() -> None:
    with pytest.raises(NoSpeakerError, match="no face at 10:600,20"):
        boxes(edits(joins=(Join(FIRST, click_at(10, 600, 20)),)))


# ---- the file


numbers = st.integers(0, 10_000) | st.floats(0, 10_000, allow_nan=False)
clicks = st.builds(click_at, st.integers(0, 10_000), numbers, numbers)
names = st.sampled_from(["ana", "ben"])


@st.composite
def spans(draw: st.DrawFn) -> Span:
    name, first, n = draw(names), draw(st.integers(0, 99)), draw(st.integers(1, 99))
    key = KeyBox(first, (1, 2.5, 3, 4))
    kinds: list[Span] = [
        NullSpan(name, first, first + n),
        BoxSpan(name, first, first + n, (key,)),
        PersonSpan(name, first, first + n, draw(clicks)),
    ]
    return draw(st.sampled_from(kinds))


many = st.builds(
    Edits,
    clip_sha256=st.just("0" * 64),
    clip_name=st.text(st.characters(codec="utf-8")),
    speakers=st.tuples(
        *(
            st.builds(
                SpeakerEdit, name=st.just(name), clicks=st.lists(clicks, min_size=1).map(tuple),
                tracks_yes=st.lists(clicks).map(tuple), tracks_no=st.lists(clicks).map(tuple),
            )
            for name in ("ana", "ben")
        )
    ),
    joins=st.lists(st.builds(Join, clicks, clicks)).map(tuple),
    parts=st.lists(st.builds(Part, clicks, st.integers(1, 999))).map(tuple),
    spans=st.lists(spans()).map(tuple),
    turns=st.lists(
        st.builds(
            Turn, start_s=st.just(0.0), end_s=st.just(1.5), speaker=names,
            audio_start_s=st.none() | st.floats(0, 99),
        ),
        max_size=1,
    ).map(tuple),
    stream=st.none() | st.integers(0, 9),
    detector=st.none() | st.just("yunet"),
    max_gap_s=st.none() | st.floats(0, 10),
)  # fmt: skip


@given(many)
def test_what_is_written_is_read_again(what: Edits) -> None:
    text = edits_json(what)

    again = edits_from_json(json.loads(text))

    assert again == what
    assert edits_json(again) == text


def good() -> dict[str, Any]:
    return {
        "format": 1,
        "clip": {"sha256": "0" * 64},
        "speakers": [{"name": "ana", "clicks": [[0, 1, 2]]}],
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format must be 1, got 2"),
        ({"more": 1}, "unknown key more"),
        ({"speakers": []}, "name at least one speaker"),
        ({"speakers": [{"name": "ana", "clicks": []}]}, r"speakers\[0\]: .* needs a click"),
        ({"speakers": [{"name": "a/b", "clicks": [[0, 1, 2]]}]}, "a speaker's name is"),
        ({"speakers": [{"name": "ana", "clicks": [[-1, 1, 2]]}]}, "frame counts from 0"),
        ({"speakers": [{"name": "ana", "clicks": [[0, 1]]}]}, "a click is"),
        ({"joins": [[[0, 1, 2]]]}, r"joins\[0\]: a join is of two clicks"),
        ({"parts": [{"click": [0, 1, 2], "frame": 0}]}, r"parts\[0\]: .*frame 1 or later"),
        ({"spans": [{"speaker": "ana", "first": 3, "end": 3, "kind": "null"}]}, r"\[3, 3\)"),
        ({"spans": [{"speaker": "ben", "first": 3, "end": 4, "kind": "null"}]}, "of 'ben'"),
        ({"spans": [{"speaker": "ana", "first": 3, "end": 4, "kind": "who"}]}, "kind must be"),
        (
            {
                "spans": [
                    {"speaker": "ana", "first": 3, "end": 4, "kind": "box",
                     "keys": [{"frame": 4, "box": [0, 0, 1, 1]}]}
                ]
            },
            "not all in the span",
        ),
        ({"turns": [{"start_s": 1, "end_s": 1, "speaker": "ana"}]}, "not after start_s"),
        ({"turns": [{"start_s": 1, "speaker": "ana"}]}, r"turns\[0\]: has no end_s"),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_says_where(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        edits_from_json(good() | change)


def test_drawn_boxes_keep_to_whole_pixels() -> None:
    keys = (KeyBox(0, (0, 0, 10, 10)), KeyBox(3, (1, 0, 11, 10)))

    result = boxes(edits(spans=(BoxSpan("", 0, 4, keys),)))

    assert np.array_equal(result.boxes[:4, 0], [0, 0, 1, 1])
