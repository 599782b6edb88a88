"""All that is kept of a clip when its pixels are gone, and how it is gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.crops import Crops, Thumbs, cut_crop
from speaker_boxes.detect.cuts import ChangeMeter, Changes, Thumb, may_be_cut
from speaker_boxes.detect.faces import Detections, Faces, Scores
from speaker_boxes.detect.facts import VideoFacts
from speaker_boxes.detect.follow import STRONG
from speaker_boxes.detect.picture import Picture
from speaker_boxes.geometry import BoxArray


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


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What was seen in a stretch of a clip; frames and rows count from its own first."""

    n_faces: npt.NDArray[np.int64]
    """Shape (n_frames,): how many faces each frame shows."""
    box: BoxArray
    """Shape (n_rows, 4), by frame."""
    score: Scores
    changes: Changes
    crop_row: npt.NDArray[np.int64]
    jpeg: tuple[bytes, ...]
    thumb_frame: npt.NDArray[np.int64]
    """Shape (k,), rising: the first two, the last two, and where a shot may begin or end."""
    thumb: npt.NDArray[np.uint8]
    """Shape (k, height, width)."""

    @property
    def n_frames(self) -> int:
        """Number of frames of the stretch."""
        return len(self.n_faces)


@dataclass(frozen=True, slots=True, eq=False)
class ChunkFaces:
    """What was seen in one chunk, and what lies beyond it."""

    part: Part
    beyond: Thumb | None
    """The frame after the last, as this chunk's decoder shows it."""
    n_resized: int


class Collected:
    """What is gathered while frames go by, in their order."""

    def __init__(self) -> None:
        self.changes: list[tuple[float, float, float]] = []
        self._found: list[Detections] = []
        self._n_rows = 0
        self._crops: list[tuple[int, bytes]] = []
        self._thumbs: dict[int, Thumb] = {}

    def add(self, found: Detections, picture: Picture | None) -> None:
        """Take the faces of the next frame; with its picture, crops of the strong ones too."""
        if picture is not None:
            for place in np.flatnonzero(found.score >= STRONG).tolist():
                self._crops.append((self._n_rows + place, cut_crop(picture, found.box[place])))
        self._found.append(found)
        self._n_rows += len(found)

    def add_thumb(self, frame: int, image: Thumb) -> None:
        """Keep the small picture of one frame."""
        self._thumbs[frame] = image

    def part(self) -> Part:
        """Everything as columns."""
        thumbs = sorted(self._thumbs.items())
        return Part(
            n_faces=np.array([len(found) for found in self._found], dtype=np.int64),
            box=np.concatenate([found.box for found in self._found]),
            score=np.concatenate([found.score for found in self._found]),
            changes=np.array(self.changes, dtype=np.float32),
            crop_row=np.array([row for row, _ in self._crops], dtype=np.int64),
            jpeg=tuple(jpeg for _, jpeg in self._crops),
            thumb_frame=np.array([index for index, _ in thumbs], dtype=np.int64),
            thumb=np.array([image for _, image in thumbs], dtype=np.uint8),
        )


def join(parts: Sequence[Part], video: VideoFacts, detector: str) -> ClipFaces:
    """Put the stretches of a clip together, in their order."""
    n_faces = np.concatenate([part.n_faces for part in parts])
    first_row = np.cumsum([0, *(len(part.score) for part in parts)])
    return ClipFaces(
        video=video,
        detector=detector,
        faces=Faces(
            np.repeat(np.arange(len(n_faces)), n_faces),
            np.concatenate([part.box for part in parts]),
            np.concatenate([part.score for part in parts]),
        ),
        changes=(changes := _join_changes(parts)),
        crops=Crops(
            np.concatenate(
                [row + part.crop_row for row, part in zip(first_row[:-1], parts, strict=True)]
            ),
            tuple(jpeg for part in parts for jpeg in part.jpeg),
        ),
        thumbs=_join_thumbs(parts, changes),
    )


def _join_changes(parts: Sequence[Part]) -> Changes:
    """The first two rows of a part look back over the border: they are measured again."""
    rows = [parts[0].changes]
    for before, part in pairwise(parts):
        meter = ChangeMeter(list(before.thumb[-2:]))
        n_known = min(2, part.n_frames)
        again = [meter.measure(thumb) for thumb in part.thumb[:n_known]]
        rows += [np.array(again, dtype=np.float32), part.changes[n_known:]]
    return np.concatenate(rows)


def _join_thumbs(parts: Sequence[Part], changes: Changes) -> Thumbs:
    """Those where a shot may begin or end; at the borders others were kept to measure with."""
    starts = np.cumsum([0, *(part.n_frames for part in parts)])
    frame = np.concatenate(
        [start + part.thumb_frame for start, part in zip(starts[:-1], parts, strict=True)]
    )
    image = np.concatenate([part.thumb for part in parts])
    last = len(changes) - 1
    wanted = [
        index in (0, last) or _may_be_cut(changes, index) or _may_be_cut(changes, index + 1)
        for index in frame.tolist()
    ]
    return Thumbs(frame[wanted], image[wanted])


def _may_be_cut(changes: Changes, index: int) -> bool:
    return 0 < index < len(changes) and may_be_cut(changes[max(0, index - 2) : index + 1].tolist())
