"""Results to disk: written aside and renamed, so that no reader ever sees half a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from speaker_boxes.errors import OutputError


def check_writable(path: Path, *, overwrite: bool) -> None:
    """Say before the work begins that its result could not be written.

    Raises
    ------
    OutputError
        The file exists and may not be replaced, or there is no such folder.
    """
    try:
        exists, is_folder, has_parent = path.exists(), path.is_dir(), path.parent.is_dir()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    if is_folder:
        raise OutputError(f"cannot write {path}: it is a folder")
    if exists and not overwrite:
        raise OutputError(f"{path} exists; use --overwrite to replace it")
    if not has_parent:
        raise OutputError(f"cannot write {path}: no such folder: {path.parent}")


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a path beside ``path`` to write to; it takes its place if all goes well.

    Raises
    ------
    OutputError
        The disk is full, or the place is not writable; what was there stays as it was.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; errors as in ``written_aside``."""
    with written_aside(path) as aside:
        aside.write_bytes(content.encode() if isinstance(content, str) else content)
