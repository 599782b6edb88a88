"""What speaks for and against two tracks being one person, as log odds.

Each kind of evidence gives a number for each two tracks: above 0 for, below 0 against, and the
sum is weighed as one. Two tracks in one frame are two people, whatever else; and clear faces that
differ are not outvoted by colours or by the place: somebody else sat down in the same chair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.track.identity.cohesion import Cohesion
from speaker_boxes.track.identity.places import Likeness, place_log_odds
from speaker_boxes.track.looks.colours import colour_distance
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.looks.face_odds import (
    DECIDED_ODDS,
    PARTED_ODDS,
    TrackFaces,
    face_log_odds,
)
from speaker_boxes.track.looks.track_looks import TrackLooks, describe_tracks_looks
from speaker_boxes.track.tracklets.tracks import Ids, Tracks

Matrix = npt.NDArray[np.float32]
"""Shape (n_tracks, n_tracks), symmetric."""

_COLOUR_ODDS = ((0.1, 1.5), (0.2, 1.0), (0.3, 0.0), (0.45, -1.0), (0.6, -1.5))
"""Mean distance of colours of head and clothing -> log odds; chosen on fourteen clips, where
one person in one light had up to 0.25, two people 0.15 to 0.9."""
_DISCRIMINATIVE = 0.05
"""By how much two tracks must be more alike than any two people who are seen together."""
_CLEAR = 0.25
"""Product of two qualities from which faces that differ are not outvoted."""
_FEW_COLOURS = (5.0, 14.0)
"""Number of colours (of equal share, as many as there are) up to which the colours of a track say
nothing, and from which they say all: in the dark everybody is black."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackAffinity:
    """All pairs of the n tracks of one clip."""

    log_odds: Matrix
    """Log odds that two tracks are one person; 0 on the diagonal and where nothing is known."""
    weight: Matrix
    """How much each of them counts in the mean over the pairs of two groups."""
    cannot_link: npt.NDArray[np.bool_]
    """Shape (n, n): whether two tracks are two people for certain."""
    faces: TrackFaces
    cohesion: Cohesion | None = None
    """What tells look-alikes apart, group by group; ``None`` if it is not asked."""

    def two_people(self, one: Ids, other: Ids) -> bool:
        """Whether two groups of tracks are less alike than each is in itself."""
        return self.cohesion is not None and self.cohesion.two_people(one, other)


def compare_tracks(clip: ClipFaces, tracks: Tracks, describer: CropDescriber) -> TrackAffinity:
    """Compare each two tracks of a clip.

    Parameters
    ----------
    tracks
        From ``link``.
    describer
        Describes crops.
    """
    cannot_link = cooccurring(tracks)
    looks = describe_tracks_looks(clip, tracks, describer)
    likeness = _compare_colours(looks, cannot_link)
    face = face_log_odds(looks.faces, looks.faces)
    clear = np.multiply.outer(looks.faces.quality, looks.faces.quality)
    # what clear faces decide needs no look at the place
    open_pairs = (clear < _CLEAR) | (np.abs(face) < DECIDED_ODDS)
    log_odds = face + place_log_odds(clip, tracks, likeness, open_pairs)
    log_odds += _colour_log_odds(likeness)
    # in place: 6,000 tracks make 36 million pairs
    np.minimum(log_odds, face, out=log_odds, where=(face < 0) & (clear >= _CLEAR))
    for parting in tracks.partings:  # the same place in another shot, but not here
        i, j = parting.before, parting.after
        log_odds[i, j] = log_odds[j, i] = min(parting.log_odds, face[i, j])
    np.fill_diagonal(log_odds, 0)
    weight = _weights(clear, log_odds)
    cohesion = Cohesion(looks.faces, tracks.shot)
    return TrackAffinity(log_odds, weight, cannot_link, looks.faces, cohesion)


def _weights(clear: Matrix, log_odds: Matrix) -> Matrix:
    """Pairs of clear faces, and strong evidence of whatever kind, count most."""
    weight = np.abs(log_odds)
    weight /= 3
    np.clip(weight, 0.1, 1, out=weight)
    np.maximum(weight, clear, out=weight)
    return weight


def cooccurring(tracks: Tracks) -> npt.NDArray[np.bool_]:
    """Which tracks are two people for certain: (n_tracks, n_tracks).

    They are seen in one frame, or were parted where a face changed.
    """
    mine = tracks.ids >= 0
    owner, frame = tracks.ids[mine], tracks.faces.frame[mine]
    shared = np.zeros((len(tracks), len(tracks)), dtype=bool)
    step = 1
    # rows of one frame follow each other: compare each with the next, the one after that, ...
    while (same := frame[step:] == frame[:-step]).any():
        a, b = owner[step:][same], owner[:-step][same]
        shared[a, b] = shared[b, a] = True
        step += 1
    for parting in tracks.partings:
        if parting.log_odds < PARTED_ODDS:
            shared[parting.before, parting.after] = shared[parting.after, parting.before] = True
    np.fill_diagonal(shared, False)
    return shared


def _compare_colours(looks: TrackLooks, cannot_link: npt.NDArray[np.bool_]) -> Likeness:
    distance = colour_distance(looks.colours, looks.colours)
    different = distance[cannot_link]
    least = np.nanmin(different, initial=np.inf) if len(different) else np.inf
    share = np.nan_to_num(looks.colours) ** 2
    with np.errstate(divide="ignore"):
        n_colours = (1 / (share**2).sum(axis=2)).mean(axis=1)
    said = np.interp(n_colours, _FEW_COLOURS, (0, 1)).astype(np.float32)
    return Likeness(distance, distance <= least - _DISCRIMINATIVE, said)


def _colour_log_odds(likeness: Likeness) -> Matrix:
    """From the colours alone."""
    log_odds = np.interp(likeness.distance, *np.array(_COLOUR_ODDS).T).astype(np.float32)
    log_odds[(log_odds > 0) & ~likeness.discriminative] = 0
    log_odds *= np.minimum.outer(likeness.said, likeness.said)
    return np.asarray(np.nan_to_num(log_odds, copy=False, nan=0.0))
