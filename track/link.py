"""Faces to tracks: a track id for each face.

In each shot faces are associated from frame to frame by overlap, as an assignment: strong faces
first, then weak ones (ByteTrack, Zhang et al. 2022, arXiv:2110.06864). Since the clip is
complete, the same is done backwards, which gives a track the weak faces before its first strong
one. No track crosses a cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import BoxArray, check_shape, pairwise_iou
from speaker_boxes.track.options import TrackOptions

TrackIds = npt.NDArray[np.int64]
"""Shape (n_faces,): the track of each face, -1 for none."""

_SPEED_MEMORY = 0.6
"""Share of the former speed in the new one; chosen on nodding heads."""
_SPEED_DECAY = 0.8
"""What is left of the speed after each frame without a face: heads turn back."""


def link(
    faces: Faces,
    *,
    pts_s: npt.NDArray[np.float64],
    cuts: npt.NDArray[np.int64],
    options: TrackOptions | None = None,
) -> TrackIds:
    """Give each face the id of its track.

    Parameters
    ----------
    faces
        Of n faces in the frames of one clip.
    pts_s : (n_frames,)
        Time of each frame in seconds.
    cuts : (n_cuts,)
        First frame of each shot but the first.

    Returns
    -------
    (n,) int64
        Ids from 0, in the order in which the tracks begin; -1 for faces in no track.

    Raises
    ------
    ValueError
        A face lies in a frame that is not there.

    Notes
    -----
    Two people of equal size crossing behind each other may swap tracks.
    """
    options = options or TrackOptions()
    if len(faces) and faces.frame[-1] >= len(pts_s):
        raise ValueError(f"a face is in frame {faces.frame[-1]}, but there are {len(pts_s)} frames")
    ids = np.full(len(faces), -1, dtype=np.int64)
    bounds = shot_bounds(cuts, len(pts_s))
    n_tracks = 0
    for first, end in pairwise(bounds):
        forwards = _Association(faces, ids, pts_s, options, n_tracks)
        forwards.run(range(first, end), may_begin=True)
        backwards = _Association(faces, ids, pts_s, options, n_tracks)
        backwards.run(range(end - 1, first - 1, -1), may_begin=False)
        n_tracks = forwards.n_tracks
        _trim_weak_ends(ids, faces, pts_s, first, end, options)
        _drop_unconfirmed(ids, faces, first, end, options)
    return _renumber(ids)


def shot_bounds(cuts: npt.NDArray[np.int64], n_frames: int) -> list[int]:
    """First frame of each shot, and the number of frames at the end."""
    check_shape(cuts, (len(cuts),), "cuts")
    bounds = [0, *cuts.tolist(), n_frames]
    if n_frames and any(a >= b for a, b in pairwise(bounds)):
        raise ValueError(f"cuts must rise within 1..{n_frames - 1}, got {cuts.tolist()}")
    return bounds


class _Association:
    """One pass over the frames of a shot, in either direction; writes into ``ids``."""

    def __init__(
        self,
        faces: Faces,
        ids: TrackIds,
        pts_s: npt.NDArray[np.float64],
        options: TrackOptions,
        n_tracks: int,
    ) -> None:
        self.n_tracks = n_tracks
        self._faces, self._ids, self._pts_s, self._options = faces, ids, pts_s, options
        self._id = np.empty(0, dtype=np.int64)  # the tracks that may go on, one a row
        self._box = np.empty((0, 4), dtype=np.float32)
        self._speed = np.empty((0, 2), dtype=np.float32)
        self._seen_s = np.empty(0)

    def run(self, frames: Iterable[int], *, may_begin: bool) -> None:
        """Associate frame by frame; rows that have an id already carry their track along."""
        strong = self._faces.score >= self._options.strong_score
        for frame in frames:
            now_s = float(self._pts_s[frame])
            self._forget(np.abs(now_s - self._seen_s) <= self._options.max_lost_s)
            rows = np.arange(*self._faces.rows(frame).indices(len(self._faces)))
            open_rows = rows[self._ids[rows] < 0]
            self._assign(open_rows[strong[open_rows]])
            self._assign(open_rows[~strong[open_rows]])
            if may_begin:
                for row in open_rows[strong[open_rows] & (self._ids[open_rows] < 0)].tolist():
                    self._ids[row] = self.n_tracks
                    self.n_tracks += 1
            self._advance(rows[self._ids[rows] >= 0], now_s)

    def _assign(self, rows: npt.NDArray[np.int64]) -> None:
        """Give rows to the tracks that have none in this frame, for the most overlap in all."""
        taken = np.isin(self._id, self._ids[self._same_frame(rows)])
        free = np.flatnonzero(~taken)
        overlap = pairwise_iou(self._predicted()[free], self._faces.box[rows])
        possible = overlap >= self._options.min_iou
        # pairs that are not possible cost nothing and are then left out
        chosen = linear_sum_assignment(np.where(possible, overlap, 0), maximize=True)
        for track, row in zip(*chosen, strict=True):
            if possible[track, row]:
                self._ids[rows[row]] = self._id[free[track]]

    def _same_frame(self, rows: npt.NDArray[np.int64]) -> slice:
        return self._faces.rows(int(self._faces.frame[rows[0]])) if len(rows) else slice(0, 0)

    def _predicted(self) -> BoxArray:
        """Where the tracks' faces should be now: (n_tracks, 4)."""
        return self._box + np.tile(self._speed, 2)

    def _advance(self, rows: npt.NDArray[np.int64], now_s: float) -> None:
        """Take over the faces of this frame, and let the unseen tracks drift on."""
        ids = self._ids[rows]
        new = ~np.isin(ids, self._id)
        seen = {int(id_): i for i, id_ in enumerate(self._id)}
        self._box = self._predicted()
        self._speed = self._speed * _SPEED_DECAY
        for row in rows[~new].tolist():
            i = seen[int(self._ids[row])]
            box = self._faces.box[row]
            drift = self._speed[i] / _SPEED_DECAY
            error = (box[:2] + box[2:] - self._box[i, :2] - self._box[i, 2:]) / 2
            self._speed[i] = drift + (1 - _SPEED_MEMORY) * error
            self._box[i] = box
            self._seen_s[i] = now_s
        count = int(new.sum())
        self._id = np.append(self._id, ids[new])
        self._box = np.concatenate([self._box, self._faces.box[rows[new]]])
        self._speed = np.concatenate([self._speed, np.zeros((count, 2), np.float32)])
        self._seen_s = np.append(self._seen_s, np.full(count, now_s))

    def _forget(self, keep: npt.NDArray[np.bool_]) -> None:
        self._id, self._box = self._id[keep], self._box[keep]
        self._speed, self._seen_s = self._speed[keep], self._seen_s[keep]


def _trim_weak_ends(
    ids: TrackIds,
    faces: Faces,
    pts_s: npt.NDArray[np.float64],
    first: int,
    end: int,
    options: TrackOptions,
) -> None:
    """Take the id from weak faces long before the first or after the last strong one."""
    rows = np.arange(*np.searchsorted(faces.frame, [first, end]))
    rows = rows[ids[rows] >= 0]
    if not len(rows):
        return
    names, place = np.unique(ids[rows], return_inverse=True)
    time_s = pts_s[faces.frame[rows]]
    strong = faces.score[rows] >= options.strong_score
    begin_s, end_s = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(begin_s, place[strong], time_s[strong])
    np.maximum.at(end_s, place[strong], time_s[strong])
    early = time_s < begin_s[place] - options.max_weak_s
    late = time_s > end_s[place] + options.max_weak_s
    ids[rows[early | late]] = -1


def _drop_unconfirmed(
    ids: TrackIds, faces: Faces, first: int, end: int, options: TrackOptions
) -> None:
    """Take the id from what was not seen as a face long or clearly enough."""
    rows = slice(*np.searchsorted(faces.frame, [first, end]).tolist())
    _, inverse, count = np.unique(ids[rows], return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, weights=faces.score[rows]) / count
    few = count < min(options.min_frames, end - first)
    ids[rows] = np.where((few | (mean < options.min_mean_score))[inverse], -1, ids[rows])


def _renumber(ids: TrackIds) -> TrackIds:
    """Number tracks from 0 in the order of their first rows."""
    names, first = np.unique(ids, return_index=True)
    names = names[np.argsort(first)]
    names = names[names >= 0]
    number = np.full(int(ids.max(initial=-1)) + 2, -1, dtype=np.int64)  # the last one is for -1
    number[names] = np.arange(len(names))
    return number[ids]
