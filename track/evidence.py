"""What speaks for and against two tracks being one person, as log odds.

Each kind of evidence gives a number for each two tracks: above 0 for, below 0 against, and the
sum is weighed as one. Two tracks in one frame are two people, whatever else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.collect import ClipFaces
from speaker_boxes.geometry import BoxArray, pairwise_iou
from speaker_boxes.track.appearance import N_BINS, colour_distance, describe_colours
from speaker_boxes.track.embedding import FaceEmbedder
from speaker_boxes.track.link import TrackIds
from speaker_boxes.track.setups import setup_similarity

Matrix = npt.NDArray[np.float64]
"""Shape (n_tracks, n_tracks), symmetric."""

CROPS_PER_TRACK = 3
"""Clearest pictures of each track that are compared; one embedding takes 64 ms."""
_FACE_ODDS = ((0.25, 4.0), (0.35, 2.5), (0.45, 0.8), (0.5, 0.0), (0.6, -1.5), (0.7, -3.0))
"""Distance of embeddings -> log odds. On a scene of 40 shots distances within a person had a
median of 0.40 and a 90th percentile of 0.63, between people a 5th percentile of 0.42 and a
median of 0.58."""
_COLOUR_ODDS = ((0.1, 1.5), (0.2, 1.0), (0.3, 0.0), (0.45, -1.0), (0.6, -1.5))
"""Mean distance of colours of head and clothing -> log odds; chosen on fourteen clips, where
one person in one light had up to 0.25, two people 0.15 to 0.9."""
_SETUP_ODDS = 5.0
_MIN_SETUP = 0.6
"""Likeness of texture from which two shots are one set-up."""
_SAME_PLACE_IOU = 0.3
_RETURN_ODDS = 2.0
"""For a face that comes back within a shot where one was lost. Chosen: less than it takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All pairs of tracks of one clip."""

    odds: Matrix
    """Log odds that two tracks are one person; 0 on the diagonal and where nothing is known."""
    apart: npt.NDArray[np.bool_]
    """Whether two tracks share a frame, and so are two people."""


def weigh(
    clip: ClipFaces,
    track: TrackIds,
    cuts: npt.NDArray[np.int64],
    embedder: FaceEmbedder | None,
) -> Evidence:
    """Compare each two tracks of a clip.

    Parameters
    ----------
    track : (n_faces,)
        From ``link``.
    cuts : (n_cuts,)
        First frame of each shot but the first.
    embedder
        ``None`` to do without face embeddings.
    """
    n = int(track.max(initial=-1)) + 1
    apart = share_a_frame(clip, track, n)
    crops = _clearest_crops(clip, track, n)
    odds = _colour_odds(clip, crops, apart)
    odds += _place_odds(clip, track, cuts, n)
    if embedder is not None:
        odds += _face_odds(clip, crops, embedder)
    np.fill_diagonal(odds, 0)
    return Evidence(odds, apart)


def share_a_frame(clip: ClipFaces, track: TrackIds, n: int) -> npt.NDArray[np.bool_]:
    """Which tracks are seen in one frame: (n, n)."""
    seen = np.zeros((n, clip.video.n_frames), dtype=np.float32)
    mine = track >= 0
    seen[track[mine], clip.faces.frame[mine]] = 1
    together = seen @ seen.T > 0
    np.fill_diagonal(together, False)
    return np.asarray(together)


def _clearest_crops(clip: ClipFaces, track: TrackIds, n: int) -> list[list[int]]:
    """For each track a few of its crops: those of the highest score, spread over time."""
    owner = track[clip.crops.row]
    score = clip.faces.score[clip.crops.row]
    chosen = []
    for id_ in range(n):
        mine = np.flatnonzero(owner == id_)
        parts = np.array_split(mine, CROPS_PER_TRACK)
        chosen.append([int(part[np.argmax(score[part])]) for part in parts if len(part)])
    return chosen


def _colour_odds(clip: ClipFaces, crops: list[list[int]], apart: npt.NDArray[np.bool_]) -> Matrix:
    """From the colours of head and clothing.

    Where two people in one frame are dressed alike, that likeness proves nothing in this clip.
    """
    n = len(crops)
    known = np.array([bool(mine) for mine in crops], dtype=bool)
    mean = np.zeros((n, 2, N_BINS), dtype=np.float32)
    for i in np.flatnonzero(known).tolist():
        each = np.stack([describe_colours(clip.crops.image(k)) for k in crops[i]])
        mean[i] = each.mean(axis=0)
        mean[i] /= np.linalg.norm(mean[i], axis=1, keepdims=True)
    distance = colour_distance(mean, mean).mean(axis=2)
    odds = np.interp(distance, *np.array(_COLOUR_ODDS).T)
    different = distance[apart & known[:, None] & known]
    if len(different):
        odds[(distance > different.min() - 0.05) & (odds > 0)] = 0
    odds[~(known[:, None] & known)] = 0
    return np.asarray(odds)


def _face_odds(clip: ClipFaces, crops: list[list[int]], embedder: FaceEmbedder) -> Matrix:
    """From face embeddings: the mean of a track against the mean of another."""
    n = len(crops)
    mean = np.zeros((n, 128))
    trust = np.zeros(n)
    for i, mine in enumerate(crops):
        if mine:
            mean[i] = np.mean([embedder.embed(clip.crops.image(k)) for k in mine], axis=0)
            trust[i] = _trust(clip, mine)
    # (n, 1, d) with (1, n, d) -> (n, n)
    distance = np.linalg.norm(mean[:, None] - mean[None], axis=2)
    odds = np.interp(distance, *np.array(_FACE_ODDS).T)
    return np.asarray(odds * trust[:, None] * trust)


def _trust(clip: ClipFaces, crops: list[int]) -> float:
    """How far an embedding of these faces says anything: little for small or unclear ones."""
    rows = clip.crops.row[crops]
    box = clip.faces.box[rows]
    size = float(np.sqrt((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])).mean())
    score = float(clip.faces.score[rows].mean())
    return float(np.interp(size, [20, 60], [0.3, 1]) * np.interp(score, [0.5, 0.85], [0.3, 1]))


def _place_odds(clip: ClipFaces, track: TrackIds, cuts: npt.NDArray[np.int64], n: int) -> Matrix:
    """From set-ups that come back, and from faces that come back within a shot."""
    first, last, usual = _places(clip, track, n)
    start = np.array([clip.faces.frame[track == i].min() for i in range(n)], dtype=np.int64)
    shot = np.searchsorted(cuts, start, side="right")
    alike = setup_similarity(clip.thumbs, cuts, clip.video.n_frames)
    same_setup = alike[shot[:, None], shot] >= _MIN_SETUP
    same_shot = shot[:, None] == shot
    at_one_place = np.maximum.reduce(
        [pairwise_iou(usual, usual), pairwise_iou(last, first), pairwise_iou(first, last)]
    )
    same_place = at_one_place >= _SAME_PLACE_IOU
    odds = np.where(same_setup & same_place & ~same_shot, _SETUP_ODDS, 0.0)
    returned = np.maximum(pairwise_iou(last, first), pairwise_iou(first, last).T)
    before = start[:, None] < start
    back = np.where(before, returned, returned.T) >= _SAME_PLACE_IOU
    return np.asarray(odds + np.where(same_shot & back, _RETURN_ODDS, 0.0))


def _places(clip: ClipFaces, track: TrackIds, n: int) -> tuple[BoxArray, BoxArray, BoxArray]:
    """First, last and median box of each track: (n, 4) each."""
    boxes = [clip.faces.box[track == i] for i in range(n)]
    empty = np.empty((0, 4), np.float32)
    first = np.array([box[0] for box in boxes], np.float32) if n else empty
    last = np.array([box[-1] for box in boxes], np.float32) if n else empty
    usual = np.array([np.median(box, axis=0) for box in boxes], np.float32) if n else empty
    return first, last, usual
