"""Which face of one frame goes on as which of the next: IoU, solved as an assignment.

Most steps are beyond doubt: of two overlapping faces in neighbouring frames neither overlaps any
other. Those are found for all frames at once and chain the faces together; only where chains
begin and end is there anything to assign, frame by frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import BoxArray, centres, matched_iou, pairwise_iou
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.tracklets.tracks import TrackIds

Rows = npt.NDArray[np.int64]

_SURE_IOU = 0.5
"""Overlap from which the only partner is beyond doubt; a walking head keeps 0.8 and more."""
_SPEED_MEMORY = 0.6
"""Share of the former speed in the new one; chosen on nodding heads."""
_SPEED_FRAMES = 8
"""Frames that the speed is taken from; what is older weighs under 2 %."""
_SPEED_DECAY = 0.8
"""What is left of the speed after each frame without a face: heads turn back."""


@dataclass(slots=True)
class _Track:
    """One face followed through a shot."""

    id: int
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    """Its faces, in order of time."""

    def add(self, rows: Rows) -> None:
        self.rows = np.sort(np.concatenate([self.rows, rows]))


def associate(
    faces: Faces,
    shot: npt.NDArray[np.int64],
    pts_s: npt.NDArray[np.float64],
    options: TrackOptions,
) -> TrackIds:
    """Give the n faces of a clip their tracks: forwards first, then backwards.

    Parameters
    ----------
    shot : (n,)
        The shot of each face.
    pts_s : (n_frames,)
    """
    tracks = _OpenTracks(faces, shot, pts_s, options)
    tracks.forwards()
    tracks.backwards()
    return tracks.ids


class _OpenTracks:
    """Tracks as they grow."""

    def __init__(
        self,
        faces: Faces,
        shot: npt.NDArray[np.int64],
        pts_s: npt.NDArray[np.float64],
        options: TrackOptions,
    ) -> None:
        self.ids: TrackIds = np.full(len(faces), -1, dtype=np.int64)
        self._faces, self._shot, self._pts_s, self._options = faces, shot, pts_s, options
        self._strong = faces.score >= options.strong_score
        self._tracks: list[_Track] = []
        self._chain = tracklet_heads(
            unambiguous_matches(faces, shot, self._strong, options.min_iou)
        )
        order = np.argsort(self._chain, kind="stable")
        self._members = dict(_grouped(order, self._chain))

    def forwards(self) -> None:
        """Assign each chain to the track that it prolongs; strong ones begin new tracks."""
        heads = np.flatnonzero(self._chain == np.arange(len(self._chain)))
        going: list[_Track] = []
        for frame, rows in _grouped(heads, self._faces.frame):
            going = [track for track in going if self._is_going(track.rows[-1], frame, rows[0])]
            free = [track for track in going if self._faces.frame[track.rows[-1]] < frame]
            self._assign(free, rows, frame, [track.rows for track in free])
            for row in rows[self._strong[rows] & (self.ids[rows] < 0)].tolist():
                track = _Track(len(self._tracks))
                self._tracks.append(track)
                going.append(track)
                self._take(track, row)

    def backwards(self) -> None:
        """Assign the weak faces that are left, to tracks that are seen a little later."""
        left = np.flatnonzero(self.ids < 0)
        by_shot: dict[int, list[_Track]] = {}
        for track in self._tracks:
            by_shot.setdefault(int(self._shot[track.rows[0]]), []).append(track)
        for frame, rows in reversed(_grouped(left, self._faces.frame)):
            free, later = [], []
            for track in by_shot.get(int(self._shot[rows[0]]), []):
                frames = self._faces.frame[track.rows]
                after = int(np.searchsorted(frames, frame, side="right"))
                there = after > 0 and frames[after - 1] == frame
                if there or after == len(frames):
                    continue
                if self._is_going(track.rows[after], frame, rows[0]):
                    free.append(track)
                    later.append(track.rows[after:][::-1])
            self._assign(free, rows, frame, later)

    def _is_going(self, row: int, frame: int, other: int) -> bool:
        """Whether a track that was seen in ``row`` may be in ``frame``."""
        if self._shot[row] != self._shot[other]:
            return False
        seen = int(self._faces.frame[row])
        # the frames without it: a neighbour has none, however slow the clip
        last = frame - 1 if seen < frame else frame + 1
        lost_s = 0.0 if abs(seen - frame) < 2 else abs(self._pts_s[last] - self._pts_s[seen])
        return bool(lost_s <= self._options.max_lost_s) or seen >= frame

    def _assign(self, free: list[_Track], rows: Rows, frame: int, seen: list[Rows]) -> None:
        """Give rows to free tracks for the most overlap in all: strong faces first, then weak."""
        if not free:
            return
        expected = np.concatenate([self._expected(rows_seen, frame) for rows_seen in seen])
        open_tracks = np.arange(len(free))
        for some in (rows[self._strong[rows]], rows[~self._strong[rows]]):
            overlap = pairwise_iou(expected[open_tracks], self._faces.box[some])
            possible = overlap >= self._options.min_iou
            pairs = _linear_assignment(overlap, possible)
            for i, j in pairs:
                self._take(free[open_tracks[i]], int(some[j]))
            open_tracks = np.delete(open_tracks, [i for i, _ in pairs])

    def _take(self, track: _Track, head: int) -> None:
        members = self._members[head]
        self.ids[members] = track.id
        track.add(members)

    def _expected(self, seen: Rows, frame: int) -> BoxArray:
        """Where a face should be in a frame, by its last rows, the nearest one last: (1, 4)."""
        last = seen[-_SPEED_FRAMES:]
        step = np.zeros(2, np.float32)
        for move in np.diff(centres(self._faces.box[last]), axis=0):
            step = _SPEED_MEMORY * step + (1 - _SPEED_MEMORY) * move
        away = abs(frame - int(self._faces.frame[last[-1]]))
        drift = step * (1 - _SPEED_DECAY**away) / (1 - _SPEED_DECAY)
        return np.asarray(self._faces.box[last[-1:]] + np.tile(drift, 2), dtype=np.float32)


def unambiguous_matches(
    faces: Faces, shot: npt.NDArray[np.int64], strong: npt.NDArray[np.bool_], min_iou: float
) -> Rows:
    """For each face the one of the next frame that it surely goes on as, or -1: (n,).

    Neither overlaps any other face of those frames, both are strong, and in one shot.
    """
    n = len(faces)
    first, end = (np.searchsorted(faces.frame, faces.frame + step) for step in (1, 2))
    count = end - first
    # every pair of faces in neighbouring frames, (n_pairs,) each
    left = np.repeat(np.arange(n), count)
    right = np.arange(len(left)) + np.repeat(first - np.cumsum(count) + count, count)
    overlap = matched_iou(faces.box[left], faces.box[right])
    near = (overlap >= min_iou) & (shot[left] == shot[right])
    left, right, overlap = left[near], right[near], overlap[near]
    alone = (np.bincount(left, minlength=n)[left] == 1) & (
        np.bincount(right, minlength=n)[right] == 1
    )
    sure = alone & (overlap >= _SURE_IOU) & strong[left] & strong[right]
    steps = np.full(n, -1, dtype=np.int64)
    steps[left[sure]] = right[sure]
    return steps


def tracklet_heads(steps: Rows) -> Rows:
    """The first face of each face's chain: (n,)."""
    head = np.arange(len(steps))
    stepping = np.flatnonzero(steps >= 0)
    head[steps[stepping]] = stepping
    while True:  # each round doubles how far a face looks back
        further = head[head]
        if (further == head).all():
            return head
        head = further


def _grouped(rows: Rows, keys: npt.NDArray[np.int64]) -> list[tuple[int, Rows]]:
    """Rows that are in order of their keys, parted by key."""
    names, starts = np.unique(keys[rows], return_index=True)
    return list(zip(names.tolist(), np.split(rows, starts)[1:], strict=True))


def _linear_assignment(
    overlap: npt.NDArray[np.float32], possible: npt.NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Possible pairs of row and column with the most overlap in all."""
    if possible.sum(axis=0).max(initial=0) < 2 and possible.sum(axis=1).max(initial=0) < 2:
        return [(int(i), int(j)) for i, j in np.argwhere(possible)]
    # imported here: it takes a tenth of a second, and few clips need it
    from scipy.optimize import linear_sum_assignment

    # pairs that are not possible cost nothing and are then left out
    chosen = linear_sum_assignment(np.where(possible, overlap, 0), maximize=True)
    return [(int(i), int(j)) for i, j in zip(*chosen, strict=True) if possible[i, j]]
