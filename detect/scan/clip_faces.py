"""All that is kept of a clip when its pixels are gone."""

from __future__ import annotations

from dataclasses import dataclass

from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.scan.crops import Crops, Thumbs
from speaker_boxes.detect.scan.cuts import FrameDiffs


@dataclass(frozen=True, slots=True, eq=False)
class ClipFaces:
    """All that is known of a clip when its pixels are gone; later stages need no more."""

    video: VideoMetadata
    detector: str
    """Name of the detector that found the faces."""
    faces: Faces
    frame_diffs: FrameDiffs
    """Shape (n_frames, 5), for ``find_cuts``."""
    crops: Crops
    """Pictures of the strong faces, every few frames."""
    thumbs: Thumbs
    """Pictures of the frames at which a shot may begin or end."""
