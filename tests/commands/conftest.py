"""The commands against the loopback servers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speaker_boxes.file_digest import file_digest
from speaker_boxes.sample import clip_path
from speaker_boxes.submit.http import drivers
from tests.commands.generations import NoWaiting, Run
from tests.loopback.state import FakeSync


@pytest.fixture
def command(
    sync_api: FakeSync,
    sync_key: None,
    no_leak: None,
    run_command: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Run a command against the loopback server, without waiting."""
    monkeypatch.setattr(drivers, "time", NoWaiting)
    monkeypatch.setenv("SYNC_BASE_URL", sync_api.base_url)
    return run_command


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    """Boxes for the sample clip, with the report that saves decoding it."""
    path = tmp_path / "talk.json"
    path.write_text(json.dumps({"bounding_boxes": [[200, 100, 300, 220]] * 170}))
    clip = {"sha256": file_digest(clip_path()), "width": 640, "height": 480, "frames": 170,
            "rate": "25/1"}  # fmt: skip
    (tmp_path / "talk.report.json").write_text(json.dumps({"format": 1, "clip": clip}))
    return path


@pytest.fixture
def speaker_alone(shared_media: Path) -> Path:
    """One man who says a sentence of three seconds."""
    path = shared_media / "clips" / "lipnet-bbaf2n.mpg"
    if not path.is_file():
        pytest.skip(f"not here: {path} (set SPEAKER_BOXES_SHARED)")
    return path
