"""Keep native libraries from talking on stderr; they know no logging level of ours."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class _Silence:
    """How many hold the process silent, and where its stderr is meanwhile."""

    lock = threading.Lock()
    n_holders = 0
    kept = -1


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send what C and C++ code writes to file descriptor 2 to nowhere.

    Python's own ``sys.stderr`` is flushed first, so that nothing of ours is lost. The whole
    process is silent meanwhile: hold it for as short a time as can be. Of several threads the
    first makes it silent and the last one ends that.
    """
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.flush()
    with _Silence.lock:
        if not _Silence.n_holders:
            try:
                _Silence.kept = os.dup(2)
            except OSError:  # no stderr at all, as in a windowed program
                _Silence.kept = -1
            else:
                _replace_stderr(os.open(os.devnull, os.O_WRONLY))
        _Silence.n_holders += 1
    try:
        yield
    finally:
        with _Silence.lock:
            _Silence.n_holders -= 1
            if not _Silence.n_holders and _Silence.kept >= 0:
                _replace_stderr(_Silence.kept)


def _replace_stderr(descriptor: int) -> None:
    """Let descriptor 2 be what another one is, which is closed."""
    os.dup2(descriptor, 2)
    os.close(descriptor)


def open_closed_streams() -> None:
    """Have stdin, stdout and stderr, to nowhere where who started us closed them.

    Else the next files that are opened get their numbers, and what C code says goes into them.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # the lowest number that is free: this one
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115, PTH123


def keep_stderr() -> None:
    """Keep stderr for Python alone, to the end of the program: for programs, not for libraries.

    MediaPipe may warn in any of its calls, as when memory that it is given is not aligned.
    """
    if sys.platform == "win32" or sys.stderr is None:  # colours there need descriptor 2 itself
        return
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all
        return
    sys.stderr.flush()
    sys.stderr = os.fdopen(
        kept, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace"
    )
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
