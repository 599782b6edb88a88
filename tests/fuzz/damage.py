"""Damage to good input: bytes flipped, cut, doubled; values put where others are expected."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

N_INPUTS = 2500 if os.environ.get("SPEAKER_BOXES_FUZZ") else 120
"""For each reader; 20,000 and more of all together with the variable set."""
_ODD = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\\u0000", b"\\ud800", b"NaN", b"1e999",
    b"-1", b"99999999999999999999", b"null", b"true", b'""', b"[]", b"{}", b"[" * 5000,
    b'{"a":' * 3000, b"\n", b"\r", b",", b'"', b"<html>", b"/../", b"9" * 5000,
)  # fmt: skip


def damaged(goods: list[bytes], *, seed: str, n: int = N_INPUTS) -> Iterator[bytes]:
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
