"""The commands against the loopback servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_boxes.submit.http import drivers
from tests.commands.generations import NoWaiting, Run, write_sample_boxes
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
    """Boxes for the sample clip."""
    return write_sample_boxes(tmp_path)


@pytest.fixture
def speaker_alone(shared_media: Path) -> Path:
    """One man who says a sentence of three seconds."""
    path = shared_media / "clips" / "lipnet-bbaf2n.mpg"
    if not path.is_file():
        pytest.skip(f"not here: {path} (set SPEAKER_BOXES_SHARED)")
    return path
