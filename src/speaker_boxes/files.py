"""Files as wholes: read up to a bound, and written so that no reader ever sees half of one."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from speaker_boxes.abandoned import clear_abandoned, locked_part
from speaker_boxes.errors import OutputError, Remedy

MAX_READ_BYTES = 128 << 20
"""Of a file that is read whole: 75 hours of boxes at 30 frames a second. What is longer is no such
file, or a device or a pipe that does not end and would fill the memory."""
_PIECE = 1 << 20
_APPENDING = threading.Lock()
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_whole(path: Path, *, most: int = MAX_READ_BYTES) -> bytes:
    """Read all of a file, or of a pipe; everything that is read at once is read by this.

    Parameters
    ----------
    most
        Bytes that are read.

    Raises
    ------
    OSError
        It cannot be read, or is longer.
    """
    pieces, n_bytes = [], 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            n_bytes += len(piece)
            if n_bytes > most:
                words = f"it is longer than {most >> 20} MB, which no such file is"
                raise OSError(errno.EFBIG, words, str(path))
            pieces.append(piece)
    return b"".join(pieces)


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
        place = target_of(path)
        exists, has_parent = place.exists(), place.parent.is_dir()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    if any(_is_same(place, each) for each in inputs):
        raise OutputError(f"cannot write {path}: it is what is read; choose another name")
    if exists and not overwrite:
        remedy = Remedy("allow overwriting to replace it", "allow_overwrite")
        raise OutputError(f"{path} exists", remedy=remedy)
    if not has_parent:
        raise OutputError(f"cannot write {path}: no such folder: {place.parent}")
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write {path}: no leave to write in the folder {place.parent}")


def target_of(path: Path) -> Path:
    """What is written when ``path`` is: itself, or what it links to, there already or not.

    Raises
    ------
    OutputError
        What is there is no regular file: to replace a device or a pipe by a file is never meant.
    """
    try:
        place = Path(os.path.realpath(path))
        mode = place.stat().st_mode if place.exists() else None
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else error
        raise OutputError(f"cannot write {path}: {words}") from error
    if place.is_symlink():
        raise OutputError(f"cannot write {path}: it is a link that leads in a circle")
    # a name such as /dev/stdout leads to no path at all, but to an open pipe
    if mode is None and path.exists():
        mode = path.stat().st_mode
    if mode is None or stat.S_ISREG(mode):
        return place
    kind = next((name for test, name in _KINDS if test(mode)), "no regular file")
    raise OutputError(f"cannot write {path}: it is {kind}")


def _is_same(path: Path, other: str | Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # one of them is not there, or is an address
        return False


@contextmanager
def atomic_path(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a path beside ``path`` to write to; it takes its place if all goes well.

    Where ``path`` is a link, what it links to is replaced. Who may read it stays as it was.

    Parameters
    ----------
    private
        Nobody but its owner may read it, whatever the umask says.

    Raises
    ------
    OutputError
        The disk is full, or the place is not writable; what was there stays as it was.
    """
    place = target_of(path)
    clear_abandoned(place.parent)
    aside: Path | None = None
    try:
        with locked_part(place, mode=0o600 if private else 0o666) as aside:
            yield aside
            _to_disk(aside)
            if not private and place.exists():  # what only some may read stays so
                aside.chmod(stat.S_IMODE(place.stat().st_mode))
            aside.replace(place)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if aside is not None:
            with suppress(OSError):  # on a read-only disk even a file that is not there
                aside.unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write a file whole or not at all; errors and ``private`` as in ``atomic_path``."""
    with atomic_path(path, private=private) as aside:
        _write(aside, content)


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that nobody but its owner may read, whole or not at all."""
    write_atomic(path, content, private=True)


def write_together(*files: tuple[Path, str | bytes]) -> None:
    """Write files that belong together: none takes its place before all are on the disk.

    The last one comes to its place first. Errors as in ``atomic_path``.
    """
    if not files:
        return
    (path, content), *rest = files
    with atomic_path(path) as aside:
        _write(aside, content)
        write_together(*rest)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file, which need not be there; no lines of other threads in between.

    Raises
    ------
    OSError
        It cannot be written. What is left of it does not spoil the next line.
    """
    with _APPENDING, path.open("ab+") as file:
        if file.tell():  # a run that was killed, or had no room, may have left half a line
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(line + b"\n")


def last_part(source: str) -> str:
    """What a clip is called: the end of its path, of any system's, or of its address."""
    return source.replace("\\", "/").rsplit("/", 1)[-1]


def json_line(value: object) -> bytes:
    """JSON in one line, with the letters of all languages where they are letters."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a file's name that is no text
        return json.dumps(value).encode()


def _write(path: Path, content: str | bytes) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    _to_disk(path)


def _to_disk(path: Path) -> None:
    """Wait until the content is stored; a full disk may be noticed only then."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def boxes_path_for(boxes: Path, name: str) -> Path:
    """Where one speaker's boxes go: ``OUT.json``, or ``OUT.NAME.json`` of several."""
    return boxes.parent / f"{boxes.stem}.{name}{boxes.suffix}" if name else boxes


def turns_path_for(boxes: Path) -> Path:
    """Where the turns of a boxes file are: ``OUT.json`` and ``OUT.turns.json``."""
    return boxes.parent / f"{boxes.stem}.turns.json"


def report_path_for(boxes: Path) -> Path:
    """Where the report of a boxes file is: ``OUT.json`` and ``OUT.report.json``."""
    return boxes.parent / f"{boxes.stem}.report.json"


def job_path_beside(boxes: Path) -> Path:
    """Where the job is noted that a boxes file is submitted by: ``OUT.json``, ``OUT.job.json``."""
    return boxes.parent / f"{boxes.stem}.job.json"


def edits_path_for(boxes: Path) -> Path:
    """Where what was done by hand is: ``OUT.json`` and ``OUT.edits.json``."""
    return boxes.parent / f"{boxes.stem}.edits.json"
