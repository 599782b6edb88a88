"""A clip as a file: that it is there, and the digest it is known by."""

from __future__ import annotations

import hashlib
from pathlib import Path

from speaker_boxes.errors import VideoOpenError


def check_is_file(path: Path, name: str) -> None:
    """Raise ``VideoOpenError`` unless ``path`` is a file."""
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
        exists = path.exists()
    except OSError as error:
        raise VideoOpenError(f"cannot open {name}: {error.strerror}") from error
    if not is_file:
        what = "it is a folder" if is_folder else "it is no file" if exists else "no such file"
        raise VideoOpenError(f"cannot open {name}: {what}")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
