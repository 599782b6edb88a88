"""``speaker-boxes probe``: facts on stdout, talk on stderr, a status."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

WriteVideo = Callable[..., Path]
RunCommand = Callable[..., int]
KEYS = [
    "source", "sha256", "width", "height", "frames", "rate", "variable_rate", "rotation",
    "mirrored", "pixel_aspect", "duration_s", "first_pts_s", "stream", "streams",
    "decode_errors", "frames_lost", "resized_frames", "claims", "claims_differ",
    "clock_jumps",
]  # fmt: skip


def test_a_clip_in_order_takes_few_lines(
    write_video: WriteVideo, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Count, size and rate in the first line; nothing is said of what is as usual."""
    path = write_video(6)

    status = run_command("probe", path)

    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        f"{path}: 6 frames, 64x48, 25 fps",
        "  first frame at 0.000 s, 0.240 s long",
        "  stream 0: video, h264, used",
    ]


def test_what_is_odd_is_said(
    write_video: WriteVideo, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Turned, mirrored, pixels not square, variable: a line each, for the pixels a warning."""
    path = write_video(
        4, turn=(90, True), pixel_aspect_ratio=Fraction(3, 2), ticks=[0, 40, 90, 240],
        time_base=Fraction(1, 1000), audio_s=0.3,
    )  # fmt: skip

    status = run_command("probe", path)

    out, err = capsys.readouterr()
    assert status == 0
    assert out.splitlines()[0] == f"{path}: 4 frames, 48x64, 22.222 fps, variable"
    assert "  a player shows it flipped left to right and turned a quarter to the right" in out
    assert "  pixels are not square: 2:3" in out
    assert "  stream 1: audio, aac" in out
    assert err == (
        f"speaker-boxes: warning: {path}: its pixels are not square (2:3); "
        "boxes are in them, as the API's are\n"
    )


def test_json_has_a_key_for_each_fact(
    write_video: WriteVideo, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON alone on stdout, rates as fractions, claims apart from what was seen."""
    path = write_video(6, rate=Fraction(30000, 1001))

    status = run_command("probe", path, "--json")

    facts = json.loads(capsys.readouterr().out)
    assert status == 0
    assert list(facts) == KEYS
    assert facts["frames"] == facts["claims"]["frames"] == 6
    assert facts["rate"] == facts["claims"]["rate"] == "30000/1001"
    assert facts["pixel_aspect"] == "1/1"
    assert facts["claims_differ"] == []
    assert facts["streams"] == [
        {"index": 0, "kind": "video", "codec": "h264", "cover": False, "chosen": True}
    ]


def test_a_lying_header_is_told_apart(
    write_video: WriteVideo, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clip that was cut short: the claims that differ are listed by their keys."""
    path = write_video(40, options={"bf": "0"}, muxer={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[:-400])

    assert run_command("probe", path, "--json") == 0

    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert facts["claims"]["frames"] == 40
    assert facts["frames"] < 40
    assert facts["claims_differ"] == ["frames", "duration_s"]
    assert len(err.splitlines()) == 1
    assert run_command("probe", path) == 0
    assert "  the header claims 40 frames, 1.6 s" in capsys.readouterr().out


def test_a_missing_file_is_one_line(
    tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, nothing on stdout, one line on stderr that names the file."""
    status = run_command("probe", tmp_path / "absent.mp4")

    out, err = capsys.readouterr()
    assert (status, out) == (1, "")
    assert err == f"speaker-boxes: error: cannot open {tmp_path / 'absent.mp4'}: no such file\n"


def test_wrong_usage_is_status_2(
    run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """No clip, or a stream that is no number."""
    assert run_command("probe") == 2
    assert run_command("probe", "clip.mp4", "--stream", "first") == 2
    assert capsys.readouterr().out == ""


def test_progress_is_for_terminals_only(
    write_video: WriteVideo,
    run_command: RunCommand,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bar on a terminal's stderr, none with --quiet; stdout is the same each time."""
    path = write_video(6)
    assert run_command("probe", path) == 0
    plain = capsys.readouterr()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    assert run_command("probe", path) == 0
    bar = capsys.readouterr()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert run_command("probe", path, "--quiet") == 0
    quiet = capsys.readouterr()

    assert plain.out == bar.out == quiet.out
    assert "decode" in bar.err
    assert plain.err == quiet.err == ""


def test_a_line_feed_in_a_name_breaks_no_line(
    write_video: WriteVideo, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is spelled, as what would steer the terminal is."""
    path = write_video(3, "two\nlines\x1b[2J.mp4")

    assert run_command("probe", path) == 0

    assert capsys.readouterr().out.splitlines()[0] == (
        f"{path.parent}/two\\nlines\\x1b[2J.mp4: 3 frames, 64x48, 25 fps"
    )


def test_the_summary_of_a_name_with_a_line_feed_is_a_line(
    write_video: WriteVideo, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of ``normalize`` as of the others."""
    path = write_video(3, "two\nlines.mp4")

    assert run_command("normalize", path, "-o", path.with_name("out\n.mp4")) == 0

    assert len(capsys.readouterr().out.splitlines()) == 1
