"""A file by its content: the digest that a clip is known by, and the mark of what we made of it."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from pathlib import Path

from speaker_boxes.errors import VideoDecodeError, VideoOpenError

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_MARK = re.compile(
    rb"speaker-boxes made ([0-9a-f]{64}) of ([0-9a-f]{64})"
    rb"(?: -->\n|[\0-\xff]{4}" + re.escape(_PNG_END) + rb")?\Z"
)
"""Digest of all that stands before it in the file, and a hash of what the file was made of; then
what ends a page or a PNG, and nothing else."""
_TAIL = 200
"""Bytes of a file's end in which its mark begins."""

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


def marked_html(text: str, source: str) -> str:
    """Close a page with a comment that says what it was made of.

    Parameters
    ----------
    source
        What it was made of, as for the other marks: the clip's digest, or its address.
    """
    before = f"{text}<!-- "
    return f"{before}{_mark(hashlib.sha256(before.encode()), source).decode()} -->\n"


def marked_png(data: bytes, source: str) -> bytes:
    """Put a text chunk that says what it was made of before a PNG's end."""
    name = b"tEXtSoftware\0"
    length = len(name) - 4 + len(_mark(hashlib.sha256(), source))
    before = data.removesuffix(_PNG_END) + length.to_bytes(4, "big") + name
    mark = _mark(hashlib.sha256(before), source)
    return before + mark + zlib.crc32(name + mark).to_bytes(4, "big") + _PNG_END


def mark_mp4(path: Path, source: str) -> None:
    """Append a box that players pass over, and that says what the file was made of.

    Raises
    ------
    OSError
        It cannot be written.
    """
    with path.open("rb+") as file:
        digest = hashlib.file_digest(file, "sha256")
        size = 8 + len(_mark(digest, source))
        head = size.to_bytes(4, "big") + b"free"
        digest.update(head)
        file.write(head + _mark(digest, source))


def is_made_of(path: Path, source: str) -> bool:
    """Whether a file bears the mark of this source, and nobody changed it since."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            first = file.seek(max(0, size - _TAIL))
            found = _MARK.search(file.read(_TAIL))
            if found is None or found[2].decode() != _hashed(source):
                return False
            file.seek(0)
            digest, left = hashlib.sha256(), first + found.start()
            while left and (piece := file.read(min(left, 1 << 20))):
                digest.update(piece)
                left -= len(piece)
    except (OSError, ValueError):
        return False
    return digest.hexdigest() == found[1].decode()


def _mark(before: hashlib._Hash, source: str) -> bytes:
    return f"speaker-boxes made {before.hexdigest()} of {_hashed(source)}".encode()


def _hashed(source: str) -> str:
    """It may be any text: so none comes into a file as it is."""
    return hashlib.sha256(source.encode(errors="surrogateescape")).hexdigest()
