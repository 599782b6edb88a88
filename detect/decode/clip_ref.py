"""All that a worker needs to know to decode a clip."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from speaker_boxes.detect.decode.orientation import Orientation


@dataclass(frozen=True, slots=True)
class ClipRef:
    """Where a clip is, and how its pictures stand."""

    path: Path
    name: str
    """What messages call it."""
    stream_index: int
    """Which of the container's streams is decoded."""
    orientation: Orientation
    width: int
    """Of the upright picture."""
    height: int
    stored: tuple[int, int]
    """Width and height of the clip's pictures as they are stored, by its header."""
    time_base: Fraction
    """Seconds in a unit of the stream's timestamps."""
