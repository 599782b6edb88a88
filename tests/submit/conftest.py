"""Every test here has a key, and no output of it may hold that key."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _guarded(sync_key: None, no_leak: None) -> None:
    """The key is set, and looked for in what the test left."""
