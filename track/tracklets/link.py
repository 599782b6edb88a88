"""Faces to tracks: a track id for each face.

In each shot faces are associated from frame to frame by overlap, as an assignment: strong faces
first, then weak ones (ByteTrack, Zhang et al. 2022, arXiv:2110.06864). Since the clip is
complete, the same is done backwards, which gives a track the weak faces before its first strong
one. No track crosses a cut.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import as_array, check_shape
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.tracklets.associate import associate
from speaker_boxes.track.tracklets.tracks import TrackIds, Tracks

_CONFIRMED_S = 0.1
"""Seconds that as many frames as confirm a face take at 25 a second and more: ``min_frames``."""
_CLEAR_SCORE = 0.7
"""Mean score from which a face that is seen once or twice in slow frames is one; those of faces
had 0.66 and more, of what passes for one 0.52 and less (``TrackOptions.min_mean_score``)."""


def link(
    faces: Faces,
    *,
    pts_s: npt.ArrayLike,
    cuts: npt.ArrayLike = (),
    options: TrackOptions | None = None,
) -> Tracks:
    """Follow each face from frame to frame.

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
    Tracks
        With ids from 0, in the order in which the tracks begin; -1 for faces in no track.

    Raises
    ------
    ValueError
        A face lies in a frame that is not there, or a cut does.

    Notes
    -----
    Two people of equal size crossing behind each other may swap tracks.
    """
    options = options or TrackOptions()
    pts_s, cuts = as_array(pts_s, np.float64, "pts_s"), as_array(cuts, np.int64, "cuts")
    check_shape(pts_s, (pts_s.size,), "pts_s")
    if len(faces) and faces.frame[-1] >= len(pts_s):
        raise ValueError(f"a face is in frame {faces.frame[-1]}, but there are {len(pts_s)} frames")
    bounds = shot_bounds(cuts, len(pts_s))
    shot = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))[faces.frame]
    ids = associate(faces, shot, pts_s, options)
    _trim_weak_ends(ids, faces, pts_s, options)
    _drop_unconfirmed(ids, faces, np.diff(bounds)[shot], pts_s, options)
    return Tracks(faces, renumber(ids)[0], pts_s, cuts)


def shot_bounds(cuts: npt.NDArray[np.int64], n_frames: int) -> list[int]:
    """First frame of each shot, and the number of frames at the end."""
    check_shape(cuts, (cuts.size,), "cuts")
    bounds = [0, *cuts.tolist(), n_frames]
    if n_frames and any(a >= b for a, b in pairwise(bounds)):
        raise ValueError(f"cuts must rise within 1..{n_frames - 1}, got {cuts.tolist()}")
    return bounds


def _trim_weak_ends(
    ids: TrackIds, faces: Faces, pts_s: npt.NDArray[np.float64], options: TrackOptions
) -> None:
    """Take the id from weak faces long before the first or after the last strong one."""
    rows = np.flatnonzero(ids >= 0)
    track, time_s = ids[rows], pts_s[faces.frame[rows]]
    strong = faces.score[rows] >= options.strong_score
    n_tracks = int(ids.max(initial=-1)) + 1
    begin_s, end_s = np.full(n_tracks, np.inf), np.full(n_tracks, -np.inf)
    np.minimum.at(begin_s, track[strong], time_s[strong])
    np.maximum.at(end_s, track[strong], time_s[strong])
    early = time_s < begin_s[track] - options.max_weak_s
    late = time_s > end_s[track] + options.max_weak_s
    ids[rows[early | late]] = -1


def _drop_unconfirmed(
    ids: TrackIds,
    faces: Faces,
    shot_length: npt.NDArray[np.int64],
    pts_s: npt.NDArray[np.float64],
    options: TrackOptions,
) -> None:
    """Take the id from what was not seen as a face long or clearly enough.

    ``shot_length`` is that of each face's shot, (n,). Where frames are slow, a false alarm does
    not last for several, and neither does a face: fewer do if it is seen clearly.
    """
    rows = np.flatnonzero(ids >= 0)
    track = ids[rows]
    count = np.bincount(track)
    mean = np.bincount(track, weights=faces.score[rows]) / np.maximum(count, 1)
    steps_s = np.diff(pts_s)
    step_s = float(np.median(steps_s[steps_s > 0])) if (steps_s > 0).any() else 0.0
    in_time = math.ceil(_CONFIRMED_S / step_s) if step_s else options.min_frames
    least = np.where(mean >= _CLEAR_SCORE, min(options.min_frames, in_time), options.min_frames)
    few = count[track] < np.minimum(least[track], shot_length[rows])
    ids[rows[few | (mean[track] < options.min_mean_score)]] = -1


def renumber(ids: TrackIds) -> tuple[TrackIds, dict[int, int]]:
    """Number tracks from 0 in the order of their first rows; and the new number of each."""
    names, first = np.unique(ids, return_index=True)
    names = names[np.argsort(first)]
    names = names[names >= 0]
    number = np.full(int(ids.max(initial=-1)) + 2, -1, dtype=np.int64)  # the last one is for -1
    number[names] = np.arange(len(names))
    return number[ids], dict(zip(names.tolist(), range(len(names)), strict=True))
