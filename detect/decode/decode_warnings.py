"""What a user should know of a clip that decoded otherwise than it seems: each said once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fractions import Fraction

from speaker_boxes.detect.decode.metadata import VideoMetadata

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class DecodeStats:
    """What went wrong while decoding."""

    n_errors: int = 0
    """Packets that did not decode."""
    n_lost: int = 0
    """Frames that came out after the first error."""
    n_pending: int = 0
    """Packets that gave neither a frame nor an error."""


def warn_of(facts: VideoMetadata) -> None:
    """Say what is odd about a clip that was decoded by another process."""
    warn(
        facts.source, facts.n_frames, facts.claims.n_frames,
        DecodeStats(facts.n_decode_errors, facts.n_frames_lost),
        facts.n_resized, (facts.width, facts.height), facts.pixel_aspect_ratio,
    )  # fmt: skip


def warn(
    source: str,
    seen: int,
    claimed: int | None,
    stats: DecodeStats,
    n_resized: int,
    size: tuple[int, int],
    pixel_aspect_ratio: Fraction,
) -> None:
    """Say it, each thing on a line of its own."""
    if stats.n_errors:
        logger.warning(
            "%s: decoding broke after %d frames (%d packets failed, %d later frames are "
            "left out); the header claims %s",
            source, seen, stats.n_errors, stats.n_lost,
            claimed or "no number",
        )  # fmt: skip
    elif claimed is not None and claimed != seen:
        logger.warning("%s: %d frames decode, the header claims %d", source, seen, claimed)
    if n_resized:
        logger.warning(
            "%s: %d frames have another size than the first; boxes are in the first's "
            "pixels, %dx%d", source, n_resized, *size,
        )  # fmt: skip
    if pixel_aspect_ratio != 1:
        logger.warning(
            "%s: its pixels are not square (%d:%d); boxes are in them, as the API's are",
            source, *pixel_aspect_ratio.as_integer_ratio(),
        )  # fmt: skip
