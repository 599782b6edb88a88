"""What speaks for and against two tracks being one person, as log odds.

Each kind of evidence gives a number for each two tracks: above 0 for, below 0 against, and the
sum is weighed as one. Two tracks in one frame are two people, whatever else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.geometry import BoxArray, pairwise_iou
from speaker_boxes.track.identity.appearance import N_BINS, colour_distance, describe_colours
from speaker_boxes.track.identity.embedding import LENGTH, FaceEmbedder
from speaker_boxes.track.identity.setups import shot_ends
from speaker_boxes.track.tracklets.tracks import Tracks

Matrix = npt.NDArray[np.float64]
"""Shape (n_tracks, n_tracks), symmetric."""

CROPS_PER_TRACK = 3
"""Clearest pictures of each track that are compared; one embedding takes 64 ms."""
_FACE_ODDS = ((0.25, 4.0), (0.35, 2.5), (0.45, 0.8), (0.5, 0.0), (0.6, -1.5), (0.7, -3.0))
"""Distance of embeddings -> log odds, chosen. On an edited scene that is not ours to share
distances within a person had a median of 0.40 and a 90th percentile of 0.63, between people a
5th percentile of 0.42 and a median of 0.58."""
_COLOUR_ODDS = ((0.1, 1.5), (0.2, 1.0), (0.3, 0.0), (0.45, -1.0), (0.6, -1.5))
"""Mean distance of colours of head and clothing -> log odds; chosen on fourteen clips, where
one person in one light had up to 0.25, two people 0.15 to 0.9."""
_SETUP_ODDS = ((0.2, 5.0), (0.3, 0.0))
"""Distance of colours -> log odds, for a face at the same place of a set-up that comes back. On
composed clips one person had up to 0.17 there, two people 0.33 and more."""
_RETURN_ODDS = ((0.1, 3.0), (0.2, 1.0), (0.3, 0.0))
"""The same for a face that comes back within a shot where one was lost: one person 0.04, two
people who take one seat after the other 0.66."""
_DISCRIMINATIVE = 0.05
"""By how much two tracks must be more alike than any two people who are seen together."""
_MIN_SETUP = 0.6
"""Likeness of texture from which two shots are one set-up."""
_MIN_PLACE = 0.4
"""The same of the place around the face alone, where the face itself moves."""
_SAME_PLACE_IOU = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class TrackFaces:
    """What the faces of the n tracks of a clip look like."""

    vector: npt.NDArray[np.float64]
    """Shape (n, LENGTH): mean embedding of the clearest pictures of each track."""
    quality: npt.NDArray[np.float64]
    """Shape (n,), in [0, 1]: how far that says anything; 0 where there is no picture."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackAffinity:
    """All pairs of tracks of one clip."""

    log_odds: Matrix
    """Log odds that two tracks are one person; 0 on the diagonal and where nothing is known."""
    cannot_link: npt.NDArray[np.bool_]
    """Whether two tracks share a frame, and so are two people."""
    faces: TrackFaces | None = None
    """``None`` if no faces were compared."""


def compare_tracks(clip: ClipFaces, tracks: Tracks, embedder: FaceEmbedder | None) -> TrackAffinity:
    """Compare each two tracks of a clip.

    Parameters
    ----------
    tracks
        From ``link``.
    embedder
        ``None`` to do without face embeddings.
    """
    cannot_link = cooccurring(tracks)
    crops = _clearest_crops(clip, tracks)
    seen, faces = _describe(clip, crops, embedder)
    colours = _compare_colours(seen, cannot_link)
    log_odds = _colour_log_odds(colours) + _place_log_odds(clip, tracks, colours)
    if faces is not None:
        log_odds += face_log_odds(faces, faces)
    np.fill_diagonal(log_odds, 0)
    return TrackAffinity(log_odds, cannot_link, faces)


def cooccurring(tracks: Tracks) -> npt.NDArray[np.bool_]:
    """Which tracks are seen in one frame: (n_tracks, n_tracks)."""
    mine = tracks.ids >= 0
    owner, frame = tracks.ids[mine], tracks.faces.frame[mine]
    shared = np.zeros((len(tracks), len(tracks)), dtype=bool)
    step = 1
    # rows of one frame follow each other: compare each with the next, the one after that, ...
    while (same := frame[step:] == frame[:-step]).any():
        a, b = owner[step:][same], owner[:-step][same]
        shared[a, b] = shared[b, a] = True
        step += 1
    np.fill_diagonal(shared, False)
    return shared


def _clearest_crops(clip: ClipFaces, tracks: Tracks) -> list[list[int]]:
    """For each track a few of its crops: those of the highest score, spread over time."""
    owner = tracks.ids[clip.crops.row]
    score = clip.faces.score[clip.crops.row]
    chosen = []
    for track in range(len(tracks)):
        mine = np.flatnonzero(owner == track)
        parts = np.array_split(mine, CROPS_PER_TRACK)
        chosen.append([int(part[np.argmax(score[part])]) for part in parts if len(part)])
    return chosen


def _describe(
    clip: ClipFaces, crops: list[list[int]], embedder: FaceEmbedder | None
) -> tuple[npt.NDArray[np.float32], TrackFaces | None]:
    """Mean colours of each track, (n, 2, N_BINS), NaN without a picture; and its face."""
    colours = np.full((len(crops), 2, N_BINS), np.nan, dtype=np.float32)
    vector = np.zeros((len(crops), LENGTH))
    quality = np.zeros(len(crops))
    for i, mine in enumerate(crops):
        if not mine:
            continue
        images = [clip.crops.image(k) for k in mine]
        total = np.sum([describe_colours(image) for image in images], axis=0)
        colours[i] = total / np.linalg.norm(total, axis=1, keepdims=True)
        if embedder is not None:
            vector[i] = np.mean([embedder.embed(image) for image in images], axis=0)
            quality[i] = _quality(clip, mine)
    return colours, None if embedder is None else TrackFaces(vector, quality)


@dataclass(frozen=True, slots=True, eq=False)
class _Colours:
    """How much tracks differ in the colours of head and clothing."""

    distance: Matrix
    """Mean Hellinger distance, in [0, 1]; NaN where a track has no picture."""
    discriminative: npt.NDArray[np.bool_]
    """Where likeness says something: not where two people in one frame are as alike."""


def _compare_colours(mean: npt.NDArray[np.float32], cannot_link: npt.NDArray[np.bool_]) -> _Colours:
    distance = colour_distance(mean, mean).mean(axis=2).astype(np.float64)
    different = distance[cannot_link & ~np.isnan(distance)]
    discriminative = distance <= different.min(initial=np.inf) - _DISCRIMINATIVE
    return _Colours(distance, np.asarray(discriminative))


def _colour_log_odds(colours: _Colours) -> Matrix:
    """From the colours alone."""
    log_odds = np.interp(colours.distance, *np.array(_COLOUR_ODDS).T)
    log_odds[(log_odds > 0) & ~colours.discriminative] = 0
    return np.asarray(np.nan_to_num(log_odds, nan=0.0), dtype=np.float64)


def face_log_odds(a: TrackFaces, b: TrackFaces) -> npt.NDArray[np.float64]:
    """Log odds that two faces are one person's: of n with m -> (n, m)."""
    # (n, 1, d) with (1, m, d) -> (n, m)
    distance = np.linalg.norm(a.vector[:, None] - b.vector[None], axis=2)
    log_odds = np.interp(distance, *np.array(_FACE_ODDS).T)
    return np.asarray(log_odds * a.quality[:, None] * b.quality)


def _quality(clip: ClipFaces, crops: list[int]) -> float:
    """How far an embedding of these faces says anything: little for small or unclear ones."""
    rows = clip.crops.row[crops]
    box = clip.faces.box[rows]
    size = float(np.sqrt((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])).mean())
    score = float(clip.faces.score[rows].mean())
    return float(np.interp(size, [20, 60], [0.3, 1]) * np.interp(score, [0.5, 0.85], [0.3, 1]))


def _place_log_odds(clip: ClipFaces, tracks: Tracks, colours: _Colours) -> Matrix:
    """From set-ups that come back, and from faces that come back within a shot.

    The place alone is not enough: another person may have taken the seat.
    """
    n = len(colours.distance)
    likeness = np.where(colours.discriminative, colours.distance, np.inf)
    setup_odds = np.interp(likeness, *np.array(_SETUP_ODDS).T)
    return_odds = np.interp(likeness, *np.array(_RETURN_ODDS).T)
    first, last, usual = _places(tracks)
    start, shot = tracks.first, tracks.shot
    ends = shot_ends(clip.thumbs, tracks.cuts, clip.video.n_frames)
    size = np.array([clip.video.width, clip.video.height] * 2)
    log_odds = np.zeros((n, n))
    near = np.maximum(pairwise_iou(usual, usual), pairwise_iou(last, first)) >= _SAME_PLACE_IOU
    for i, j in np.argwhere(near | near.T).tolist():
        if shot[i] == shot[j]:
            back = last[i], first[j]  # comes back where it was lost
            if start[i] < start[j] and _overlap(*back) >= _SAME_PLACE_IOU:
                log_odds[i, j] = log_odds[j, i] = return_odds[i, j]
        elif i < j and ends.alike(shot[i], shot[j]) >= _MIN_SETUP:
            # of a grid whose people change places the whole looks alike, the place does not
            around = _surroundings(usual[i], usual[j]) / size
            if ends.alike(shot[i], shot[j], around) >= _MIN_PLACE:
                log_odds[i, j] = log_odds[j, i] = setup_odds[i, j]
    return log_odds


def _overlap(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    return float(pairwise_iou(a[None], b[None])[0, 0])


def _surroundings(
    a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """The place where two boxes are, three times as wide and high as they."""
    box = np.concatenate([np.minimum(a[:2], b[:2]), np.maximum(a[2:], b[2:])]).astype(np.float64)
    side = box[2:] - box[:2]
    return np.concatenate([box[:2] - side, box[2:] + side])


def _places(tracks: Tracks) -> tuple[BoxArray, BoxArray, BoxArray]:
    """First, last and median box of each track: (n, 4) each."""
    n = len(tracks)
    boxes = [tracks.faces.box[tracks.rows(i)] for i in range(n)]
    empty = np.empty((0, 4), np.float32)
    first = np.array([box[0] for box in boxes], np.float32) if n else empty
    last = np.array([box[-1] for box in boxes], np.float32) if n else empty
    usual = np.array([np.median(box, axis=0) for box in boxes], np.float32) if n else empty
    return first, last, usual
