"""Who speaks when: one array of several speakers' boxes."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes import (
    SpeakerBoxes,
    Turn,
    TurnsError,
    boxes_for_speakers,
    boxes_json,
    merge_by_turns,
    report_json,
)
from speaker_boxes.track.output.report import summary_line
from speaker_boxes.track.output.result import Status
from speaker_boxes.track.output.turns import speaker_of_frames
from speaker_boxes.track.output.turns_file import read_turns
from tests.track.clips import describer
from tests.track.identity.test_speakers import CLICKS, CLIP, CUT_TO_ANA, CUT_TO_BEN, N

NAMES = ("ana", "ben")


def turn(start_s: float, end_s: float, speaker: str = "ana") -> Turn:
    return Turn(start_s=start_s, end_s=end_s, speaker=speaker)


@pytest.fixture(scope="module")
def results() -> dict[str, SpeakerBoxes]:
    return boxes_for_speakers(CLIP, CLICKS, describer=describer())


def test_each_frame_has_the_box_of_whoever_speaks(results: dict[str, SpeakerBoxes]) -> None:
    """Ana in frames 0 to 9, ben in 20 to 29 though he is seen in 20 to 23 only, ana again."""
    taken = merge_by_turns(results, [turn(0.8, 1.2, "ben"), turn(0, 0.4), turn(1.2, 99)])

    ana, ben = (results[name].bounding_boxes for name in NAMES)
    expected = ana[:10] + [None] * 10 + ben[20:24] + [None] * 6 + ana[30:]
    assert taken.bounding_boxes == expected
    assert len(taken.bounding_boxes) == N
    assert taken.n_boxes == sum(box is not None for box in expected)
    assert taken.speaker_index.tolist() == [0] * 10 + [-1] * 10 + [1] * 10 + [0] * (N - 30)


def test_the_report_says_who_and_why_for_each_frame(results: dict[str, SpeakerBoxes]) -> None:
    """Nobody's turn, and somebody's who is not seen, are different things."""
    taken = merge_by_turns(results, [turn(0, 0.4), turn(0.8, 1.2, "ben")])

    report = json.loads(report_json(taken))
    assert report["frames"][10] == "null: nobody's turn"
    assert (report["frames"][0], report["whose"][0]) == ("detected", "ana")
    assert (report["frames"][25], report["whose"][25]) == ("null: other shot", "ben")
    assert [word.startswith("null") for word in report["frames"]] == [
        box is None for box in json.loads(boxes_json(taken))["bounding_boxes"]
    ]
    assert report["turns"][1] == {"start_s": 0.8, "end_s": 1.2, "speaker": "ben"}
    assert report["speakers"]["ben"]["tracks"] == [1, 3]
    assert [info["speaker"] for info in report["tracks"]] == ["ana", "ben", "ana", "ben"]
    assert summary_line(taken) == (
        "made.mp4: 72 frames, 14 with a box, 2 turns, frames of ana 10, ben 10, nobody's 52"
    )


def test_each_one_s_own_array_can_be_kept_to_their_turns() -> None:
    turns = [turn(0, 0.4), turn(2, 3, "ben")]

    limited = boxes_for_speakers(CLIP, CLICKS, turns=turns, describer=describer())

    assert [result.n_boxes for result in limited.values()] == [10, 72 - 50]
    assert limited["ben"].status[0] == Status.NO_TURN
    assert json.loads(report_json(limited["ben"]))["frames"][0] == "null: not their turn"
    assert merge_by_turns(limited, turns).n_boxes == 32


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 900), st.sampled_from(NAMES))),
    st.integers(0, 1000),
)
def test_it_equals_asking_frame_by_frame(spans: list[tuple[int, int, str]], first: int) -> None:
    """In whole milliseconds, against a loop over frames and turns; NTSC times, any first one."""
    turns = [turn(start / 1000, (start + length) / 1000, name) for start, length, name in spans]
    indices = [i for i in range(60) if i % 30 != 15]  # those lie between two milliseconds
    frames_ms = [first + round(i * 1001 / 30) for i in indices]
    exact = np.array([(first + i * 1001 / 30) / 1000 for i in indices])

    speaker_index = speaker_of_frames(turns, NAMES, exact)

    for ms, got in zip(frames_ms, speaker_index.tolist(), strict=True):
        owners = [NAMES.index(n) for start, length, n in spans if start <= ms < start + length]
        assert got == (owners[-1] if owners else -1)


def test_turns_that_touch_share_no_frame(results: dict[str, SpeakerBoxes]) -> None:
    """The end is exclusive: the frame at 0.4 s is the next one's."""
    taken = merge_by_turns(results, [turn(0, 0.4), turn(0.4, 0.8, "ben")])

    assert taken.speaker_index[:21].tolist() == [0] * 10 + [1] * 10 + [-1]


def test_a_turn_after_the_end_is_said(
    results: dict[str, SpeakerBoxes], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "speaker_boxes"):
        merge_by_turns(results, [turn(0, 1), turn(5, 6, "ben")])

    assert caplog.messages == [
        "turns[1] (ben from 5 s to 6 s) holds no frame; the clip lasts from 0.000 s to 2.840 s"
    ]


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ([turn(0, 1), turn(0.5, 2, "ben")], r"turns\[1\] \(ben from 0.5 s to 2 s\) overlaps turns"),
        ([turn(0, 9), turn(1, 2), turn(3, 4, "ben")], r"turns\[2\] .* overlaps turns\[0\]"),
        ([turn(0, 1), turn(2, 3, "eva")], r"turns\[1\] is of 'eva', the speakers are ana, ben"),
    ],
    ids=["overlap", "overlap with a long one", "unknown"],
)
def test_turns_that_contradict_are_refused(
    results: dict[str, SpeakerBoxes], turns: list[Turn], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        merge_by_turns(results, turns)


def test_turns_of_one_speaker_may_overlap(results: dict[str, SpeakerBoxes]) -> None:
    taken = merge_by_turns(results, [turn(0, 1), turn(0.5, 2)])

    assert (taken.speaker_index == 0).sum() == 50


def test_results_of_two_clips_are_refused(results: dict[str, SpeakerBoxes]) -> None:
    other = replace(results["ben"], video=replace(CLIP.video, sha256="1" * 64))

    with pytest.raises(ValueError, match="one clip's"):
        merge_by_turns({"ana": results["ana"], "ben": other}, [turn(0, 1)])


GOOD = {"start_s": 0, "end_s": 1, "speaker": "ana"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "holds no turns: it is not JSON"),
        ("{}", "holds no turns: it is not a list"),
        ("[]", "holds no turns: the list is empty"),
        ("[1]", r'turns\[0\]: must be {"start_s", "end_s", "speaker"}, got 1'),
        ([GOOD, {"start_s": 0, "speaker": "ana"}], r"turns\[1\]: has no end_s"),
        ([{**GOOD, "start_s": "0"}], r'turns\[0\]: start_s must be a number of seconds, got "0"'),
        ([{**GOOD, "end_s": True}], r"turns\[0\]: end_s must be a number of seconds, got true"),
        ([GOOD, {**GOOD, "start_s": 2}], r"turns\[1\]: end_s 1 is not after start_s 2"),
        ([{**GOOD, "end_s": 0}], r"turns\[0\]: end_s 0 is not after start_s 0"),
        ([{**GOOD, "end_s": float("nan")}], r"turns\[0\]: end_s must be finite, got nan"),
        ([{**GOOD, "end_s": 10**400}], r"turns\[0\]: end_s must be finite"),
        ([{**GOOD, "speaker": ["ana"]}], r'turns\[0\]: speaker must be a name, got \["ana"\]'),
        ([{**GOOD, "speaker": "eva"}], r"turns\[0\] is of 'eva', the speakers are ana, ben"),
        ([GOOD, {**GOOD, "speaker": "ben"}], r"turns\[1\] .* overlaps turns\[0\]"),
    ],
)
def test_a_bad_file_of_turns_is_one_line(tmp_path: Path, content: object, message: str) -> None:
    """The file, the entry, what is wrong."""
    path = tmp_path / "turns.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))

    with pytest.raises(TurnsError, match=message) as caught:
        read_turns(path, NAMES)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_of_turns_may_hold_more(tmp_path: Path) -> None:
    """As transcripts do; and a byte order mark."""
    path = tmp_path / "turns.json"
    path.write_text(json.dumps([{**GOOD, "text": "hello"}]), encoding="utf-8-sig")

    assert read_turns(path, NAMES) == [turn(0, 1)]
    with pytest.raises(TurnsError, match="cannot read turns"):
        read_turns(tmp_path / "absent.json", NAMES)


def test_frames_of_other_shots_have_their_reasons(results: dict[str, SpeakerBoxes]) -> None:
    """The whole clip is ben's turn: his own boxes and reasons, unchanged."""
    taken = merge_by_turns(results, [turn(0, 99, "ben")])

    assert taken.bounding_boxes == results["ben"].bounding_boxes
    assert taken.status.tolist() == results["ben"].status.tolist()
    assert set(taken.status[CUT_TO_ANA:CUT_TO_BEN].tolist()) == {Status.OTHER_SHOT}


def test_thousands_of_turns_after_the_end_are_a_few_lines(
    results: dict[str, SpeakerBoxes], caplog: pytest.LogCaptureFixture
) -> None:
    """A transcript of another, longer clip: the first ones, and how many more."""
    late = [turn(1000 + i, 1000.5 + i) for i in range(10_000)]

    with caplog.at_level(logging.WARNING, "speaker_boxes"):
        merge_by_turns(results, late)

    assert len(caplog.messages) == 6
    assert caplog.messages[-1] == "9995 turns more hold no frame"
