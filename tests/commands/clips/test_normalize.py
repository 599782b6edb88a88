"""``speaker-boxes normalize``: one line on stdout, a file or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from speaker_boxes.commands.normalize import parse_rate

WriteVideo = Callable[..., Path]
RunCommand = Callable[..., int]


def test_what_was_done_is_one_line(
    write_video: WriteVideo,
    run_command: RunCommand,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Frames in and out, how many were repeated and dropped, size and sound."""
    ticks = [0, 40, 80, 90, 120, 240, 280]
    clip = write_video(7, ticks=ticks, time_base=Fraction(1, 1000), audio_s=0.3)
    out = tmp_path / "out.mp4"

    status = run_command("normalize", clip, "-o", out, "--fps", "25")

    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "")
    assert printed.out == (
        f"{out}: 7 frames in, 8 out at 25 fps, 2 repeated, 1 dropped; 64x48, sound copied\n"
    )
    assert run_command("probe", out, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["frames"], facts["variable_rate"], facts["claims_differ"]) == (8, False, [])


def test_without_a_name_it_lies_beside_the_clip(
    write_video: WriteVideo, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """``CLIP.normalized.mp4``, and the line says so."""
    clip = write_video(3)

    assert run_command("normalize", clip) == 0

    out = clip.with_name(f"{clip.stem}.normalized.mp4")
    assert out.is_file()
    assert capsys.readouterr().out.startswith(f"{out}: 3 frames in")


def test_sound_before_the_first_frame_is_said(
    write_video: WriteVideo,
    run_command: RunCommand,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is cut off is not cut off silently."""
    ticks = [500 + 40 * index for index in range(10)]
    clip = write_video(10, "late.mkv", ticks=ticks, time_base=Fraction(1, 1000), audio_s=0.9)

    assert run_command("normalize", clip, "-o", tmp_path / "out.mp4") == 0

    line = capsys.readouterr().out
    assert line.endswith("sound copied, 0.500 s of it cut off before the first frame\n")


def test_an_existing_file_is_kept(
    write_video: WriteVideo,
    run_command: RunCommand,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Status 1 and one line, until --overwrite is given."""
    clip, out = write_video(3), tmp_path / "out.mp4"
    out.write_text("old")

    assert run_command("normalize", clip, "-o", out) == 1
    assert capsys.readouterr().err == (
        f"speaker-boxes: error: {out} exists; use --overwrite to replace it\n"
    )
    assert out.read_text() == "old"
    assert run_command("normalize", clip, "-o", out, "--overwrite") == 0


@pytest.mark.parametrize(
    "arguments",
    [["-o", "out.mkv"], ["-o", "out.mp4", "--fps", "fast"], ["-o", "out.mp4", "--fps", "1/0"]],
    ids=["another kind", "no number", "no fraction"],
)
def test_wrong_usage_is_status_2(
    run_command: RunCommand, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Said before anything is read."""
    assert run_command("normalize", "clip.mp4", *arguments) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", Fraction(25)),
        ("30000/1001", Fraction(30000, 1001)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_rates_are_read_as_people_write_them(text: str, rate: Fraction) -> None:
    """The usual decimals mean the NTSC fractions."""
    assert parse_rate(text) == rate
