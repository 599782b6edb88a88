"""Unfinished files, each locked by whoever writes it: the next run clears what is nobody's.

The system drops a lock when its holder dies, in whichever way; the number of a process would
not tell, since another one gets it, and another machine may write to the same folder.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PART = re.compile(r"\..+\.[0-9a-f]{12}\.part")
_SCRATCH = "speaker-boxes-"
_LOCK = ".lock"
_cleared: set[Path] = set()


@contextmanager
def locked_part(target: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """Make an empty file beside ``target`` that no other thread or process takes or clears.

    Parameters
    ----------
    mode
        Its rights, less what the umask takes away.
    """
    # the name may be as long as the system allows: leave room for what is put around it
    name = os.fsdecode(os.fsencode(target.name)[:200])
    path = target.with_name(f".{name}.{os.urandom(6).hex()}.part")
    handle = _create_locked(path, mode)
    try:
        if sys.platform == "win32":  # renames no open file
            os.close(handle)
            handle = -1
        yield path
    finally:
        if handle >= 0:
            os.close(handle)


def clear_abandoned(folder: Path) -> None:
    """Remove the unfinished files that nobody writes any more; once in a process."""
    if sys.platform == "win32" or folder in _cleared:
        return
    _cleared.add(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _PART.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                _remove_unlocked(Path(entry.path), Path(entry.path))


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder of this process; those whose process has died are cleared first."""
    parent = Path(tempfile.gettempdir())
    if sys.platform != "win32":
        for left in parent.glob(f"{_SCRATCH}*"):
            _remove_unlocked(left / _LOCK, left)
    folder, handle = _locked_folder()
    with folder as name:
        try:
            yield Path(name)
        finally:
            os.close(handle)


def _locked_folder() -> tuple[tempfile.TemporaryDirectory[str], int]:
    """A new temporary folder, and the handle that locks it."""
    while True:
        folder = tempfile.TemporaryDirectory(prefix=_SCRATCH, ignore_cleanup_errors=True)
        with suppress(FileNotFoundError):
            return folder, _create_locked(Path(folder.name) / _LOCK, 0o600)
        folder.cleanup()  # cleared by another process before it was locked


def private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, whatever the umask says.

    Its parents are made as private, so that nobody else can rename it; those that are there stay
    as they are.
    """
    if path.is_dir():
        return
    private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def _create_locked(path: Path, mode: int) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        _try_lock(handle)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)  # cleared by another process between our opening and locking it


def _remove_unlocked(lock: Path, what: Path) -> None:
    try:
        handle = os.open(lock, os.O_RDWR)
    except OSError:  # another user's, or gone, or not ours at all
        return
    try:
        if _try_lock(handle):
            if what.is_dir():
                shutil.rmtree(what, ignore_errors=True)
            else:
                with suppress(OSError):
                    what.unlink()
    finally:
        os.close(handle)


if sys.platform == "win32":

    def _try_lock(handle: int) -> bool:
        """A lock there keeps even its holder from writing by another handle."""
        return False

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        """Whether nobody else holds the file; held until the handle is closed."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another's, or a disk that knows no locks: then nothing is cleared
            return False
        return True
