"""``jobs``, and ``status`` and ``cost`` of a whole folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from speaker_boxes.submit.job.job_file import Job
from tests.commands.generations import AUDIO, VIDEO, Run, Shown
from tests.loopback.faults import refuse
from tests.loopback.state import FakeSync


@pytest.fixture
def folder(command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown) -> Path:
    """One job that has ended, one that was refused, one that was never sent, and other files."""
    request = ("--video", VIDEO, "--audio", AUDIO, "--trust-count")
    home = boxes.parent
    assert command("submit", "--auto", *request, "--job", home / "a.job.json", "--wait") == 0
    sync_api.faults["create"] = [refuse(422, {"message": "no"})]
    (home / "sub").mkdir()
    assert command("submit", "--auto", *request, "--job", home / "sub" / "b.job.json") == 1
    long_ago = (datetime.now(UTC) - timedelta(hours=5, minutes=3)).isoformat(timespec="seconds")
    Job.start("d", sync_api.base_url).evolve(created=long_ago).save(home / "c.job.json")
    (home / "broken.job.json").write_text('{"idempotency_key": 1}')
    capsys.readouterr()
    return home


def test_jobs_are_listed_with_state_and_age(
    command: Run, folder: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """From their files alone: the server is not asked."""
    asked = len(sync_api.seen)

    assert command("jobs", folder) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{folder / 'a.job.json'}: COMPLETED, ")
    assert lines[0].endswith(" old, generation gen-1")
    assert "is no job file" in lines[1]
    assert lines[2] == f"{folder / 'c.job.json'}: new, 5 h old"
    assert lines[3].startswith(f"{folder / 'sub' / 'b.job.json'}: refused, ")
    assert "was answered 422" in lines[3]
    assert lines[4] == "4 jobs"
    assert len(sync_api.seen) == asked

    assert command("jobs", folder, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["state"] for one in told] == ["ended", None, "new", "refused"]
    assert told[0]["generation"] == "gen-1"


def test_the_server_is_asked_of_all(
    command: Run, folder: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """What was never sent is not asked of, and no job file changes."""
    before = {path: path.read_bytes() for path in folder.rglob("*.job.json")}

    assert command("status", folder) == 0
    assert capsys.readouterr().out == (f"{folder / 'a.job.json'}: generation gen-1 COMPLETED\n")
    assert {path: path.read_bytes() for path in folder.rglob("*.job.json")} == before
    assert command("status", folder, "--wait") == 2


def test_costs_are_summed_and_noted(
    command: Run, folder: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """By the request of each job; ``jobs`` shows them then."""
    assert command("cost", folder) == 0

    shown = capsys.readouterr().out.splitlines()
    assert shown[-1] == "about 0.68 for 2 of 3 jobs (the server names no currency)"
    assert Job.read(folder / "a.job.json").cost == 0.34
    assert Job.read(folder / "a.job.json").state == "ended"
    assert command("jobs", folder) == 0
    assert "generation gen-1, about 0.34" in capsys.readouterr().out


def test_no_folder_is_one_line(command: Run, tmp_path: Path, capsys: Shown) -> None:
    assert command("jobs", tmp_path / "no") == 1
    assert "no such folder" in capsys.readouterr().err
