"""Each frame has its own time, and the rate comes from these times."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.detect.decode.metadata import measure_frame_rate
from speaker_boxes.detect.decode.video import probe

WriteVideo = Callable[..., Path]


def test_variable_rate_is_seen_in_the_timestamps(write_video: WriteVideo) -> None:
    """Times are those of the frames, not multiples of a rate; the rate leaves out the hole."""
    path = write_video(5, ticks=[0, 40, 90, 240, 280], time_base=Fraction(1, 1000))

    metadata = probe(path)

    assert metadata.variable_rate
    assert metadata.pts_s.tolist() == pytest.approx([0, 0.04, 0.09, 0.24, 0.28])
    assert metadata.frame_rate == Fraction(3) / Fraction(13, 100)
    assert metadata.duration_s == pytest.approx(0.28 + 0.13 / 3)


def test_a_late_start_is_kept(write_video: WriteVideo) -> None:
    """The first frame's time need not be 0."""
    path = write_video(4, "late.mkv", ticks=[500, 540, 580, 620], time_base=Fraction(1, 1000))

    metadata = probe(path)

    assert metadata.pts_s.tolist() == pytest.approx([0.5, 0.54, 0.58, 0.62])
    assert (metadata.frame_rate, metadata.variable_rate) == (Fraction(25), False)


def test_missing_timestamps_are_counted_on(write_video: WriteVideo) -> None:
    """A raw stream has no times of its own: they rise by a frame's length."""
    metadata = probe(write_video(6, "raw.h264"))

    assert metadata.n_frames == 6
    assert np.diff(metadata.pts_s).tolist() == pytest.approx([1 / 25] * 5)


@pytest.mark.parametrize(("step", "n_lines"), [(1, 1), (20, 0)], ids=["600", "30"])
def test_a_rate_of_no_camera_is_said(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture, step: int, n_lines: int
) -> None:
    """An AVI's header may say 600: its frames have no other times, or every twentieth one has."""
    ticks = [i * step for i in range(5)]

    metadata = probe(
        write_video(5, "fast.avi", codec="mpeg4", ticks=ticks, time_base=Fraction(1, 600))
    )

    assert metadata.frame_rate == Fraction(600, step)
    said = [line for line in caplog.messages if "frames a second by its own times" in line]
    assert len(said) == n_lines


@pytest.mark.parametrize(
    ("ticks", "time_base", "claimed", "rate", "variable"),
    [
        ([0, 33, 67, 100, 133, 167], Fraction(1, 1000), Fraction(30), Fraction(30), False),
        ([0, 1, 2, 3], Fraction(1001, 30000), None, Fraction(30000, 1001), False),
        ([0, 1, 2, 4], Fraction(1, 25), Fraction(25), Fraction(25), True),
        ([0, 40, 80, 120], Fraction(1, 1000), Fraction(30), Fraction(25), False),
        ([0, 40, 80, 200], Fraction(1, 1000), None, Fraction(25), True),
        ([0, 33, 67, 233, 267, 300], Fraction(1, 1000), Fraction(30), Fraction(30), True),
        ([0, 16, 34, 50, 68, 101], Fraction(1, 1000), None, Fraction(1000, 17), True),
        ([0, 0, 1], Fraction(1, 25), None, Fraction(50), True),
        ([7], Fraction(1, 25), Fraction(25), None, False),
        ([5, 5, 5], Fraction(1, 25), None, None, False),
    ],
    ids=[
        "ms",
        "ticks are frames",
        "one dropped",
        "claim is wrong",
        "pause",
        "hole in ms",
        "to and fro",
        "twice",
        "one",
        "still",
    ],
)
def test_rates_come_from_timestamps(
    ticks: list[int],
    time_base: Fraction,
    claimed: Fraction | None,
    rate: Fraction | None,
    variable: bool,
) -> None:
    """A claim is taken only where the times agree with it to within their own rounding."""
    assert measure_frame_rate(np.array(ticks), time_base, claimed) == (rate, variable)
