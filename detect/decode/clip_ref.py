"""All that a worker needs to know to decode a clip."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from speaker_boxes.detect.decode.orientation import Orientation


@dataclass(frozen=True, slots=True)
class ClipRef:
    """Where a clip is, and how its pictures stand; all that a worker needs to decode it."""

    path: Path
    name: str
    """What messages call it."""
    stream: int
    orientation: Orientation
    width: int
    """Of the upright picture."""
    height: int
    stored: tuple[int, int]
    """Width and height of the first frame as it is stored."""
    time_base: Fraction
