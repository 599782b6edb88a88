"""Damage to good input: bytes flipped, cut, doubled; values put where others are expected."""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

N_TOTAL = int(os.environ.get("SPEAKER_BOXES_FUZZ", "0"))
"""Inputs of all surfaces together that are asked for; 0 for a few of each."""
MAX_S, MAX_BYTES = 10, 2 << 30
"""For one input."""
_N_SURFACES = 18
"""The readers of ``test_readers.py``, clips, their sound and pictures, and the cache."""


def n_inputs(few: int) -> int:
    """How many inputs one surface gets."""
    return -(-N_TOTAL // _N_SURFACES) if N_TOTAL else few


_ODD = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\\u0000", b"\\ud800", b"NaN", b"1e999",
    b"-1", b"99999999999999999999", b"null", b"true", b'""', b"[]", b"{}", b"[" * 5000,
    b'{"a":' * 3000, b"\n", b"\r", b",", b'"', b"<html>", b"/../", b"9" * 5000,
)  # fmt: skip


def peak_bytes() -> int:
    """The most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


@contextmanager
def bounded() -> Iterator[None]:
    """Fail where reading one input takes too long or too much memory."""
    before = peak_bytes()

    def give_up(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"it takes more than {MAX_S} s")

    was = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(MAX_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, was)
    assert peak_bytes() < max(before + 1, MAX_BYTES)


def damaged(goods: list[bytes], *, seed: str, n: int) -> Iterator[bytes]:
    """Good input with one to four injuries, always the same ones for a seed."""
    chance = random.Random(seed)
    for _ in range(n):
        data = chance.choice(goods)
        for _ in range(chance.randint(1, 4)):
            data = _injure(data, chance)
        yield data


def _injure(data: bytes, chance: random.Random) -> bytes:
    first, last = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    kind = chance.randrange(6)
    if kind == 0:
        return data[:first]
    if kind == 1:
        return data[:first] + data[last:]
    if kind == 2:
        return data[:last] + data[first:]
    if kind == 3 and data:
        place = chance.randrange(len(data))
        return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]
    if kind == 4:  # a whole value of JSON, between two of its marks
        marks = [i for i, byte in enumerate(data) if byte in b",:[]{}"]
        if len(marks) > 1:
            at = chance.randrange(len(marks) - 1)
            return data[: marks[at] + 1] + chance.choice(_ODD) + data[marks[at + 1] :]
    return data[:first] + chance.choice(_ODD) + data[first:]
