"""``speaker-boxes track --edits``: what was done by hand, again, without the hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.edits.apply import apply_edits
from speaker_boxes.edits.codec import edits_json
from speaker_boxes.edits.model import (
    BoxSpan,
    Edits,
    KeyBox,
    NullSpan,
    Span,
    SpeakerEdit,
    click_at,
)
from speaker_boxes.file_digest import file_digest
from speaker_boxes.sample import clip_path
from speaker_boxes.track.output.report import boxes_json, report_json
from speaker_boxes.tracking import comparing_faces

RunCommand = Callable[..., int]
SPANS: tuple[Span, ...] = (
    NullSpan("", 5, 10), BoxSpan("", 80, 90, (KeyBox(80, (1, 2, 30, 40)),)),
)  # fmt: skip


def edits_of(clip: Path) -> Edits:
    speaker = SpeakerEdit(name="", clicks=(click_at(0, 240, 140),))
    return Edits(clip_sha256=file_digest(clip), clip_name="talk", speakers=(speaker,), spans=SPANS)


def test_the_command_gives_the_bytes_of_the_library(
    tmp_path: Path, run_command: RunCommand
) -> None:
    """Boxes and report, as a page would save them."""
    file, out = tmp_path / "talk.edits.json", tmp_path / "talk.json"
    file.write_text(edits_json(edits_of(clip_path())))

    assert run_command("track", clip_path(), "--edits", file, "-o", out) == 0

    clip = find_faces(clip_path(), DetectionOptions())
    with comparing_faces(clip, None) as describer:
        result = apply_edits(clip, edits_of(clip_path()), describer=describer)[""]
    assert out.read_bytes() == boxes_json(result).encode()
    assert (tmp_path / "talk.report.json").read_bytes() == report_json(result).encode()
    rows = json.loads(out.read_text())["bounding_boxes"]
    assert rows[4] is not None
    assert rows[5:10] == [None] * 5
    assert rows[80:90] == [[1, 2, 30, 40]] * 10


def test_edits_of_another_clip_are_refused(
    tmp_path: Path,
    write_video: Callable[..., Path],
    run_command: RunCommand,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "talk.edits.json"
    file.write_text(edits_json(edits_of(clip_path())))
    other = write_video(5)

    assert run_command("track", other, "--edits", file, "-o", tmp_path / "out.json") == 1

    assert "these edits are of another clip (talk): its digest is " in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("other", [["--at", "0:1,1"], ["--person", "1"], ["--only-clicked-shots"]])
def test_edits_go_with_nothing_else(
    other: list[str], run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command("track", clip_path(), "--edits", "x.json", *other) == 2
    assert "--edits says who is meant" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "holds no edits: "), ("[]", "holds no edits: edits must be an object, got list")],
)
def test_a_file_that_is_no_edits_is_one_line(
    text: str,
    message: str,
    tmp_path: Path,
    run_command: RunCommand,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "talk.edits.json"
    file.write_text(text)

    assert run_command("track", clip_path(), "--edits", file) == 1

    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
