"""All that is kept of a clip when its pixels are gone, and how it is gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Picture
from speaker_boxes.detect.decode.metadata import VideoFacts
from speaker_boxes.detect.detectors.base import Detections
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import Crops, Thumbs, cut_crop
from speaker_boxes.detect.scan.cuts import REACH, ChangeMeter, Changes, Row, Thumb, may_be_cut
from speaker_boxes.detect.scan.roi_tracker import STRONG
from speaker_boxes.geometry import BoxArray, Scores

AROUND = 2 * REACH
"""Small pictures that are kept on either side of a border between stretches: as far as a row of
``Changes`` looks."""


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
    """Shape (k,), rising: the first and the last ``AROUND``, and where a shot may begin or end."""
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
        self.changes: list[Row] = []
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
    """Rows near a border are measured again, with the pictures on both sides of it."""
    changes = np.concatenate([part.changes for part in parts])
    border = 0
    for before, after in pairwise(parts):
        border += before.n_frames
        meter = ChangeMeter()
        for thumb in (*before.thumb[-AROUND:], *after.thumb[:AROUND]):
            meter.measure(thumb)
        again = np.array(meter.rows, dtype=np.float32)
        changes[border : border + 2, :3] = again[AROUND : AROUND + 2, :3]
        changes[border - REACH : border + REACH, 3] = again[AROUND - REACH : AROUND + REACH, 3]
    return changes


def _join_thumbs(parts: Sequence[Part], changes: Changes) -> Thumbs:
    """Those where a shot may begin or end; at the borders others were kept to measure with."""
    starts = np.cumsum([0, *(part.n_frames for part in parts)])
    frame = np.concatenate(
        [start + part.thumb_frame for start, part in zip(starts[:-1], parts, strict=True)]
    )
    wanted = [_ends_shot(changes, index) for index in frame.tolist()]
    return Thumbs(frame[wanted], np.concatenate([part.thumb for part in parts])[wanted])


def _ends_shot(changes: Changes, index: int) -> bool:
    """Whether a frame may be the first or the last one of a shot, or at the end of a dissolve."""
    last = len(changes) - 1
    blended = any(0 <= i <= last and changes[i, 3] > 0 for i in (index - REACH, index + REACH))
    return (
        index in (0, last)
        or blended
        or any(
            0 < i <= last and may_be_cut(changes[max(0, i - 2) : i + 1].tolist())
            for i in (index, index + 1)
        )
    )
