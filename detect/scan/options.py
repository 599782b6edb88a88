"""How thoroughly faces are looked for."""

from __future__ import annotations

from dataclasses import dataclass

from speaker_boxes.detect.scan.builder import BORDER_FRAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """How thoroughly faces are looked for."""

    block: int = 16
    """Frames from one search to the next, and how many are kept in memory at most."""
    max_block_s: float = 0.8
    """Seconds of a block, at most: below 20 frames a second it has fewer frames, at one a second
    each is searched, since a head is elsewhere by the next. Chosen, so that 24 and more stay."""
    max_block_bytes: int = 128 << 20
    """What the frames of a block may take: 10 frames of 4K, two of 8K."""
    min_chunk: int = 120
    """Fewest frames of a chunk, at whose start everything is searched anew; 16 at least."""
    max_missed_s: float = 0.5
    """Seconds for which a lost face is still looked for where it was."""
    min_find_score: float = 0.5
    """Score from which a found face is looked at again (MediaPipe's own default)."""

    def __post_init__(self) -> None:
        if self.min_chunk < BORDER_FRAMES:
            raise ValueError(f"min_chunk must be at least {BORDER_FRAMES}, got {self.min_chunk}")
