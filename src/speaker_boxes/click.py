"""A point on the speaker's face: how a user says who is meant; and times as people write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the errors hold clicks, and the front door is to be light
    import numpy as np
    import numpy.typing as npt

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


_POINT = r"(?P<x>\d+(?:\.\d+)?),(?P<y>\d+(?:\.\d+)?)"
_PATTERN = re.compile(rf"(?:(?P<frame>\d+)|(?P<s>\d+(?:\.\d+)?)s|(?P<clock>{CLOCK})):{_POINT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A point on the speaker's face, as the API's ``frame_number`` and ``coordinates``."""

    x: float
    """Pixels from the left of the upright frame."""
    y: float
    """Pixels from the top."""
    frame: int | None = None
    """Index of the decoded frame, from 0."""
    time_s: float | None = None
    """Instead of ``frame``: seconds by the clip's own timestamps; the nearest frame is taken."""

    def __post_init__(self) -> None:
        if (self.frame is None) == (self.time_s is None):
            raise ValueError("a click needs either frame or time_s")
        if self.frame is not None and self.frame < 0:
            raise ValueError(f"frame counts from 0, got {self.frame}")
        if not (math.isfinite(self.x) and math.isfinite(self.y)):
            raise ValueError(f"x and y must be finite, got {self.x}, {self.y}")

    def frame_of(self, pts_s: npt.NDArray[np.float64]) -> int:
        """Index of the frame that is meant."""
        if self.frame is not None:
            return self.frame
        assert self.time_s is not None
        return int(abs(pts_s - self.time_s).argmin())

    def __str__(self) -> str:
        when = f"{self.frame}" if self.frame is not None else f"{self.time_s:g}s"
        return f"{when}:{self.x:g},{self.y:g}"


def parse_click(text: str) -> Click:
    """Read ``FRAME:X,Y``, ``SECONDSs:X,Y`` or ``MINUTES:SECONDS:X,Y``.

    Raises
    ------
    ValueError
        It is none of them.

    Examples
    --------
    >>> parse_click("240:640,360")
    Click(x=640.0, y=360.0, frame=240, time_s=None)
    >>> str(parse_click("9.6s:640,360"))
    '9.6s:640,360'
    >>> parse_click("1:23.4:640,360").time_s
    83.4
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            "a click is FRAME:X,Y or a time and a point, as 240:640,360, 9.6s:640,360 or "
            f"1:23.4:640,360; got {text[:80]!r}"
        )
    x, y = float(match["x"]), float(match["y"])
    if match["frame"]:
        return Click(x=x, y=y, frame=int(match["frame"]))
    time_s = float(match["s"]) if match["s"] else parse_clock(match["clock"])
    return Click(x=x, y=y, time_s=time_s)
