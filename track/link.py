"""Faces to tracks: a track id for each face.

In each shot faces are associated from frame to frame by overlap, as an assignment: strong faces
first, then weak ones (ByteTrack, Zhang et al. 2022, arXiv:2110.06864). Since the clip is
complete, the same is done backwards, which gives a track the weak faces before its first strong
one. No track crosses a cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import check_shape
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
    rows = _Rows(faces, len(pts_s))
    times = pts_s.tolist()
    n_tracks = 0
    for first, end in pairwise(shot_bounds(cuts, len(pts_s))):
        forwards = _Association(rows, times, options, n_tracks)
        forwards.run(range(first, end), may_begin=True)
        backwards = _Association(rows, times, options, n_tracks)
        backwards.run(range(end - 1, first - 1, -1), may_begin=False)
        n_tracks = forwards.n_tracks
        _trim_weak_ends(rows, faces, pts_s, first, end, options)
        _drop_unconfirmed(rows, faces, first, end, options)
    return _renumber(np.array(rows.ids, dtype=np.int64))


class _Rows:
    """The faces as lists: for a few numbers a frame Python is ten times as fast as NumPy."""

    def __init__(self, faces: Faces, n_frames: int) -> None:
        self.boxes: list[list[float]] = faces.box.tolist()
        self.scores: list[float] = faces.score.tolist()
        self.starts: list[int] = np.searchsorted(faces.frame, np.arange(n_frames + 1)).tolist()
        """The first row of each frame, and the number of rows."""
        self.ids = [-1] * len(faces)


def shot_bounds(cuts: npt.NDArray[np.int64], n_frames: int) -> list[int]:
    """First frame of each shot, and the number of frames at the end."""
    check_shape(cuts, (len(cuts),), "cuts")
    bounds = [0, *cuts.tolist(), n_frames]
    if n_frames and any(a >= b for a, b in pairwise(bounds)):
        raise ValueError(f"cuts must rise within 1..{n_frames - 1}, got {cuts.tolist()}")
    return bounds


@dataclass(slots=True)
class _Track:
    """A track that may go on: where its face was, and how it moves from frame to frame."""

    id: int
    box: list[float]
    seen_s: float
    speed_x: float = 0.0
    speed_y: float = 0.0

    def drift(self) -> None:
        """Go on for one frame."""
        x1, y1, x2, y2 = self.box
        dx, dy = self.speed_x, self.speed_y
        self.box = [x1 + dx, y1 + dy, x2 + dx, y2 + dy]
        self.speed_x, self.speed_y = dx * _SPEED_DECAY, dy * _SPEED_DECAY

    def take(self, box: list[float], now_s: float) -> None:
        """Take over the face of this frame, after ``drift``."""
        error_x = (box[0] + box[2] - self.box[0] - self.box[2]) / 2
        error_y = (box[1] + box[3] - self.box[1] - self.box[3]) / 2
        self.speed_x = self.speed_x / _SPEED_DECAY + (1 - _SPEED_MEMORY) * error_x
        self.speed_y = self.speed_y / _SPEED_DECAY + (1 - _SPEED_MEMORY) * error_y
        self.box, self.seen_s = box, now_s


class _Association:
    """One pass over the frames of a shot, in either direction; writes into ``rows.ids``."""

    def __init__(
        self, rows: _Rows, pts_s: list[float], options: TrackOptions, n_tracks: int
    ) -> None:
        self.n_tracks = n_tracks
        self._rows, self._pts_s, self._options = rows, pts_s, options
        self._tracks: list[_Track] = []

    def run(self, frames: Iterable[int], *, may_begin: bool) -> None:
        """Associate frame by frame; rows that have an id already carry their track along."""
        ids, scores, strong = self._rows.ids, self._rows.scores, self._options.strong_score
        lost_s = self._options.max_lost_s
        for frame in frames:
            now_s = self._pts_s[frame]
            self._tracks = [t for t in self._tracks if abs(now_s - t.seen_s) <= lost_s]
            for track in self._tracks:
                track.drift()
            rows = range(self._rows.starts[frame], self._rows.starts[frame + 1])
            open_rows = [row for row in rows if ids[row] < 0]
            strong_rows = [row for row in open_rows if scores[row] >= strong]
            self._assign(strong_rows, rows)
            self._assign([row for row in open_rows if scores[row] < strong], rows)
            if may_begin:
                for row in strong_rows:
                    if ids[row] < 0:
                        ids[row] = self.n_tracks
                        self.n_tracks += 1
            self._advance([row for row in rows if ids[row] >= 0], now_s)

    def _assign(self, rows: list[int], frame_rows: range) -> None:
        """Give rows to the tracks that have none in this frame, for the most overlap in all."""
        if not rows or not self._tracks:
            return
        taken = {self._rows.ids[row] for row in frame_rows}
        free = [track for track in self._tracks if track.id not in taken]
        least, boxes = self._options.min_iou, self._rows.boxes
        overlaps = [[_iou(track.box, boxes[row]) for row in rows] for track in free]
        pairs = [
            (i, j) for i, each in enumerate(overlaps) for j, iou in enumerate(each) if iou >= least
        ]
        if len({i for i, _ in pairs}) < len(pairs) or len({j for _, j in pairs}) < len(pairs):
            pairs = _best(np.array(overlaps), least)
        for i, j in pairs:
            self._rows.ids[rows[j]] = free[i].id

    def _advance(self, rows: list[int], now_s: float) -> None:
        """Take over the faces of this frame."""
        if not rows:
            return
        going = {track.id: track for track in self._tracks}
        for row in rows:
            id_, box = self._rows.ids[row], self._rows.boxes[row]
            if id_ in going:
                going[id_].take(box, now_s)
            else:
                self._tracks.append(_Track(id_, box, now_s))


def _iou(a: list[float], b: list[float]) -> float:
    """Overlap of two boxes, as ``pairwise_iou``."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (both - shared)


def _best(overlap: npt.NDArray[np.float64], least: float) -> list[tuple[int, int]]:
    """Pairs of row and column with the most overlap in all."""
    # imported here: it takes a tenth of a second, and most clips do without
    from scipy.optimize import linear_sum_assignment

    possible = overlap >= least
    # pairs that are not possible cost nothing and are then left out
    chosen = linear_sum_assignment(np.where(possible, overlap, 0), maximize=True)
    return [(int(i), int(j)) for i, j in zip(*chosen, strict=True) if possible[i, j]]


def _trim_weak_ends(
    rows: _Rows,
    faces: Faces,
    pts_s: npt.NDArray[np.float64],
    first: int,
    end: int,
    options: TrackOptions,
) -> None:
    """Take the id from weak faces long before the first or after the last strong one."""
    mine = slice(rows.starts[first], rows.starts[end])
    ids = np.array(rows.ids[mine], dtype=np.int64)
    tracked = np.flatnonzero(ids >= 0)
    if not len(tracked):
        return
    names, place = np.unique(ids[tracked], return_inverse=True)
    time_s = pts_s[faces.frame[mine][tracked]]
    strong = faces.score[mine][tracked] >= options.strong_score
    begin_s, end_s = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(begin_s, place[strong], time_s[strong])
    np.maximum.at(end_s, place[strong], time_s[strong])
    early = time_s < begin_s[place] - options.max_weak_s
    late = time_s > end_s[place] + options.max_weak_s
    ids[tracked[early | late]] = -1
    rows.ids[mine] = ids.tolist()


def _drop_unconfirmed(
    rows: _Rows, faces: Faces, first: int, end: int, options: TrackOptions
) -> None:
    """Take the id from what was not seen as a face long or clearly enough."""
    mine = slice(rows.starts[first], rows.starts[end])
    ids = np.array(rows.ids[mine], dtype=np.int64)
    _, inverse, count = np.unique(ids, return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, weights=faces.score[mine]) / count
    few = count < min(options.min_frames, end - first)
    dropped = (few | (mean < options.min_mean_score))[inverse]
    rows.ids[mine] = np.where(dropped, -1, ids).tolist()


def _renumber(ids: TrackIds) -> TrackIds:
    """Number tracks from 0 in the order of their first rows."""
    names, first = np.unique(ids, return_index=True)
    names = names[np.argsort(first)]
    names = names[names >= 0]
    number = np.full(int(ids.max(initial=-1)) + 2, -1, dtype=np.int64)  # the last one is for -1
    number[names] = np.arange(len(names))
    return number[ids]
