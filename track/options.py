"""What can be set in tracking, with defaults and where they come from."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackOptions:
    """How faces are linked, and how one track becomes a box a frame."""

    strong_score: float = 0.5
    """Score from which a face may begin a track; weaker ones only prolong one, as in ByteTrack
    (Zhang et al. 2022, arXiv:2110.06864). MediaPipe's own default."""
    min_iou: float = 0.3
    """Overlap in [0, 1] below which two boxes are not the same face.
    SORT's default (Bewley et al. 2016, arXiv:1602.00763)."""
    max_weak_s: float = 0.1
    """Seconds for which weak faces alone prolong a track at either end. Between strong faces they
    may go on: a turned head; at an end they drift off to where no face is."""
    max_lost_s: float = 1.0
    """Seconds a face may go unseen and keep its track."""
    min_frames: int = 3
    """Frames in which a face must be found to count: false alarms last one or two."""
    min_mean_score: float = 0.55
    """Mean score below which a track is no face: hands, prints and letters that pass for one now
    and then had 0.38 to 0.52 on fourteen clips, faces 0.66 and more, blurred ones too."""
    max_gap_s: float = 0.5
    """Seconds a face may go unseen and still get a box; longer gaps stay null."""
    smoothing: float = 2.0
    """Strength of smoothing of the centre at 25 frames a second; 0 is none. Movement of 1.5 Hz,
    a fast nod, keeps 96 % of its amplitude."""
    size_smoothing: float = 60.0
    """The same for the size, which changes more slowly."""

    def __post_init__(self) -> None:
        for name in ("strong_score", "min_iou", "min_mean_score"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in (0, 1], got {getattr(self, name)}")
        for name in ("max_weak_s", "max_lost_s", "max_gap_s", "smoothing", "size_smoothing"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:  # the report is JSON, which knows no infinity
                raise ValueError(f"{name} must be finite and not negative, got {value}")
        if self.min_frames < 1:
            raise ValueError(f"min_frames must be at least 1, got {self.min_frames}")
