"""``run``: the whole way in one command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speaker_boxes.sample import clip_path, sample_clicks
from speaker_boxes.submit.job.job_file import Job
from tests.commands.generations import Run, Shown
from tests.loopback.state import KEY, RESULT, FakeSync


def test_the_whole_way_on_the_sample(
    command: Run, sync_api: FakeSync, tmp_path: Path, capsys: Shown
) -> None:
    """From the packaged clip to a downloaded result; the same command again pays nothing."""
    result = tmp_path / "result.mp4"

    status = command("run", "--sample", "-o", result)

    out, err = capsys.readouterr()
    assert status == 0, err
    assert out == f"generation gen-1 COMPLETED: {result} ({len(RESULT)} bytes)\n"
    assert result.read_bytes() == RESULT
    [create] = sync_api.calls("create")
    boxes = json.loads((tmp_path / "result.boxes.json").read_text())["bounding_boxes"]
    selection = create.json["options"]["active_speaker_detection"]
    assert selection == {"auto_detect": False, "bounding_boxes": boxes}
    assert len(boxes) == 170
    assert any(boxes)
    assert set(sync_api.stored.values()) == {clip_path().read_bytes()}
    assert Job.read(tmp_path / "result.boxes.job.json").state == "ended"

    result.unlink()
    assert command("run", "--sample", "-o", result) == 0
    assert result.read_bytes() == RESULT
    assert len(sync_api.calls("create")) == 1
    assert KEY not in "".join(capsys.readouterr())


def test_run_finds_cheap_mistakes_before_tracking(
    command: Run, tmp_path: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing sound, a result that exists, a missing key: no frame is decoded for them."""
    monkeypatch.setattr("speaker_boxes.commands.run.follow", lambda *a, **k: pytest.fail("late"))
    (tmp_path / "there.mp4").write_bytes(b"")
    new = tmp_path / "new.mp4"

    assert command("run", "--sample", "--audio", tmp_path / "no.wav", "-o", new) == 1
    assert command("run", "--sample", "-o", tmp_path / "there.mp4") == 1
    assert command("run", clip_path(), "-o", new) == 2
    monkeypatch.delenv("SYNC_API_KEY")
    assert command("run", "--sample", "-o", new) == 1
    assert "no API key" in capsys.readouterr().err


def test_run_can_be_rehearsed(
    command: Run, sync_api: FakeSync, tmp_path: Path, capsys: Shown
) -> None:
    """Boxes are written, the request is printed, nothing is sent."""
    assert command("run", "--sample", "-o", tmp_path / "r.mp4", "--dry-run") == 0

    out = capsys.readouterr().out
    assert json.loads(out)["input"][1]["assetId"] == "ASSET_ID_OF_AUDIO"
    assert sync_api.seen == []
    assert (tmp_path / "r.boxes.json").exists()


def test_run_submits_the_array_of_turns(
    command: Run, sync_api: FakeSync, tmp_path: Path, capsys: Shown
) -> None:
    """One array of two speakers, as ``track`` makes it; without turns there are two."""
    clicks = sample_clicks()
    speakers = ("--speaker", f"ana={clicks[0]}", "--speaker", f"ben={clicks[1]}")
    turns = tmp_path / "turns.json"
    spans = [(0, 1, "ana"), (5, 6, "ben")]
    turns.write_text(json.dumps([{"start_s": a, "end_s": b, "speaker": c} for a, b, c in spans]))
    arguments = ("run", "--sample", *speakers, "-o", tmp_path / "r.mp4", "--dry-run")

    assert command(*arguments) == 2
    assert command(*arguments, "--turns", turns) == 0

    selection = json.loads(capsys.readouterr().out)["options"]
    rows = selection["active_speaker_detection"]["bounding_boxes"]
    assert len(rows) == 170
    assert rows[12] is not None
    assert rows[25:125] == [None] * 100
    assert rows == json.loads((tmp_path / "r.boxes.json").read_text())["bounding_boxes"]
    assert sync_api.seen == []
