"""``speaker-boxes cache``, and what ``track`` keeps."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

RunCommand = Callable[..., int]


def test_what_track_keeps_is_shown_and_removed(
    run_command: RunCommand, own_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clip; the second run gives the same line; then it is gone."""
    run_command("track", "--sample")
    first = capsys.readouterr().out
    assert run_command("cache") == 0
    assert capsys.readouterr().out.startswith(f"{own_cache}: 1 clip, ")
    run_command("track", "--sample")
    assert capsys.readouterr().out == first

    assert run_command("cache", "--clear") == 0

    assert capsys.readouterr().out.startswith("removed 1 clip, ")
    assert not list(own_cache.glob("*.npz"))


def test_no_cache_keeps_nothing(run_command: RunCommand, own_cache: Path) -> None:
    assert run_command("track", "--sample", "--no-cache", "--workers", "1") == 0

    assert not own_cache.exists()


def test_what_is_odd_is_said_again(
    run_command: RunCommand, write_video: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A clip whose faces are known is not opened, and its warnings are the same."""
    clip = write_video(6, pixel_aspect_ratio=Fraction(3, 2))

    assert run_command("track", clip) == 3
    first = capsys.readouterr().err
    assert run_command("track", clip) == 3

    assert "its pixels are not square (3:2)" in first
    assert capsys.readouterr().err == first
