"""What has to be known of a clip before it is sent, by decoding it where no report tells it."""

from __future__ import annotations

from pathlib import Path

from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.detect.decode.video import probe
from speaker_boxes.progress import Progress, no_progress


def measure_clip(source: str | Path, *, progress: Progress = no_progress) -> ClipFacts:
    """Decode a file or an address to its end, and tell what was seen.

    Raises
    ------
    VideoError
        It does not open or decode.
    """
    return probe(source, progress=progress).facts()
