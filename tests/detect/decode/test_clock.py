"""Times that never fall, whatever the clip's own clock does."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes import probe
from speaker_boxes.detect.decode.clock import mend_clock

MS = Fraction(1, 1000)
EVEN = [40 * i for i in range(60)]


def mend(ticks: list[int], *, may_jump: bool = False) -> tuple[list[int], list[int]]:
    """Ticks in milliseconds, and the frames at which a jump was closed."""
    mended = mend_clock(np.array(ticks, dtype=np.int64), MS, may_jump=may_jump)
    return mended.ticks.tolist(), [jump.frame for jump in mended.jumps]


def test_times_to_and_fro_are_sorted() -> None:
    """Decoding order instead of the order shown, as an MP4 without ctts gives it."""
    assert mend([0, 120, 80, 160, 40, 280, 240, 320, 200]) == (EVEN[:9], [])


def test_the_first_times_may_be_out_of_order() -> None:
    """So where an edit list cuts off what was before, of B-frames without ctts."""
    assert mend([80, 40, 120, 0, 240, 200, 160, 320, 280]) == (EVEN[:9], [])


def test_a_clock_that_starts_again_goes_on() -> None:
    """Two recordings in a row, by the usual step, also where they are short."""
    assert mend(EVEN[:30] + EVEN[:30]) == (EVEN, [30])
    assert mend(EVEN[:8] + EVEN[:8] + EVEN[:20]) == (EVEN[:36], [8, 16])


@pytest.mark.parametrize("by_s", [11, 3600, 90_000])
def test_a_streams_clock_may_be_set_anew(by_s: int) -> None:
    """In MPEG-TS a jump of more than 10 s is one, also where frames on both sides mix."""
    later = [t + 1000 * by_s for t in EVEN]

    assert mend(EVEN[:30] + later[30:], may_jump=True) == (EVEN, [30])
    assert mend(
        [*EVEN[:29], later[29], EVEN[30], *later[31:]], may_jump=True
    ) == (EVEN, [31])  # fmt: skip


def test_a_pause_in_a_file_is_a_pause() -> None:
    """A slide that stands for a minute, in a container whose clock does not jump."""
    slides = [t if t < 1000 else t + 60_000 for t in EVEN]

    assert mend(slides) == (slides, [])


def test_one_time_far_off_is_put_between() -> None:
    """The frames around it say when it was."""
    assert mend([*EVEN[:20], EVEN[20] + 3_600_000, *EVEN[21:]]) == (EVEN, [])
    assert mend([*EVEN[:20], EVEN[20] - 3_600_000, *EVEN[21:]]) == (EVEN, [])
    assert mend([EVEN[0] + 3_600_000, *EVEN[1:]]) == (EVEN, [])


def test_one_time_that_is_said_twice_is_put_between() -> None:
    """As FFmpeg guesses it for an MPEG-PS packet without one; two of them are two."""
    said_twice = [*EVEN[:33], EVEN[31], *EVEN[34:40], EVEN[38], *EVEN[41:]]

    assert mend(said_twice) == (EVEN, [])
    assert mend([*EVEN[:8], EVEN[6], *EVEN[:8]]) == (EVEN[:17], [8, 9])


@pytest.mark.parametrize("may_jump", [False, True])
def test_a_pause_that_begins_amid_frames_out_of_order_is_one(may_jump: bool) -> None:
    """In the order of decoding it is one jump, in the order shown the frames on both sides mix."""
    later = [t + 20_000 for t in EVEN]
    shown = [*EVEN[:29], later[29], later[30], EVEN[31], *later[32:]]
    paused = [*EVEN[:32], *later[32:]]

    assert mend(shown, may_jump=may_jump) == ((EVEN, [32]) if may_jump else (paused, []))


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=60), st.booleans())
def test_times_never_fall(ticks: list[int], may_jump: bool) -> None:
    """Whatever comes in, as many times as frames come out, and the clip ends within days."""
    times, _ = mend(ticks, may_jump=may_jump)

    assert len(times) == len(ticks)
    assert (np.diff(times) >= 0).all()


@pytest.mark.parametrize(
    ("name", "n_frames", "seconds"),
    [("cat.ts", 340, 13.6), ("jump1h.ts", 170, 6.8), ("noctts.mp4", 170, 6.8)],
)
def test_real_clocks_are_mended(
    shared_media: Path, name: str, n_frames: int, seconds: float
) -> None:
    """25 frames a second, and as long as they show."""
    metadata = probe(shared_media / "reports" / name)

    assert metadata.n_frames == n_frames
    assert metadata.frame_rate == 25
    assert not metadata.variable_rate
    assert metadata.duration_s == pytest.approx(seconds)


def test_times_without_ctts_are_those_with_it(shared_media: Path) -> None:
    """The same clip, once with and once without the table."""
    right, mended = (probe(shared_media / "reports" / name) for name in ("bf.mp4", "noctts.mp4"))

    assert np.abs(mended.pts_s - right.pts_s - (mended.pts_s[0] - right.pts_s[0])).max() < 1e-6
