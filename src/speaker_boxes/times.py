"""Times as people write them: ``83.4``, ``1:23.4``, ``00:01:23,400``."""

from __future__ import annotations

import re

CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):([0-5]\d(?:[.,]\d{1,9})?)"
"""Hours if there are any, minutes, seconds; three groups."""


def parse_clock(text: str) -> float:
    """Seconds of ``1:23.4``, ``00:01:23,400`` or ``83.4``.

    >>> parse_clock("1:23.4"), parse_clock("00:01:23,400"), parse_clock("83.4")
    (83.4, 83.4, 83.4)

    Raises
    ------
    ValueError
        It is none of them.
    """
    match = re.fullmatch(CLOCK, text.strip())
    if match is not None:
        return clock_seconds(*match.groups())
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise ValueError(f"a time is 83.4, 1:23.4 or 00:01:23.400; got {text.strip()!r}") from None


def clock_seconds(hours: str | None, minutes: str, seconds: str) -> float:
    """What the three groups of ``CLOCK`` are together."""
    whole = 3600 * int(hours or 0) + 60 * int(minutes)
    return round(whole + float(seconds.replace(",", ".")), 9)
