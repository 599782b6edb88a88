"""Clips as detection leaves them, made from arrays: who is where in which frames.

A person is a level of grey: crops of that level, and an embedder that reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.metadata import Claims, StreamInfo, VideoMetadata
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import CROP_SIDE, Crops, Thumbs
from speaker_boxes.detect.scan.hard_cuts import (
    BRIGHTNESS,
    CONTRAST,
    DETAIL,
    N_COLUMNS,
    REST,
    STRUCTURE,
)
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector

RATE = 25
SIDE = 80
Y = 100


@dataclass(frozen=True)
class Seen:
    """One person at one place from a frame to another, both included."""

    level: int
    first: int
    last: int
    x: int


class Levels:
    """An embedder: the vectors of two people 60 levels of grey apart are at right angles."""

    def embed(self, crop: npt.NDArray[np.uint8]) -> FaceVector:
        """A vector."""
        return at_level(float(crop.mean()))


def describer() -> CachedDescriber:
    """What describes the crops of made-up clips."""
    return CachedDescriber(embedder=Levels())


def at_level(level: float) -> FaceVector:
    """The face of a person, seen clearly."""
    angle = level / 60 * np.pi / 2
    vector = np.zeros(LENGTH, np.float32)
    vector[:2] = 140 * np.cos(angle), 140 * np.sin(angle)
    return FaceVector(vector, 0.95)


def make_clip(seen: Sequence[Seen], n_frames: int, cuts: Sequence[int] = ()) -> ClipFaces:
    """A clip of 640x360 in which people are seen; every shot looks different."""
    rows = sorted((frame, i) for i, s in enumerate(seen) for frame in range(s.first, s.last + 1))
    box = [[seen[i].x, Y, seen[i].x + SIDE, Y + SIDE] for _, i in rows]
    pictured = [row for row, (frame, _) in enumerate(rows) if frame % 4 == 0]
    frame_diffs = np.zeros((n_frames, N_COLUMNS), dtype=np.float32)
    frame_diffs[:, CONTRAST], frame_diffs[:, REST] = 50, 1
    for cut in cuts:
        for s, b, reach in zip(STRUCTURE, BRIGHTNESS, (1, 2, 3), strict=True):
            frame_diffs[cut : cut + reach, s], frame_diffs[cut : cut + reach, b] = 1, 80
        frame_diffs[cut, DETAIL] = 1
    borders = [0, *cuts, n_frames]
    ends = sorted({frame for b in borders[:-1] for frame in (b, max(0, b - 1))} | {n_frames - 1})
    rng = np.random.default_rng(1)
    looks = rng.integers(0, 255, (len(borders), 36, 64), dtype=np.uint8)
    shot = np.searchsorted(cuts, ends, side="right")
    return ClipFaces(
        video=_facts(n_frames),
        detector="made",
        faces=Faces(
            np.array([frame for frame, _ in rows], dtype=np.int64),
            np.array(box, dtype=np.float32).reshape(-1, 4),
            np.full(len(rows), 0.9, dtype=np.float32),
        ),
        frame_diffs=frame_diffs,
        crops=Crops(
            np.array(pictured, dtype=np.int64),
            tuple(_jpeg(seen[rows[row][1]].level) for row in pictured),
        ),
        thumbs=Thumbs(np.array(ends, dtype=np.int64), looks[shot]),
    )


def _facts(n_frames: int) -> VideoMetadata:
    return VideoMetadata(
        source="made.mp4",
        sha256="0" * 64,
        width=640,
        height=360,
        pts_s=np.arange(n_frames) / RATE,
        frame_rate=Fraction(RATE),
        variable_rate=False,
        rotation=0,
        mirrored=False,
        pixel_aspect_ratio=Fraction(1),
        n_decode_errors=0,
        n_frames_lost=0,
        n_resized=0,
        claims=Claims(n_frames, Fraction(RATE), n_frames / RATE),
        streams=(StreamInfo(0, "video", "h264", attached_pic=False, chosen=True),),
    )


def _jpeg(level: int) -> bytes:
    image = np.full((CROP_SIDE, CROP_SIDE, 3), level, dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", image)[1])
