"""How much two tracks look like one person, as log odds, and how far that can be trusted.

The vectors of small, dark, blurred or turned faces all come to point one way: those of different
people then reach a cosine of 0.6; clear faces of different people hardly pass 0.5. So each crop
has a quality, and what a cosine says depends on the quality of both sides.

All constants here are fitted by ``benchmarks/calibrate/identity.py`` on one half of 76 people
(15 clips and 10 photos; crops as they are, and spoilt in six ways) and reported on the other half.
What the formulas depend on was chosen with all of them in view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.geometry import check_shape
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector

CROPS_PER_TRACK = 6
"""Of a track, spread over its time. By cosine alone one crop found 0.40 of the same people at 1 %
false, two 0.45, three 0.52, six 0.56; the one of six with the best quality 0.55, the best four
0.59."""
_QUALITY = (-2.36, 1.93, 0.0121)
"""1, score of the points, length of the raw vector -> quality of a crop: by how much the cosine
to the person's other crops exceeds that to the most similar other person, over 0.4. Size,
sharpness, light, contrast and turn of the head add nothing to these two."""
_MIN_WEIGHT = 0.05
"""Of a crop without quality in the vector of a track: it counts only where there is no better."""
_ODDS = ((-1.8, 3.8), (-3.7, 13.7))
"""1, cosine -> log odds; and the same for the product of both qualities, to be added. Against the
five most similar others of each person, so that look-alikes are meant: clear faces are even at
a cosine of 0.31, unclear ones at 0.47."""
_SHARED_ODDS = ((-5.1, 7.5), (-5.2, 18.8))
"""The same where both sides are dark, small or blurred in one way, as the tracks of one clip mostly
are: then others look alike, too, and of what ``_ODDS`` says for two tracks only so much holds. It
says nothing against them: a head that turns away looks unlike itself."""
_NEIGHBOUR_ODDS = ((0.37, -3.0), (0.89, 3.0))
"""Cosine of two crops of frames that follow each other -> log odds that both are of one person, as
the picture changed at once. Neither light nor pose changes so fast: on the half to choose by, plain
and dark, one person's clear ones had 0.88 and more, two people's 0.35 and less but for one in
twenty, 0.45 at most (``benchmarks/calibrate/face_changes.py``)."""
_NEIGHBOUR_QUALITY = 0.25
"""Quality of both from which that holds: real heads that turn away and move fast had 0.44 (0.08 and
0.42) and 0.49 (0.05 and 0.11), clearer ones 0.75 and more."""
_CHANGE_ODDS = ((-5.9, 9.3), (-13.0, 33.0))
"""The same within a track, where pose and light are alike: one crop against three before it. Even
at 0.63 for unclear faces, at 0.45 for clear ones."""
PARTED_ODDS, PARTED_QUALITY = -2.0, 0.1
"""Log odds below which, and qualities from which, a track is two people. Of 244 steps along the
tracks of seven clips one was a change, and was found; two of a man who turned to profile were as
low, with a quality of 0."""
DECIDED_ODDS = 3.0
"""Log odds of clear faces from which, for or against, nothing else is asked: not where they are,
and not each of two crops by itself (a hand before a face is nobody else)."""
MAX_ODDS = 5.0
"""More than 76 people cannot prove: odds of 150 to 1, for a twin or a disguise."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackFaces:
    """What the faces of n tracks look like."""

    vector: npt.NDArray[np.float32]
    """Shape (n, LENGTH): of length 1, or zeros where no face was clear enough for a vector."""
    quality: npt.NDArray[np.float32]
    """Shape (n,), in [0, 1]: with 0 a cosine says next to nothing."""

    def __post_init__(self) -> None:
        check_shape(self.vector, (len(self.quality), LENGTH), "vector")

    def __len__(self) -> int:
        return len(self.quality)


def crop_quality(face: FaceVector) -> float:
    """How far the vector of one crop can be trusted, in [0, 1]."""
    if face.score == 0:
        return 0.0
    constant, score, length = _QUALITY
    value = constant + score * face.score + length * float(np.linalg.norm(face.vector))
    return float(np.clip(value, 0, 1))


def track_faces(tracks: Sequence[Sequence[FaceVector]]) -> TrackFaces:
    """Join the crops of each track, the better ones with more weight.

    Parameters
    ----------
    tracks
        Of n tracks, each with some crops or none.
    """
    seen = [[face for face in faces if face.score > 0] for faces in tracks]
    vector = np.zeros((len(tracks), LENGTH), np.float32)
    quality = np.zeros(len(tracks), np.float32)
    filled = np.array([i for i, faces in enumerate(seen) if faces], dtype=np.int64)
    if len(filled):
        faces = [face for some in seen for face in some]
        starts = np.cumsum([0, *(len(seen[i]) for i in filled.tolist()[:-1])])
        vector[filled], quality[filled] = _joined(faces, starts)
    return TrackFaces(vector, quality)


def _joined(
    faces: Sequence[FaceVector], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mean direction of each run of crops, and mean quality, both weighted by quality."""
    raw = np.array([face.vector for face in faces])
    length = np.linalg.norm(raw, axis=1)
    constant, by_score, by_length = _QUALITY
    score = np.array([face.score for face in faces])
    quality = np.clip(constant + by_score * score + by_length * length, 0, 1)
    weight = np.maximum(quality, _MIN_WEIGHT)
    total = np.add.reduceat(raw * (weight / length)[:, None], starts)
    total /= np.linalg.norm(total, axis=1, keepdims=True)
    mean = np.add.reduceat(quality * weight, starts) / np.add.reduceat(weight, starts)
    return total.astype(np.float32), mean.astype(np.float32)


def face_log_odds(a: TrackFaces, b: TrackFaces) -> npt.NDArray[np.float32]:
    """Log odds that two tracks are one person's, faces alone: of n with m -> (n, m).

    0 where one of them has no face to compare. In [-MAX_ODDS, MAX_ODDS].
    """
    log_odds = _log_odds(a, b, _ODDS)
    shared = _log_odds(a, b, _SHARED_ODDS)
    np.maximum(shared, 0, out=shared)
    np.minimum(log_odds, shared, out=log_odds, where=log_odds > 0)
    return log_odds


def unchanged_log_odds(before: TrackFaces, after: TrackFaces) -> npt.NDArray[np.float32]:
    """Log odds that both sides of a place within a track are one person: (n, m).

    ``before`` is best of three crops or more. Below ``PARTED_ODDS`` they are two people, if both
    have ``PARTED_QUALITY``; else, and up to 0, it cannot be told: a head that turns to profile
    looks like somebody else. 0 where one of them has no face to compare.
    """
    return _log_odds(before, after, _CHANGE_ODDS)


def neighbour_log_odds(before: FaceVector, after: FaceVector) -> float | None:
    """Log odds that faces of two frames that follow each other are one person's.

    ``None`` where one of them shows none that is clear.
    """
    if min(crop_quality(before), crop_quality(after)) < _NEIGHBOUR_QUALITY:
        return None
    a, b = (face.vector / np.linalg.norm(face.vector) for face in (before, after))
    return float(np.interp(a @ b, *np.array(_NEIGHBOUR_ODDS).T))


def _log_odds(
    a: TrackFaces, b: TrackFaces, constants: tuple[tuple[float, float], tuple[float, float]]
) -> npt.NDArray[np.float32]:
    (base, base_slope), (more, more_slope) = constants
    # products of matrices, in place: 6,000 tracks make 36 million pairs
    cosine = a.vector @ b.vector.T
    slope = np.multiply.outer(a.quality, b.quality)
    log_odds = slope * np.float32(more) + np.float32(base)
    slope *= np.float32(more_slope)
    slope += np.float32(base_slope)
    slope *= cosine
    log_odds += slope
    np.clip(log_odds, -MAX_ODDS, MAX_ODDS, out=log_odds)
    log_odds[~a.vector.any(axis=1)] = 0
    log_odds[:, ~b.vector.any(axis=1)] = 0
    return np.asarray(log_odds, dtype=np.float32)
