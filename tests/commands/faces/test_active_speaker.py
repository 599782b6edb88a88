"""``--active-speaker`` of track and batch: files, words and wrong usage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from speaker_boxes.batch import read_jobs
from speaker_boxes.track.output.turns_file import read_turns

RunCommand = Callable[..., int]


def test_turns_are_written_beside_boxes_and_report(
    speaker_alone: Path, tmp_path: Path, run_command: RunCommand
) -> None:
    """A box while he is heard, null in silence; the turns are in the form that --turns reads."""
    out = tmp_path / "out.json"

    status = run_command("track", speaker_alone, "--active-speaker", "turns", "-o", out)

    boxes = json.loads(out.read_text())["bounding_boxes"]
    report = json.loads((tmp_path / "out.report.json").read_text())
    turns = read_turns(tmp_path / "out.turns.json", ["person-1"])
    written = json.loads((tmp_path / "out.turns.json").read_text())
    assert status == 0
    assert 0 < sum(box is not None for box in boxes) < len(boxes) == 75
    assert [turn.start_s for turn in turns] == [each["start_s"] for each in written]
    assert {each["reason"] for each in written} == {"the only face, while somebody is heard"}
    assert report["speech"]["turns"] == written
    assert report["speech"]["heard"] == "voices"
    assert report["speech"]["curves"]["per_second"] == 5
    assert len(report["speech"]["curves"]["voice"]) == 15
    assert [each is not None for each in report["whose"]] == [box is not None for box in boxes]


def test_one_is_followed_through_silence_too(
    speaker_alone: Path, tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"

    status = run_command("track", speaker_alone, "--active-speaker", "one", "-o", out)

    assert status == 0
    assert None not in json.loads(out.read_text())["bounding_boxes"]
    assert (tmp_path / "out.turns.json").is_file()
    assert "the only person whose lips can be read" in capsys.readouterr().out


def test_turns_that_are_there_are_not_written_over(
    speaker_alone: Path, tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = tmp_path / "out.turns.json"
    turns.write_text("mine")

    status = run_command(
        "track", speaker_alone, "--active-speaker", "one", "-o", tmp_path / "out.json"
    )

    assert status == 1
    assert f"{turns} exists, and is not known to be of this command" in capsys.readouterr().err
    assert turns.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--active-speaker", "all"], "one or turns; got all"),
        (["--active-speaker", "one", "--at", "0:1,2"], "leave out --at"),
        (["--active-speaker", "turns", "--speaker", "ana=0:1,2"], "leave out --at"),
    ],
)
def test_contradictions_are_wrong_usage(
    arguments: list[str], message: str, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run_command("track", "absent.mp4", *arguments)

    assert status == 2
    assert message in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_a_model_that_is_not_there_is_said_with_what_to_do(
    shared_media: Path, tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where two could be speaking, and only there."""
    clip = shared_media / "clips" / "visualvoice-interview.mp4"
    if not clip.is_file():
        pytest.skip(f"not here: {clip} (set SPEAKER_BOXES_SHARED)")

    status = run_command(
        "track", clip, "--active-speaker", "one", "--speech-model", tmp_path / "absent.model"
    )

    assert status == 1
    assert "absent.model" in capsys.readouterr().err


def test_jobs_choose_by_speech(tmp_path: Path) -> None:
    """By their own word, or by the option where there is neither that nor a click."""
    path = tmp_path / "jobs.jsonl"
    lines = [
        {"clip": "a.mp4", "active_speaker": "turns"},
        {"clip": "b.mp4"},
        {"clip": "c.mp4", "at": ["0:1,2"]},
        {"clip": "d.mp4", "active_speaker": "all"},
        {"clip": "e.mp4", "active_speaker": "one", "at": ["0:1,2"]},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))

    jobs, bad = read_jobs(path, active_speaker="one")

    assert [job.target.active for job in jobs] == ["turns", "one", None]
    assert [result.line for result in bad] == [4, 5]
    assert bad[0].error == '"active_speaker" is one or turns'
    assert "leave out clicks" in (bad[1].error or "")


def test_batch_writes_turns_too(
    speaker_alone: Path, tmp_path: Path, run_command: RunCommand
) -> None:
    jobs = tmp_path / "jobs.jsonl"
    job = {"clip": str(speaker_alone), "output": "a.json", "max_gap": 1.5}
    jobs.write_text(json.dumps(job))

    status = run_command("batch", jobs, "-o", tmp_path / "out", "--active-speaker", "turns")

    assert status == 0
    assert read_turns(tmp_path / "out" / "a.turns.json", ["person-1"])
    report = json.loads((tmp_path / "out" / "a.report.json").read_text())
    assert "speech" in report
    assert report["options"]["max_gap_s"] == 1.5
