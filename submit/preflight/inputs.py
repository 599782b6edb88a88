"""What preflight looks at."""

from __future__ import annotations

from dataclasses import dataclass

from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.submit.preflight.boxes_file import Rows
from speaker_boxes.submit.preflight.dialogue import Dialogue
from speaker_boxes.submit.schema.request import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightInput:
    """What is looked at; ``None`` is what could not be known, and is not complained about."""

    model: str
    sync_mode: str
    selection: Selection | None
    rows: Rows | None = None
    """The boxes, sent along or hosted."""
    clip: ClipFacts | None = None
    """Of the very file that is sent."""
    sound_s: float | None = None
    has_key: bool = True
    dialogue: Dialogue | None = None
    """The turns, if there are any; ``sound_s`` is ``None`` then."""
    is_image: bool = False
    """Whether the clip is a still picture."""
    script: str | None = None
    """All that is sent as text."""
    n_request_bytes: int | None = None
    """Bytes of the request, boxes and all."""
