"""Work that is not saved yet, on disk: it survives a reload and a server that was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from speaker_boxes.files import read_whole, write_atomic

MAX_BYTES = 8 << 20
"""Of one draft; thousands of edits take less."""


def draft_path(folder: Path, sha256: str) -> Path:
    """Where the draft of a clip is kept, beside the faces that were found in it."""
    return folder / "picks" / f"{sha256}.json"


def read_draft(path: Path) -> dict[str, Any] | None:
    """What was kept; ``None`` if it is nothing that can be read."""
    try:
        value: object = json.loads(read_whole(path))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def write_draft(path: Path, value: dict[str, Any]) -> None:
    """Keep it.

    Raises
    ------
    OutputError
        The disk is full, or read-only.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(value))
