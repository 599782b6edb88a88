"""The mark in a file that was made of a clip: so it may be made again, and no other is replaced."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from pathlib import Path

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_MARK = re.compile(
    rb"speaker-boxes made ([0-9a-f]{64}) of ([0-9a-f]{64})"
    rb"(?: -->\n|[\0-\xff]{4}" + re.escape(_PNG_END) + rb")?\Z"
)
"""Digest of all that stands before it in the file, and a hash of what the file was made of; then
what ends a page or a PNG, and nothing else."""
_TAIL = 200
"""Bytes of a file's end in which its mark begins."""


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
