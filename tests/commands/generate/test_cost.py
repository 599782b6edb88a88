"""``cost``: by request and by length."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.generations import AUDIO, VIDEO, Run, Shown, media
from tests.loopback.state import FakeSync


def test_a_job_file_is_asked_for_by_its_folder(
    command: Run, tmp_path: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    job = tmp_path / "a.job.json"
    job.write_text('{"idempotency_key": "k"}')

    assert command("cost", job) == 2

    told = " ".join(capsys.readouterr().err.replace("│", " ").split())  # out of its frame
    assert "is a job file; give the folder" in told
    assert sync_api.seen == []


def test_cost_by_request_and_by_length(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """URLs: the server looks at the request. Files: it is told the length; nothing is uploaded."""
    assert command("cost", boxes, "--video", VIDEO, "--audio", AUDIO) == 0
    assert capsys.readouterr().out == "about 0.34 (the server names no currency), 170 frames\n"
    assert (
        sync_api.calls("cost")[0].json["options"]["active_speaker_detection"]["bounding_boxes"]
        == [[200, 100, 300, 220]] * 170
    )
    assert command("cost", *media(boxes), "--json") == 0
    assert json.loads(capsys.readouterr().out)["estimated_generation_cost"] == 0.34
    [estimate] = sync_api.calls("estimate")
    assert estimate.json["fps"] == 25
    assert estimate.json["duration"] == pytest.approx(6.8, abs=0.1)
    assert not sync_api.calls("upload")
