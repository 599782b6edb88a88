"""Results to disk: written aside and renamed, so that no reader ever sees half a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from speaker_boxes.errors import OutputError, Remedy


def check_writable(path: Path, *, overwrite: bool, inputs: Iterable[str | Path] = ()) -> None:
    """Say before the work begins that its result could not be written.

    Parameters
    ----------
    inputs
        What the result is made from: never written over, even if ``overwrite``.

    Raises
    ------
    OutputError
        The file is one of the inputs, or exists and may not be replaced; there is no such
        folder, or it is read-only.
    """
    try:
        exists, is_folder, has_parent = path.exists(), path.is_dir(), path.parent.is_dir()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    if is_folder:
        raise OutputError(f"cannot write {path}: it is a folder")
    if any(_is_same(path, each) for each in inputs):
        raise OutputError(f"cannot write {path}: it is what is read; choose another name")
    if exists and not overwrite:
        remedy = Remedy("allow overwriting to replace it", "allow_overwrite")
        raise OutputError(f"{path} exists", remedy=remedy)
    if not has_parent:
        raise OutputError(f"cannot write {path}: no such folder: {path.parent}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write {path}: no leave to write in the folder {path.parent}")


def _is_same(path: Path, other: str | Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # one of them is not there, or is an address
        return False


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a path beside ``path`` to write to; it takes its place if all goes well.

    Raises
    ------
    OutputError
        The disk is full, or the place is not writable; what was there stays as it was.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield aside
        _to_disk(aside)
        aside.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with suppress(OSError):  # on a read-only disk even a file that is not there
            aside.unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; errors as in ``atomic_path``."""
    write_together((path, content))


def write_together(*files: tuple[Path, str | bytes]) -> None:
    """Write files that belong together: none takes its place before all are on the disk.

    The last one comes to its place first. Errors as in ``atomic_path``.
    """
    if not files:
        return
    (path, content), *rest = files
    with atomic_path(path) as aside:
        aside.write_bytes(content.encode() if isinstance(content, str) else content)
        _to_disk(aside)
        write_together(*rest)


def _to_disk(path: Path) -> None:
    """Wait until the content is stored; a full disk may be noticed only then."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def turns_path_for(boxes: Path) -> Path:
    """Where turns that were found are: ``OUT.json`` and ``OUT.turns.json``."""
    return boxes.parent / f"{boxes.stem}.turns.json"


def report_path_for(boxes: Path) -> Path:
    """Where the report of a boxes file is: ``OUT.json`` and ``OUT.report.json``."""
    return boxes.parent / f"{boxes.stem}.report.json"
