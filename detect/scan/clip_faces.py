"""All that is kept of a clip when its pixels are gone."""

from __future__ import annotations

from dataclasses import dataclass

from speaker_boxes.detect.decode.metadata import VideoFacts
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.scan.crops import Crops, Thumbs
from speaker_boxes.detect.scan.cuts import Changes


@dataclass(frozen=True, slots=True, eq=False)
class ClipFaces:
    """All that is known of a clip when its pixels are gone; later stages need no more."""

    video: VideoFacts
    detector: str
    """Name of the detector that found the faces."""
    faces: Faces
    changes: Changes
    """Shape (n_frames, 5), for ``find_cuts``."""
    crops: Crops
    """Pictures of the strong faces, every few frames."""
    thumbs: Thumbs
    """Pictures of the frames at which a shot may begin or end."""
