"""How large a picture file is once decoded, from its first bytes: before memory is taken for it."""

from __future__ import annotations

import re
import struct

_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of JPEG (ITU-T T.81, table B.1) that begin a frame: height and width follow."""


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height by the header of a PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF or JPEG 2000.

    ``None`` if it is none of these, or breaks off.
    """
    try:
        return _size(data)
    except (struct.error, IndexError):
        return None


def _size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", data, 16)
    elif data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack_from("<HH", data, 6)
    elif data.startswith(b"BM"):
        width, height = struct.unpack_from("<ii", data, 18)
    elif data.startswith((b"II*\0", b"MM\0*")):
        return _tiff(data)
    elif data[4:8] == b"ftyp":
        return _avif(data)
    elif (at := data.find(b"\xff\x4f\xff\x51", 0, 4096)) >= 0:
        width, height = struct.unpack_from(">II", data, at + 8)
    else:
        return None
    return abs(width), abs(height)


def _avif(data: bytes) -> tuple[int, int] | None:
    """The largest of the file's pictures, by their ``ispe`` properties."""
    sizes = [
        (int.from_bytes(match[1]), int.from_bytes(match[2]))
        for match in re.finditer(rb"ispe\0\0\0\0(.{4})(.{4})", data, re.DOTALL)
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while True:
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker in (0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def _tiff(data: bytes) -> tuple[int, int] | None:
    """Tags 256 and 257 of the first directory, each of 2 or 4 bytes."""
    order = "<" if data.startswith(b"II") else ">"
    at = struct.unpack_from(order + "I", data, 4)[0]
    size = {}
    for i in range(struct.unpack_from(order + "H", data, at)[0]):
        tag, kind, _ = struct.unpack_from(order + "HHI", data, at + 2 + 12 * i)
        if tag in (256, 257):
            form = order + ("H" if kind == 3 else "I")
            size[tag] = struct.unpack_from(form, data, at + 10 + 12 * i)[0]
    return (size[256], size[257]) if len(size) == 2 else None
