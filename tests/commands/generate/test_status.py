"""``status``: how a generation stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.generations import Run, Shown, media
from tests.loopback.faults import refuse, take_and_drop
from tests.loopback.state import RESULT, FakeSync


@pytest.mark.parametrize("name", ["absent.job.json", "folder/job", ".."])
def test_a_missing_job_file_is_no_id(
    command: Run,
    sync_api: FakeSync,
    capsys: Shown,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line; the server is not asked for a generation of that name."""
    inner = tmp_path / "inner"  # other tests keep their jobs beside this one's folder
    inner.mkdir()
    monkeypatch.chdir(inner)

    assert command("status", name) == 1

    err = capsys.readouterr().err
    assert err.startswith(f"speaker-boxes: error: cannot read {name}: ")
    assert len(err.splitlines()) == 1
    assert sync_api.seen == []


def test_status_by_id_and_by_file(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """The file is read and not touched."""
    command("submit", *media(boxes))
    capsys.readouterr()
    job = boxes.with_name("talk.job.json")
    before = job.read_bytes()

    assert command("status", "gen-1") == 0
    assert capsys.readouterr().out.startswith("generation gen-1 COMPLETED: http://127.0.0.1")
    assert command("status", job, "--json") == 0
    assert json.loads(capsys.readouterr().out)["generation"]["status"] == "COMPLETED"
    result = boxes.with_name("result.mp4")
    assert command("status", job, "-o", result) == 0
    assert result.read_bytes() == RESULT
    assert job.read_bytes() == before
    capsys.readouterr()


def test_status_of_a_job_without_an_id(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    sync_api.faults["create"] = [take_and_drop] * 5
    assert command("submit", *media(boxes)) == 1
    told, error = capsys.readouterr().err.splitlines()
    assert "the job may have been taken; go on with: speaker-boxes submit" in told
    assert "error: no answer to POST /v2/generate" in error

    assert command("status", boxes.with_name("talk.job.json")) == 0
    assert "it may have been taken" in capsys.readouterr().out


def test_status_of_a_generation_that_is_not_there(
    command: Run, sync_api: FakeSync, capsys: Shown
) -> None:
    gone = {"errorCode": "generation_not_found", "message": "not found"}
    sync_api.faults["look"] = [refuse(404, gone)]

    assert command("status", "gen-9") == 1
    assert "check the id, and that SYNC_API_KEY is of the same organisation" in (
        capsys.readouterr().err
    )
