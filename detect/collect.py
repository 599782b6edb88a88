"""All that is kept of a clip when its pixels are gone, and how it is gathered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.crops import Crops, Thumbs, cut_crop
from speaker_boxes.detect.cuts import Changes
from speaker_boxes.detect.faces import Detections, Faces
from speaker_boxes.detect.facts import VideoFacts
from speaker_boxes.detect.follow import STRONG
from speaker_boxes.detect.picture import Picture


@dataclass(frozen=True, slots=True, eq=False)
class ClipFaces:
    """All that is known of a clip when its pixels are gone; later stages need no more."""

    video: VideoFacts
    detector: str
    """Name of the detector that found the faces."""
    faces: Faces
    changes: Changes
    """Shape (n_frames, 3), for ``find_cuts``."""
    crops: Crops
    """Pictures of the strong faces, every few frames."""
    thumbs: Thumbs
    """Pictures of the frames at which a shot may begin or end."""


class Collected:
    """What is gathered while frames go by, in their order."""

    def __init__(self) -> None:
        self.changes: list[tuple[float, float, float]] = []
        self._found: list[Detections] = []
        self._n_rows = 0
        self._crops: list[tuple[int, bytes]] = []
        self._thumbs: dict[int, npt.NDArray[np.uint8]] = {}

    def add(self, found: Detections, picture: Picture | None) -> None:
        """Take the faces of the next frame; with its picture, crops of the strong ones too."""
        if picture is not None:
            for place in np.flatnonzero(found.score >= STRONG).tolist():
                self._crops.append((self._n_rows + place, cut_crop(picture, found.box[place])))
        self._found.append(found)
        self._n_rows += len(found)

    def add_thumb(self, frame: int, image: npt.NDArray[np.uint8]) -> None:
        """Keep the small picture of one frame."""
        self._thumbs[frame] = image

    def clip_faces(self, video: VideoFacts, detector: str) -> ClipFaces:
        """Everything as columns."""
        frame = [np.full(len(found), i, np.int64) for i, found in enumerate(self._found)]
        thumbs = sorted(self._thumbs.items())
        return ClipFaces(
            video=video,
            detector=detector,
            faces=Faces(
                np.concatenate(frame),
                np.concatenate([found.box for found in self._found]),
                np.concatenate([found.score for found in self._found]),
            ),
            changes=np.array(self.changes, dtype=np.float32),
            crops=Crops(
                np.array([row for row, _ in self._crops], dtype=np.int64),
                tuple(jpeg for _, jpeg in self._crops),
            ),
            thumbs=Thumbs(
                np.array([index for index, _ in thumbs], dtype=np.int64),
                np.array([image for _, image in thumbs], dtype=np.uint8),
            ),
        )
