"""A clip as a file: that it is there, and the digest it is known by."""

from __future__ import annotations

import hashlib
from pathlib import Path

from speaker_boxes.errors import VideoDecodeError, VideoOpenError

FileState = tuple[int, ...]
"""What changes when a file is replaced, written to, or cut off."""


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


def file_state(path: Path) -> FileState | None:
    """What a file is now; ``None`` if it is not there."""
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return None
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def check_unchanged(path: Path, name: str, state: FileState | None) -> None:
    """Raise ``VideoDecodeError`` if a file is not what it was when ``state`` was taken.

    A clip is read more than once (its digest, its packets, its frames): what is found of one
    file must not go under the digest of another.
    """
    if state is not None and file_state(path) != state:
        raise VideoDecodeError(f"{name} changed while it was read; try again when it is complete")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
