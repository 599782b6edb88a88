"""Which part of whose sound each turn takes."""

from __future__ import annotations

from speaker_boxes.submit.schema.segments import lay_turns
from speaker_boxes.submit.schema.serialize import to_wire
from speaker_boxes.track.output.turns import Turn


def turn(start_s: float, end_s: float, speaker: str, audio_start_s: float | None = None) -> Turn:
    return Turn(start_s=start_s, end_s=end_s, speaker=speaker, audio_start_s=audio_start_s)


def test_running_sounds_go_on_from_turn_to_turn() -> None:
    """In the order of the clip, each speaker by themselves; decimal sums stay short."""
    turns = [turn(6, 7.1, "ana"), turn(0, 5.2, "ana"), turn(5.2, 6, "ben"), turn(8, 8.1, "ana")]

    laid = lay_turns(turns, "running")

    assert [one.audio_s for one in laid] == [(0, 5.2), (0, 0.8), (5.2, 6.3), (6.3, 6.4)]


def test_a_named_part_is_taken_and_gone_on_from() -> None:
    turns = [turn(0, 1, "ana", 10), turn(2, 3, "ana"), turn(4, 5, "ana", 0)]

    assert [one.audio_s for one in lay_turns(turns, "running")] == [(10, 11), (11, 12), (0, 1)]


def test_whole_sounds_are_cut_by_the_turns() -> None:
    laid = lay_turns([turn(1, 2, "ana"), turn(3, 4, "ben", 0)], "whole")

    assert [one.audio_s for one in laid] == [(1, 2), (0, 1)]


def test_the_wire_names_both_ends_of_a_part_or_neither() -> None:
    """As the documentation wants it; a text has no part."""
    [spoken, read] = lay_turns([turn(1, 2, "ana"), turn(3, 4, "ben")], "running", ["ben"])

    assert to_wire(spoken.segment()) == {
        "startTime": 1, "endTime": 2, "audioInput": {"refId": "ana", "startTime": 0, "endTime": 1},
    }  # fmt: skip
    assert to_wire(read.segment()) == {
        "startTime": 3, "endTime": 4, "audioInput": {"refId": "ben"},
    }  # fmt: skip
