"""Where a clip is: a path, or an http(s) address from which it is fetched (``fetch.http``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from speaker_boxes.errors import VideoOpenError
from speaker_boxes.file_digest import FileState, check_unchanged, file_state
from speaker_boxes.progress import Progress, no_progress

TIMEOUT_S = 30.0
"""Seconds without an answer after which a server is given up; chosen, not measured."""
MAX_BYTES = 4 << 30
"""What a clip that is fetched or piped in may be at most: an hour at 9 Mbit/s, and no disk is
filled; chosen."""


@dataclass(frozen=True, slots=True)
class Download:
    """A clip that is here; if it was fetched, it is gone when its context ends."""

    path: Path
    sha256: str | None = None
    """Digest if it was fetched: it is known without reading the file again."""
    state: FileState | None = None
    """What the file was before anything was read of it."""

    def check_unchanged(self, name: str) -> None:
        """Raise ``VideoDecodeError`` if the file, called ``name``, is another one by now."""
        check_unchanged(self.path, name, self.state)


_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_called: dict[str, str] = {}


@contextmanager
def called(path: Path, name: str) -> Iterator[None]:
    """Let a passing file, as one with what came through a pipe, go by a name in messages."""
    _called[str(path)] = name
    try:
        yield
    finally:
        del _called[str(path)]


def plain_source(source: str | Path) -> str:
    """A path or an http(s) address; the path that a ``file://`` address means.

    Raises
    ------
    VideoOpenError
        It is another kind of address.
    """
    text = str(source)
    match = _ADDRESS.match(text)
    if match is None or is_url(text):
        return text
    scheme = match[1].lower()
    if scheme != "file":
        raise VideoOpenError(
            f"cannot open {scheme}:// addresses, only files and http(s); download it first"
        )
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost"):
        raise VideoOpenError(
            f"cannot open {text}: a file of another machine, {parts.netloc}; for one of "
            "this machine write file:/// and its whole path, or the path alone"
        )
    from urllib.request import url2pathname  # brings all of HTTP with it

    return url2pathname(parts.path)


def is_url(source: str | Path) -> bool:
    """Tell whether ``source`` is an http(s) address rather than a path."""
    return str(source).lower().startswith(("http://", "https://"))


def redacted_url(source: str | Path) -> str:
    """Spell a source for people: an address without password and query, which may be secrets.

    Raises
    ------
    VideoOpenError
        It looks like an address and is none.
    """
    if not is_url(source):
        return _called.get(str(source), str(source))
    try:
        parts = urlsplit(str(source))
    except ValueError as error:
        raise VideoOpenError(f"cannot open the address of the clip: {error}") from error
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@contextmanager
def local_copy(
    source: str | Path, *, timeout_s: float = TIMEOUT_S, progress: Progress = no_progress
) -> Iterator[Download]:
    """Have a clip here: a path as it is, an address by fetching it."""
    source = plain_source(source)
    if is_url(source):
        from speaker_boxes.fetch.http import download  # most clips are files

        with download(str(source), timeout_s=timeout_s, progress=progress) as clip:
            yield clip
    else:
        path = Path(source)
        yield Download(path, state=file_state(path))
