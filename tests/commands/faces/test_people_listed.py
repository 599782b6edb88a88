"""``speaker-boxes people``: a line a person, a picture of them, and a number that chooses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from speaker_boxes.sample import clip_path

RunCommand = Callable[..., int]
Shown = pytest.CaptureFixture[str]


def test_speakers_may_be_numbers_too(
    tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """A number and the click that is listed beside it give the same; one that is not is named."""
    assert run_command("people", clip_path(), "--json") == 0
    [person] = json.loads(capsys.readouterr().out)["people"]
    jobs = tmp_path / "jobs.jsonl"
    job = {"clip": str(clip_path()), "speakers": {"ana": 1}, "output": "batch.json"}
    missing = {"clip": str(clip_path()), "speakers": {"ben": 7}, "output": "none.json"}
    jobs.write_text(f"{json.dumps(job)}\n{json.dumps(missing)}\n")

    for name, who in (("number", "1"), ("click", person["at"])):
        out = tmp_path / f"{name}.json"
        assert run_command("track", clip_path(), "--speaker", f"ana={who}", "-o", out) == 0
    assert run_command("batch", jobs, "-o", tmp_path) == 1
    assert run_command("track", clip_path(), "--speaker", "ben=7") == 3

    boxes = [(tmp_path / f"{of}.ana.json").read_bytes() for of in ("number", "click", "batch")]
    assert boxes == boxes[:1] * 3
    said = "there is no person 7: the clip shows 1 person; choose with --speaker ben="
    printed, err = capsys.readouterr()
    assert "ana: talk.mp4: 170 frames, " in printed
    assert "(person 1, chosen by click " in printed
    assert "line 2: there is no person 7: the clip shows 1 person" in err
    assert said in err


def test_each_person_has_a_line_with_a_click(
    tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """The click chooses the person; the picture has a row for each."""
    sheet = tmp_path / "people.png"

    assert run_command("people", "--sample", "--sheet", sheet) == 0

    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("1: ")
    assert len(out.splitlines()) == 1
    assert cv2.imread(str(sheet)) is not None
    assert run_command("people", clip_path(), "--sheet", sheet) == 0  # its own, so it is replaced
    assert capsys.readouterr().out == out
    click = out.split("--at ")[1].strip()
    by_click, by_number = tmp_path / "click.json", tmp_path / "number.json"
    assert run_command("track", clip_path(), "--at", click, "-o", by_click) == 0
    assert run_command("track", clip_path(), "--person", 1, "-o", by_number) == 0
    assert by_click.read_bytes() == by_number.read_bytes()
    assert "in 2 of 2 shots (person 1, chosen by click " in capsys.readouterr().out


def test_json_says_the_same(run_command: RunCommand, capsys: Shown) -> None:
    assert run_command("people", clip_path(), "--json") == 0

    people = json.loads(capsys.readouterr().out)["people"]
    assert [person["person"] for person in people] == [1]
    assert people[0]["shots"] == [1, 2]
    assert people[0]["frames"] > 100


def test_a_clip_without_faces_says_so(
    write_video: Callable[..., Path], tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    sheet = tmp_path / "nobody.png"

    assert run_command("people", write_video(5), "--sheet", sheet) == 0
    assert capsys.readouterr().out == "no face was found in any frame\n"
    assert sheet.is_file()


@pytest.mark.parametrize(
    "other", [["--at", "0:1,1"], ["--speaker", "ana=0:1,1"], ["--face", "a.jpg"]], ids="-".join
)
def test_a_number_goes_with_nothing_else(
    other: list[str], run_command: RunCommand, capsys: Shown
) -> None:
    assert run_command("track", "--sample", "--person", 1, *other) == 2
    assert "--person says who is meant" in capsys.readouterr().err


def test_an_unknown_number_is_status_3_and_names_the_command(
    run_command: RunCommand, capsys: Shown
) -> None:
    assert run_command("track", "--sample", "--person", 4) == 3

    err = capsys.readouterr().err
    assert "there is no person 4: the clip shows 1 person; choose with --at " in err
    assert "'speaker-boxes people' shows who is in the clip" in err


def test_batch_takes_a_number(tmp_path: Path, run_command: RunCommand, capsys: Shown) -> None:
    """The same boxes as track's; a job with both ways is refused."""
    jobs = tmp_path / "jobs.jsonl"
    good = {"clip": str(clip_path()), "person": 1, "output": "a.json"}
    bad = good | {"at": ["0:1,1"], "output": "b.json"}
    jobs.write_text(f"{json.dumps(good)}\n{json.dumps(bad)}\n")

    assert run_command("batch", jobs, "-o", tmp_path / "out") == 1

    assert '"person" says who is meant' in capsys.readouterr().err
    alone = tmp_path / "alone.json"
    assert run_command("track", "--sample", "--person", 1, "-o", alone) == 0
    assert (tmp_path / "out" / "a.json").read_bytes() == alone.read_bytes()
