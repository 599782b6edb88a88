"""How large a picture is, before memory is taken for it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from speaker_boxes import PictureError
from speaker_boxes.detect.scan.picture_size import picture_size
from speaker_boxes.detect.scan.reference_face import read_picture


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif", ".avif"])
def test_the_header_says_it(ending: str) -> None:
    """Width and height, in that order, as OpenCV writes them."""
    fine, data = cv2.imencode(ending, np.full((30, 50, 3), 90, np.uint8))

    assert fine
    assert picture_size(np.asarray(data).tobytes()) == (50, 30)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif", ".avif"])
def test_damage_is_no_error(ending: str) -> None:
    """A picture cut off anywhere, or with a byte changed, has a size or none."""
    data = np.asarray(cv2.imencode(ending, np.full((30, 50, 3), 90, np.uint8))[1]).tobytes()
    rng = np.random.default_rng(0)

    for end in range(min(len(data), 400)):
        picture_size(data[:end])
    for _ in range(300):
        damaged = bytearray(data)
        damaged[rng.integers(len(data))] = rng.integers(256)
        picture_size(bytes(damaged))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_what_is_too_large_is_one_line(tmp_path: Path) -> None:
    """A PNG of 900 million pixels is a few MB, and 5 GB when it is decoded."""
    path = tmp_path / "large.png"
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    )

    with pytest.raises(PictureError, match="30000x30000 is too large"):
        read_picture(path)
