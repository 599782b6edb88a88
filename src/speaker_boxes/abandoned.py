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
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PART = re.compile(r"\..+\.[0-9a-f]{12}\.part")
_SCRATCH = "speaker-boxes-"
_SCRATCH_NAME = re.compile(re.escape(_SCRATCH) + "[a-z0-9_]{8}")
"""As ``tempfile`` ends it: a user's own folder may begin alike."""
_LOCK = ".lock"
_UNLOCKED_S = 3600.0
"""Seconds after which an empty folder without a lock is nobody's: its process died before it had
locked it, which takes a moment."""
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
    """Remove the unfinished files that nobody writes any more, and clips that were fetched.

    Once in a process.
    """
    if sys.platform == "win32" or folder in _cleared:
        return
    if not _cleared:
        _clear_scratch()
    _cleared.add(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _PART.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                _remove_unlocked(Path(entry.path), Path(entry.path))


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder of this process; those whose process has died are cleared first."""
    if sys.platform != "win32":
        _clear_scratch()
    folder, handle = _locked_folder()
    with folder as name:
        try:
            yield Path(name)
        finally:
            _empty(Path(name))
            os.close(handle)


def _clear_scratch() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        _remove_unlocked(left / _LOCK, left)
        _remove_never_locked(left)


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
                _empty(what)
                shutil.rmtree(what, ignore_errors=True)
            else:
                with suppress(OSError):
                    what.unlink()
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    """Remove all but the lock, which goes last: whoever dies meanwhile leaves what can be found."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != _LOCK:
                with suppress(OSError):
                    path.unlink()


def _remove_never_locked(folder: Path) -> None:
    """Remove a folder of ours that is empty and old; one that holds anything stays."""
    with suppress(OSError):
        age_s = time.time() - folder.lstat().st_mtime
        if _SCRATCH_NAME.fullmatch(folder.name) and age_s > _UNLOCKED_S:
            folder.rmdir()


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
