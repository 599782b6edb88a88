"""What is asked of speed: the table's own arithmetic."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from benchmarks.speed.asked import HEVC, ROWS, Measured, as_table, is_met, measured_rows, ways_of
from benchmarks.speed.ways import WAYS

CLIPS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    HEVC: {
        "decode": {"fps": 400, "cpu_ms_per_frame": 4},
        "loop-full": {"fps": 100, "cpu_ms_per_frame": 12},
        "ours": {"fps": 200, "cpu_ms_per_frame": 8, "n_faces": 10},
        "ours-1": {"fps": 100, "cpu_ms_per_frame": 8, "n_faces": 10},
        "ours-yunet": {"fps": 250, "cpu_ms_per_frame": 6, "n_faces": 20},
    }
}


def found(beginning: str) -> Measured:
    (row,) = [row for row in measured_rows(CLIPS) if row["what"].startswith(beginning)]
    return row


def test_rows_are_ratios_of_what_was_measured() -> None:
    """YuNet: 4 ms for twice as many faces as MediaPipe in 5 ms; the better one decodes at 250."""
    assert found("YuNet")["value"] == pytest.approx(4 / 5 / 2)
    assert found("YuNet")["cpu_value"] == pytest.approx(6 / 8 / 2, abs=1e-3)
    assert found("of decoding alone, the better")["value"] == pytest.approx(250 / 400, abs=1e-3)
    assert found("times as fast")["value"] == 2
    assert found("2 workers")["value"] == 2
    assert found("2 workers")["cpu_value"] is None


def test_rows_of_clips_that_were_not_measured_are_left_out() -> None:
    """One clip was: four of its rows, and none of the others'."""
    assert len(measured_rows(CLIPS)) == sum(row.clip == HEVC for row in ROWS) == 4


def test_every_way_that_is_needed_exists() -> None:
    """Each clip is decoded alone first, and no row asks for a way that nobody wrote."""
    for clip in {row.clip for row in ROWS}:
        assert ways_of(clip)[0] == "decode"
        assert set(ways_of(clip)) <= set(WAYS)


def test_a_missed_row_says_so() -> None:
    """At most and at least are told apart, and the table marks what was missed."""
    row = Measured(what="x", asked=1.0, at_most=True, value=1.2, cpu_value=0.9)

    assert not is_met(row)
    assert is_met({**row, "at_most": False})
    assert as_table([row]).splitlines()[-1] == "| x | ≤ 1 | 1.20 (missed) | 0.90 |"
