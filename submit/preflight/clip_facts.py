"""What has to be known of a clip before it is sent: from a report, or by decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.decode.video import probe
from speaker_boxes.progress import Progress, no_progress


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What was seen of a clip when all of it was decoded."""

    sha256: str | None
    """Digest of the file that was decoded; ``None`` if it is not known."""
    n_frames: int
    width: int
    height: int
    rate: Fraction | None
    variable_rate: bool = False
    rotation: int = 0
    mirrored: bool = False
    pixel_aspect_ratio: Fraction = Fraction(1)
    n_decode_errors: int = 0

    @property
    def duration_s(self) -> float | None:
        """Length of the picture; ``None`` for a single frame, whose rate nobody knows."""
        return float(self.n_frames / self.rate) if self.rate else None


def facts_of(video: VideoMetadata) -> ClipFacts:
    """The facts that decoding gave."""
    return ClipFacts(
        sha256=video.sha256,
        n_frames=video.n_frames,
        width=video.width,
        height=video.height,
        rate=video.rate,
        variable_rate=video.variable_rate,
        rotation=video.rotation,
        mirrored=video.mirrored,
        pixel_aspect_ratio=video.pixel_aspect_ratio,
        n_decode_errors=video.n_decode_errors,
    )


def measure_clip(source: str | Path, *, progress: Progress = no_progress) -> ClipFacts:
    """Decode a file or an address to its end, and tell what was seen.

    Raises
    ------
    VideoError
        It does not open or decode.
    """
    return facts_of(probe(source, progress=progress))
