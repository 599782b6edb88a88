"""``speaker-boxes cache``, and what ``track`` keeps."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.run.kept import kept_clips
from speaker_boxes.sample import clip_path, sample_clicks

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


def test_each_clip_is_listed_and_can_be_removed(
    run_command: RunCommand, own_cache: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With its size and its age; by its file, by its name, by how long it was unused."""
    one, other = tmp_path / "one.mp4", tmp_path / "other.mp4"
    one.write_bytes(clip_path().read_bytes())
    other.write_bytes(clip_path().read_bytes() + b"\0" * 8)
    for clip in (one, other):
        assert run_command("track", clip, "--at", sample_clicks()[0], "--workers", "1") == 0
    long_ago = time.time() - 40 * 86_400
    [kept] = [clip for clip in kept_clips(Cache()) if clip.source == str(one)]
    for path in kept.files:
        os.utime(path, (long_ago, long_ago))
    capsys.readouterr()

    assert run_command("cache") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{own_cache}: 2 clips, ")
    assert re.fullmatch(rf" +\d\.\d MB, \d+ (s|min) ago: {re.escape(str(other))}", lines[1])
    assert re.fullmatch(rf" +\d\.\d MB, 40 d ago: {re.escape(str(one))}", lines[2])

    assert run_command("cache", "--older-than", "30", "--clear") == 0
    assert capsys.readouterr().out.startswith("removed 1 clip, ")
    assert run_command("cache", one) == 2
    assert run_command("cache", other, "--json") == 0
    [told] = json.loads(capsys.readouterr().out)["clips"]
    assert told["clip"] == str(other)
    assert run_command("cache", "other.mp4", "--clear") == 0
    assert not list(own_cache.rglob("*.npz"))
