"""One process at a time on a job file, by a lock that the system drops when its holder dies."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from speaker_boxes.errors import JobFileError


@contextlib.contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Hold ``.NAME.lock`` beside ``path``; it is gone afterwards.

    Raises
    ------
    JobFileError
        Another process holds it, or it cannot be made.
    """
    lock = path.with_name(f".{path.name}.lock")
    handle = _take(lock, path)
    try:
        yield
    finally:
        # removed while still held, so that nobody can hold a file that is about to vanish
        with contextlib.suppress(OSError):  # Windows removes no open file
            lock.unlink()
        os.close(handle)


def _take(lock: Path, path: Path) -> int:
    while True:
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise JobFileError(f"cannot write {lock}: {error.strerror}") from error
        try:
            _lock(handle)
        except OSError as error:
            os.close(handle)
            raise JobFileError(f"{path} is in use by another process; wait for it") from error
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
        os.close(handle)  # its last holder removed it between our opening and locking it


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
