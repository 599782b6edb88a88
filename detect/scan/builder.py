"""All that is kept of a clip when its pixels are gone, and how it is gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.detectors.base import Detections
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import Crops, Thumbs, cut_crop
from speaker_boxes.detect.scan.cuts import BLEND_RADIUS, FrameDiffMeter, Thumb, may_be_cut
from speaker_boxes.detect.scan.face_change import (
    Change,
    FaceAt,
    FaceChanges,
    join_changes,
    rows_of,
)
from speaker_boxes.detect.scan.hard_cuts import BLEND, LOOK_BACK, FrameDiffs, Row
from speaker_boxes.detect.scan.roi_tracker import HIGH_SCORE
from speaker_boxes.geometry import BoxArray, Scores

BORDER_FRAMES = 2 * BLEND_RADIUS
"""Small pictures that are kept on either side of a border between stretches: as far as a row of
``FrameDiffs`` looks."""


@dataclass(frozen=True, slots=True, eq=False)
class SegmentFaces:
    """What was seen in a stretch of a clip; frames and rows count from its own first."""

    n_faces: npt.NDArray[np.int64]
    """Shape (n_frames,): how many faces each frame shows."""
    box: BoxArray
    """Shape (n_rows, 4), by frame."""
    score: Scores
    frame_diffs: FrameDiffs
    crop_row: npt.NDArray[np.int64]
    jpeg: tuple[bytes, ...]
    thumb_frame: npt.NDArray[np.int64]
    """Shape (k,), rising: the first and last ``BORDER_FRAMES``, and where shots may begin."""
    thumb: npt.NDArray[np.uint8]
    """Shape (k, height, width)."""
    changed_before: npt.NDArray[np.int64]
    """The columns of ``FaceChanges``: shape (c,) each."""
    changed_after: npt.NDArray[np.int64]
    changed: npt.NDArray[np.float32]

    @property
    def n_frames(self) -> int:
        """Number of frames of the stretch."""
        return len(self.n_faces)


@dataclass(frozen=True, slots=True, eq=False)
class ChunkFaces:
    """What was seen in one chunk, and what lies beyond it."""

    segment: SegmentFaces
    next_thumb: Thumb | None
    """The frame after the last, as this chunk's decoder shows it."""
    n_resized: int


class FacesBuilder:
    """What is gathered while frames go by, in their order."""

    def __init__(self) -> None:
        self.frame_diffs: list[Row] = []
        self._found: list[Detections] = []
        self._n_rows = 0
        self._crops: list[tuple[int, bytes]] = []
        self._thumbs: dict[int, Thumb] = {}
        self._face_changes: list[Change] = []
        self._sides: dict[int, list[npt.NDArray[np.float32]]] = {}

    def add_changes(self, changes: Sequence[Change], lost: Sequence[FaceAt]) -> None:
        """Take where faces may have become others', before the frames themselves come."""
        self._face_changes.extend(changes)
        for face in (*lost, *(side for change in changes for side in change[:2])):
            if face.frame < len(self._found):
                continue  # the end of the last block, where all have crops, or before a loss
            self._sides.setdefault(face.frame, []).append(face.box)

    def add(self, found: Detections, picture: FrameImage, *, every: bool) -> None:
        """Take the faces of the next frame, and crops: of ``every`` strong face, or at changes."""
        wanted = (found.score >= HIGH_SCORE) & every
        for box in self._sides.pop(len(self._found), []):
            wanted |= (found.box == box).all(axis=1)
        for place in np.flatnonzero(wanted).tolist():
            self._crops.append((self._n_rows + place, cut_crop(picture, found.box[place])))
        self._found.append(found)
        self._n_rows += len(found)

    def add_thumb(self, frame: int, image: Thumb) -> None:
        """Keep the small picture of one frame."""
        self._thumbs[frame] = image

    def segment(self) -> SegmentFaces:
        """Everything as columns."""
        thumbs = sorted(self._thumbs.items())
        n_faces = np.array([len(found) for found in self._found], dtype=np.int64)
        box = np.concatenate([found.box for found in self._found])
        changed = rows_of(self._face_changes, box, np.concatenate([[0], np.cumsum(n_faces)]))
        return SegmentFaces(
            n_faces=n_faces,
            box=box,
            score=np.concatenate([found.score for found in self._found]),
            frame_diffs=np.array(self.frame_diffs, dtype=np.float32),
            crop_row=np.array([row for row, _ in self._crops], dtype=np.int64),
            jpeg=tuple(jpeg for _, jpeg in self._crops),
            thumb_frame=np.array([index for index, _ in thumbs], dtype=np.int64),
            thumb=np.array([image for _, image in thumbs], dtype=np.uint8),
            changed_before=changed.before,
            changed_after=changed.after,
            changed=changed.value,
        )


def concat_segments(
    segments: Sequence[SegmentFaces], video: VideoMetadata, detector: str
) -> ClipFaces:
    """Put the stretches of a clip together, in their order."""
    n_faces = np.concatenate([segment.n_faces for segment in segments])
    first_row = np.cumsum([0, *(len(segment.score) for segment in segments)])
    return ClipFaces(
        video=video,
        detector=detector,
        faces=Faces(
            np.repeat(np.arange(len(n_faces)), n_faces),
            np.concatenate([segment.box for segment in segments]),
            np.concatenate([segment.score for segment in segments]),
        ),
        frame_diffs=(frame_diffs := _join_changes(segments)),
        crops=Crops(
            np.concatenate(
                [
                    row + segment.crop_row
                    for row, segment in zip(first_row[:-1], segments, strict=True)
                ]
            ),
            tuple(jpeg for segment in segments for jpeg in segment.jpeg),
        ),
        thumbs=_join_thumbs(segments, frame_diffs),
        face_changes=join_changes(
            [FaceChanges(p.changed_before, p.changed_after, p.changed) for p in segments],
            [len(p.score) for p in segments],
            [(p.box[: p.n_faces[0]], p.box[len(p.box) - p.n_faces[-1] :]) for p in segments],
        ),
    )


def _join_changes(segments: Sequence[SegmentFaces]) -> FrameDiffs:
    """Rows near a border are measured again, with the pictures on both sides of it."""
    frame_diffs = np.concatenate([segment.frame_diffs for segment in segments])
    border = 0
    for before, after in pairwise(segments):
        border += before.n_frames
        meter = FrameDiffMeter()
        for thumb in (*before.thumb[-BORDER_FRAMES:], *after.thumb[:BORDER_FRAMES]):
            meter.measure(thumb)
        again = np.array(meter.rows, dtype=np.float32)
        # the blend looks ahead as well, all else three pictures back
        near = slice(border - BLEND_RADIUS, border + BLEND_RADIUS)
        frame_diffs[near, BLEND] = again[
            BORDER_FRAMES - BLEND_RADIUS : BORDER_FRAMES + BLEND_RADIUS, BLEND
        ]
        back = np.arange(frame_diffs.shape[1]) != BLEND
        frame_diffs[border : border + 3, back] = again[BORDER_FRAMES : BORDER_FRAMES + 3, back]
    return frame_diffs


def _join_thumbs(segments: Sequence[SegmentFaces], frame_diffs: FrameDiffs) -> Thumbs:
    """Those where a shot may begin or end; at the borders others were kept to measure with."""
    starts = np.cumsum([0, *(segment.n_frames for segment in segments)])
    frame = np.concatenate(
        [start + segment.thumb_frame for start, segment in zip(starts[:-1], segments, strict=True)]
    )
    wanted = [_ends_shot(frame_diffs, index) for index in frame.tolist()]
    return Thumbs(frame[wanted], np.concatenate([segment.thumb for segment in segments])[wanted])


def _ends_shot(frame_diffs: FrameDiffs, index: int) -> bool:
    """Whether a frame may be the first or the last one of a shot, or at the end of a dissolve."""
    last = len(frame_diffs) - 1
    blended = any(
        0 <= i <= last and frame_diffs[i, BLEND] > 0
        for i in (index - BLEND_RADIUS, index + BLEND_RADIUS)
    )
    return (
        index in (0, last)
        or blended
        or any(
            0 < i <= last and may_be_cut(frame_diffs[max(0, i - LOOK_BACK) : i + 1].tolist())
            for i in (index, index + 1)
        )
    )
