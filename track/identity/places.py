"""Evidence of the place: set-ups that come back, and faces that come back within a shot.

The place alone is not enough: another person may have taken the seat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.geometry import BoxArray, matched_iou, pairwise_iou
from speaker_boxes.track.identity.setups import ShotEnds, shot_ends
from speaker_boxes.track.tracklets.tracks import Tracks

_SETUP_ODDS = ((0.2, 5.0), (0.3, 0.0))
"""Distance of colours -> log odds, for a face at the same place of a set-up that comes back. On
composed clips one person had up to 0.17 there, two people 0.33 and more."""
_RETURN_ODDS = ((0.1, 3.0), (0.2, 1.0), (0.3, 0.0))
"""The same for a face that comes back within a shot where one was lost: one person 0.04, two
people who take one seat after the other 0.66."""
_MIN_SETUP = 0.6
"""Likeness of texture from which two shots are one set-up."""
_MIN_PLACE = 0.4
"""The same of the place around the face alone, where the face itself moves."""
_SAME_PLACE_IOU = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How much tracks differ in the colours of head and clothing."""

    distance: npt.NDArray[np.float32]
    """Shape (n, n): mean Hellinger distance, in [0, 1]; NaN where a track has no picture."""
    discriminative: npt.NDArray[np.bool_]
    """Where likeness says something: not where two people in one frame are as alike."""
    said: npt.NDArray[np.float32]
    """Shape (n,), in [0, 1]: how far colours of each track say anything; little in the dark."""


def place_log_odds(
    clip: ClipFaces, tracks: Tracks, likeness: Likeness, wanted: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Log odds that tracks are one person, by where they are: (n_tracks, n_tracks).

    Parameters
    ----------
    wanted : (n_tracks, n_tracks)
        Pairs that are looked at.
    """
    n = len(tracks)
    log_odds = np.zeros((n, n), dtype=np.float32)
    if n < 2:
        return log_odds
    first, last, usual = _places(tracks)
    ends = shot_ends(clip.thumbs, tracks.cuts, clip.video.n_frames)
    near = pairwise_iou(usual, usual) >= _SAME_PLACE_IOU
    likely = wanted & likeness.discriminative & (likeness.distance < _SETUP_ODDS[-1][0])
    _add_setups(log_odds, np.triu(near & likely, 1), tracks, usual, ends, likeness, clip)
    _add_returns(log_odds, tracks, first, last, likeness)
    log_odds *= np.minimum.outer(likeness.said, likeness.said)
    return log_odds


def _add_setups(
    log_odds: npt.NDArray[np.float32],
    wanted: npt.NDArray[np.bool_],
    tracks: Tracks,
    usual: BoxArray,
    ends: ShotEnds,
    likeness: Likeness,
    clip: ClipFaces,
) -> None:
    """Faces at the same place of a set-up that came back."""
    i, j = np.nonzero(wanted)
    other_shot = tracks.shot[i] != tracks.shot[j]
    i, j = i[other_shot], j[other_shot]
    alike = ends.pairs_alike(tracks.shot[i], tracks.shot[j]) >= _MIN_SETUP
    i, j = i[alike], j[alike]
    size = np.array([clip.video.width, clip.video.height] * 2)
    box = np.concatenate(
        [np.minimum(usual[i, :2], usual[j, :2]), np.maximum(usual[i, 2:], usual[j, 2:])], axis=1
    ).astype(np.float64)
    side = box[:, 2:] - box[:, :2]
    around = np.concatenate([box[:, :2] - side, box[:, 2:] + side], axis=1) / size
    # of a grid whose people change places the whole looks alike, the place does not
    shots = zip(tracks.shot[i].tolist(), tracks.shot[j].tolist(), around, strict=True)
    there = np.array([ends.alike(a, b, box) >= _MIN_PLACE for a, b, box in shots], dtype=bool)
    i, j = i[there], j[there]
    odds = np.interp(likeness.distance[i, j], *np.array(_SETUP_ODDS).T)
    log_odds[i, j] = log_odds[j, i] = odds


def _add_returns(
    log_odds: npt.NDArray[np.float32],
    tracks: Tracks,
    first: BoxArray,
    last: BoxArray,
    likeness: Likeness,
) -> None:
    """Faces that come back within a shot where one was lost."""
    for shot in np.unique(tracks.shot).tolist():
        ids = np.flatnonzero(tracks.shot == shot)
        if len(ids) < 2:
            continue
        i, j = (each.ravel() for each in np.meshgrid(ids, ids, indexing="ij"))
        back = (tracks.last[i] < tracks.first[j]) & likeness.discriminative[i, j]
        i, j = i[back], j[back]
        back = matched_iou(last[i], first[j]) >= _SAME_PLACE_IOU
        i, j = i[back], j[back]
        odds = np.interp(likeness.distance[i, j], *np.array(_RETURN_ODDS).T)
        log_odds[i, j] = log_odds[j, i] = odds


def _places(tracks: Tracks) -> tuple[BoxArray, BoxArray, BoxArray]:
    """First, last and median box of each track: (n, 4) each."""
    boxes = [tracks.faces.box[tracks.rows(i)] for i in range(len(tracks))]
    first = np.array([box[0] for box in boxes], np.float32)
    last = np.array([box[-1] for box in boxes], np.float32)
    return first, last, np.array([np.median(box, axis=0) for box in boxes], np.float32)
