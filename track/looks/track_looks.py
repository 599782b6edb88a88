"""What each track looks like: a few of its crops, described and joined."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.track.looks.colours import N_BINS
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.looks.face_odds import CROPS_PER_TRACK, TrackFaces, track_faces
from speaker_boxes.track.tracklets.tracks import Tracks


@dataclass(frozen=True, slots=True, eq=False)
class TrackLooks:
    """What n tracks look like."""

    faces: TrackFaces
    colours: npt.NDArray[np.float32]
    """Shape (n, 2, N_BINS): mean colours of head and clothing, each of length 1; NaN where a
    track has no picture."""


def describe_tracks_looks(clip: ClipFaces, tracks: Tracks, describer: CropDescriber) -> TrackLooks:
    """Describe some crops of each track: the clearest ones, spread over its time."""
    chosen = clearest_crops(clip, tracks)
    each = iter(describer.describe([clip.crops.jpeg[k] for crops in chosen for k in crops]))
    looks = [list(islice(each, len(crops))) for crops in chosen]
    colours = np.full((len(looks), 2, N_BINS), np.nan, dtype=np.float32)
    for i, mine in enumerate(looks):
        if mine:
            total = np.sum([look.colours for look in mine], axis=0, dtype=np.float32)
            colours[i] = total / np.linalg.norm(total, axis=1, keepdims=True)
    return TrackLooks(track_faces([[look.face for look in mine] for mine in looks]), colours)


def clearest_crops(clip: ClipFaces, tracks: Tracks) -> list[list[int]]:
    """For each track a few of its crops: those of the highest score, spread over time."""
    owner = tracks.ids[clip.crops.row]
    score = clip.faces.score[clip.crops.row]
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(tracks) + 1))
    return [spread(order[first:end], score) for first, end in pairwise(bounds.tolist())]


def spread(
    crops: npt.NDArray[np.int64], score: npt.NDArray[np.float32], count: int = CROPS_PER_TRACK
) -> list[int]:
    """Of some crops, in order of time, the best of each of ``count`` stretches."""
    if len(crops) <= count:
        return [int(crop) for crop in crops]
    bounds = [i * len(crops) // count for i in range(count + 1)]
    parts = [crops[first:end] for first, end in pairwise(bounds)]
    return [int(part[score[part].argmax()]) for part in parts]
