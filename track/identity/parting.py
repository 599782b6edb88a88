"""Tracks that are one person: where a face may have become another's, both sides are compared.

A track is linked by overlap, so it is a place until it is checked. Detection says where the face
changed at once or slowly and where a gap was bridged, and kept crops on both sides; here their
embeddings say whether it is two people. The track is parted there; what cannot be told becomes a
track of its own, for identity to weigh with all other evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.looks.face_odds import (
    DECIDED_ODDS,
    PARTED_ODDS,
    PARTED_QUALITY,
    neighbour_log_odds,
    track_faces,
    unchanged_log_odds,
)
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.tracklets.link import renumber
from speaker_boxes.track.tracklets.tracks import Parting, Tracks

_N_CROPS = 3
"""Crops on each side that are compared, the nearest ones; ``_CHANGE_ODDS`` are fitted for three."""
_MIN_GAP = 3
"""Frames without the face from which both sides of a gap are compared."""
_SUDDEN = ((0.2, 2.0), (0.35, 0.5), (0.6, -0.5), (1.0, -1.0))
"""How far the pictures of a face differ from one frame to the next -> log odds that it is the same
person, before faces are compared. Twelve people differed from each other by 0.21 to 1.3; what is
above 0.6 is rarely a fast head. Chosen."""
_SLOW = ((0.35, 1.0), (0.6, 0.0), (0.9, -1.0), (1.1, -1.5))
"""The same from one search to the next, where heads turn."""
_TOLD = 1.0
"""Log odds before faces are compared from which no face need tell that nothing changed."""
_UNCHANGED = 0.5
"""Sum of the same for both ends of a span whose faces tell nothing, from which it is of the person
on both sides of it. Chosen."""
_MIN_SAME = -0.5
"""Log odds from which both sides stay one track: what is about even is no change."""
_BRIDGED = 0.5
"""The same for a gap, whatever it shows: heads that come back look otherwise."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a face may have changed: between two rows of its track, by place in the track."""

    before: int
    after: int
    prior: float
    """Log odds that it is the same person, before faces are compared."""


def part_tracks(
    clip: ClipFaces,
    tracks: Tracks,
    describer: CropDescriber,
    *,
    options: TrackOptions | None = None,
) -> Tracks:
    """Part each track where its face became another's; ids are numbered anew.

    A piece that by itself is not clearly a face is none: weak faces beyond a gap.
    """
    options = options or TrackOptions()
    ids = tracks.ids.copy()
    pairs: list[tuple[int, int, float]] = []
    crops = _crops_by_track(clip, tracks)
    for track, places in _places(clip, tracks).items():
        pieces, doubts = _Pieces(clip, tracks.rows(track), crops[track], describer).part(places)
        fresh = [track, *(int(ids.max()) + 1 + i for i in range(len(pieces) - 1))]
        ids[tracks.rows(track)] = -1  # what lies between two people is nobody's
        for id_, rows in zip(fresh, pieces, strict=True):
            if tracks.faces.score[rows].mean() >= options.min_mean_score:
                ids[rows] = id_
        pairs += [(fresh[a], fresh[b], odds) for a, b, odds in doubts]
    ids, number = renumber(ids)
    partings = [
        Parting(number[a], number[b], odds) for a, b, odds in pairs if {a, b} <= number.keys()
    ]
    parted = Tracks(tracks.faces, ids, tracks.pts_s, tracks.cuts)
    partings += _between_tracks(clip, parted, describer, {(p.before, p.after) for p in partings})
    return replace(parted, partings=tuple(partings))


def _between_tracks(
    clip: ClipFaces, tracks: Tracks, describer: CropDescriber, known: set[tuple[int, int]]
) -> list[Parting]:
    """Faces that changed where one track ended and another began: a doubt, and no more.

    A head that moved too fast to be followed looks otherwise, too: clear faces on both sides that
    are one person's leave no doubt.
    """
    changes = clip.face_changes
    crops = _crops_by_track(clip, tracks)
    found = []
    for row, other, value in zip(changes.before, changes.after, changes.value, strict=True):
        before, after = int(tracks.ids[row]), int(tracks.ids[other])
        if min(before, after) < 0 or before == after or np.isnan(value):
            continue
        odds = float(np.interp(value, *np.array(_SLOW).T))
        if odds >= 0 or (before, after) in known:
            continue
        odds += _face_odds(clip, describer, crops[before][-_N_CROPS:], crops[after][:_N_CROPS])
        if odds < 0:
            known.add((before, after))
            found.append(Parting(before, after, max(odds, PARTED_ODDS)))
    return found


def _crops_by_track(clip: ClipFaces, tracks: Tracks) -> dict[int, npt.NDArray[np.int64]]:
    owner = tracks.ids[clip.crops.row]
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(tracks) + 1))
    return {i: order[bounds[i] : bounds[i + 1]] for i in range(len(tracks))}


def _places(clip: ClipFaces, tracks: Tracks) -> dict[int, list[_Place]]:
    """Where each track has to be looked at; only tracks that have such places."""
    found: dict[int, list[_Place]] = {}
    changes = clip.face_changes
    same = (tracks.ids[changes.before] == tracks.ids[changes.after]) & (
        tracks.ids[changes.before] >= 0
    )
    for k in np.flatnonzero(same).tolist():
        track = int(tracks.ids[changes.before[k]])
        rows = tracks.rows(track)
        before, after = np.searchsorted(rows, [changes.before[k], changes.after[k]]).tolist()
        found.setdefault(track, []).append(
            _Place(before, after, _prior(float(changes.value[k]), after - before))
        )
    for track in range(len(tracks)):
        gaps = np.diff(tracks.faces.frame[tracks.rows(track)])
        for k in np.flatnonzero(gaps > _MIN_GAP).tolist():
            found.setdefault(track, []).append(_Place(k, k + 1, _BRIDGED))
    return {track: _disjoint(places) for track, places in found.items()}


def _prior(value: float, n_rows: int) -> float:
    if np.isnan(value):  # a border between chunks, which says nothing
        return _BRIDGED
    return float(np.interp(value, *np.array(_SUDDEN if n_rows == 1 else _SLOW).T))


def _disjoint(places: Sequence[_Place]) -> list[_Place]:
    """In order of time; of places that overlap the narrower one, which says more exactly where."""
    kept: list[_Place] = []
    for place in sorted(places, key=lambda p: (p.after - p.before, p.prior)):
        if all(place.after <= k.before or place.before >= k.after for k in kept):
            kept.append(place)
    return sorted(kept, key=lambda place: place.before)


class _Pieces:
    """One track, cut at its places, and put together again where both sides are one person."""

    def __init__(
        self,
        clip: ClipFaces,
        rows: npt.NDArray[np.int64],
        crops: npt.NDArray[np.int64],
        describer: CropDescriber,
    ) -> None:
        self._clip, self._rows, self._describer = clip, rows, describer
        self._crops = crops
        self._at = np.searchsorted(rows, clip.crops.row[crops])  # place of each in the track

    def part(
        self, places: Sequence[_Place]
    ) -> tuple[list[npt.NDArray[np.int64]], list[tuple[int, int, float]]]:
        """The rows of each piece, and the log odds between two of them that were compared.

        A span whose faces tell nothing stays with the piece before it while nothing speaks against
        it; what follows is compared with what was there before such spans.
        """
        starts = [0, *(place.after for place in places)]
        ends = [*(place.before + 1 for place in places), len(self._rows)]
        pieces, untold = [[(starts[0], ends[0])]], list[tuple[int, int]]()
        doubts: list[tuple[int, int, float]] = []
        around = 0.0
        for place, start, end in zip(places, starts[1:], ends[1:], strict=True):
            span = (start, end)
            same, is_told = self._log_odds(pieces[-1], place, span)
            if same >= _MIN_SAME and not is_told:
                around = around if untold else place.prior
                untold.append(span)
                continue
            if same >= _MIN_SAME and (not untold or around + place.prior >= _UNCHANGED):
                pieces[-1] += [*untold, span]
            else:
                mine = len(pieces) - 1
                if untold:  # somebody's, and nobody can tell whose
                    pieces.append(untold)
                    doubts += [(mine, mine + 1, _MIN_SAME), (mine + 1, mine + 2, _MIN_SAME)]
                if same < _MIN_SAME:
                    doubts.append((mine, len(pieces), same))
                pieces.append([span])
            untold = []
        pieces[-1] += untold
        return [self._all_rows(piece) for piece in pieces], doubts

    def _all_rows(self, piece: Sequence[tuple[int, int]]) -> npt.NDArray[np.int64]:
        """Rows of a piece, and those between its parts: the same person all along."""
        return self._rows[piece[0][0] : piece[-1][1]]

    def _log_odds(
        self, piece: Sequence[tuple[int, int]], place: _Place, span: tuple[int, int]
    ) -> tuple[float, bool]:
        """That a span is the person of a piece; below ``_MIN_SAME`` they are parted.

        And whether faces, or a picture that hardly changed, told it.
        """
        first, end = piece[0][0], piece[-1][1]
        before = self._crops[(self._at >= first) & (self._at < end)][-_N_CROPS:]
        after = self._crops[(self._at >= span[0]) & (self._at < span[1])][:_N_CROPS]
        odds = _face_odds(self._clip, self._describer, before, after)
        if abs(odds) < DECIDED_ODDS:
            at_once = self._neighbour_odds(place)
            # never for: under flashes one person may fade into another by such steps
            odds = odds if at_once is None else min(odds, at_once)
        return place.prior + odds, odds != 0 or place.prior >= _TOLD

    def _neighbour_odds(self, place: _Place) -> float | None:
        """What the faces of a sudden change say, each by itself; ``None`` if it is none."""
        rows = self._rows[[place.before, place.after]]
        crops = self._crops[np.isin(self._at, [place.before, place.after])]
        if len(crops) < 2 or np.diff(self._clip.faces.frame[rows]) > 1:
            return None
        looks = self._describer.describe([self._clip.crops.jpeg[k] for k in crops.tolist()])
        before, after = (look.face for look in looks)
        return neighbour_log_odds(before, after)


def _face_odds(
    clip: ClipFaces,
    describer: CropDescriber,
    before: npt.NDArray[np.int64],
    after: npt.NDArray[np.int64],
) -> float:
    """Log odds that crops on both sides of a place show one person; 0 if they are not clear."""
    crops = np.concatenate([before, after])
    faces = [look.face for look in describer.describe([clip.crops.jpeg[k] for k in crops.tolist()])]
    sides = track_faces([faces[: len(before)], faces[len(before) :]])
    if sides.quality.min() < PARTED_QUALITY:
        return 0.0
    return float(unchanged_log_odds(sides, sides)[0, 1])
