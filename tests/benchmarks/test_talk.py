"""How found turns are held against those that were composed."""

from __future__ import annotations

import numpy as np

from benchmarks.speech.scoring import Score, as_rows
from benchmarks.speech.scoring import _is_near as is_near
from benchmarks.speech.scoring import _near_turn as near_turn
from benchmarks.speech.scoring import _turns as turns_of


def test_short_pauses_are_within_a_turn_and_short_runs_are_none() -> None:
    who = np.array(["a"] * 20 + [""] * 10 + ["a"] * 20 + ["b"] * 5 + [""] * 20 + ["b"] * 30)

    assert turns_of(who) == [(0, 50, "a"), (75, 105, "b")]


def test_a_turn_is_found_if_both_ends_are_near_and_it_is_theirs() -> None:
    assert is_near((0, 50, "a"), (10, 45, "a"))
    assert not is_near((0, 50, "a"), (11, 50, "a"))
    assert not is_near((0, 50, "a"), (0, 50, "b"))


def test_a_box_just_after_a_turn_is_not_on_somebody_else() -> None:
    near = near_turn(np.array(["a"] * 20 + [""] * 20 + ["b"] * 20))

    assert near[25] == {"a"}
    assert near[30] == {"b"}
    assert near[20 + 9] == {"a"}


def test_parts_of_nothing_are_left_out() -> None:
    (row,) = as_rows({"own": Score(frames=50, heard=10, on_speaker=9, turns=2, turns_found=1)})

    assert row == ["own", "2 s", "", "0.900", "0.000", "", "", "0.000", "1/2"]
