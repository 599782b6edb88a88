"""All that is kept of a clip when its pixels are gone."""

from __future__ import annotations

from dataclasses import dataclass, field

from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.scan.crops import Crops, Thumbs
from speaker_boxes.detect.scan.face_change import (
    FaceChanges,
    no_changes,
)
from speaker_boxes.detect.scan.hard_cuts import FrameDiffs


@dataclass(frozen=True, slots=True, eq=False)
class ClipFaces:
    """All that is known of a clip when its pixels are gone; later stages need no more."""

    video: VideoMetadata
    detector: str
    """Name of the detector that found the faces."""
    faces: Faces
    frame_diffs: FrameDiffs
    """Shape (n_frames, 12), for ``find_cuts``."""
    crops: Crops
    """Pictures of the strong faces, every few frames."""
    thumbs: Thumbs
    """Pictures of the frames at which a shot may begin or end."""
    face_changes: FaceChanges = field(default_factory=no_changes)
    """Where a face may have become somebody else's."""

    def __repr__(self) -> str:
        video, n_faces = self.video, len(self.faces)
        what = f"{video.n_frames} frames, {n_faces} faces by {self.detector}"
        return f"<ClipFaces of {video.file_name}: {what}>"
