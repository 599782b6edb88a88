"""Every test has a desk of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loopback.clock import Clock
from tests.loopback.state import FakeSync
from tests.submit.job.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, sync_api: FakeSync, clock: Clock) -> Desk:
    return Desk(tmp_path, sync_api, clock)
