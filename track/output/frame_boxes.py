"""One row for each frame: the boxes of the chosen tracks laid along the clip.

The only place that fills gaps and smooths. Both happen in one solve, in which each run of frames
stands alone: nothing reaches across a cut or a gap that stays empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.geometry import (
    BoxArray,
    areas,
    as_array,
    centres,
    check_shape,
    pairwise_iou,
    whole_pixels,
)
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import Status, StatusCodes
from speaker_boxes.track.output.smooth import smooth_runs
from speaker_boxes.track.tracklets.link import shot_bounds
from speaker_boxes.track.tracklets.tracks import Ids, Tracks

_PASSING_IOU = 0.1
"""Overlap of another face with a box that would be filled in, from which it is not: a box on the
wrong person is worse than none."""
_SPEED_SIZES = 8.0
"""Sizes of a face that a person may go in a second, on foot across a picture; chosen."""
_ALIKE_SIZE = 1.5
"""Ratio of sizes up to which two faces may be one; chosen."""


def frame_boxes(
    tracks: Tracks,
    chosen: npt.ArrayLike,
    *,
    unresolved: npt.ArrayLike = (),
    width: int,
    height: int,
    options: TrackOptions | None = None,
) -> tuple[BoxArray, StatusCodes]:
    """Lay the boxes of the chosen tracks along the frames of the clip.

    Parameters
    ----------
    tracks
        From ``link``.
    chosen : (k,)
        Ids of the speaker's tracks; no two of them share a frame.
    unresolved : (m,)
        Ids of tracks that may be the speaker's; they get no box, and a status that says so.
    width, height
        Of the frame, in pixels; boxes are clipped to it.

    Returns
    -------
    boxes : (n_frames, 4) float32
        Whole pixels; NaN where there is none.
    status : (n_frames,) uint8
        A ``Status`` each, as a number: ``Status(status[0])``.
    """
    options = options or TrackOptions()
    faces, pts_s = tracks.faces, tracks.pts_s
    chosen, unresolved = _ids(tracks, chosen, "chosen"), _ids(tracks, unresolved, "unresolved")
    n_frames = len(pts_s)
    mine = np.isin(tracks.ids, chosen)
    raw = np.full((n_frames, 4), np.nan, dtype=np.float32)
    raw[faces.frame[mine]] = faces.box[mine]
    boxes = np.full_like(raw, np.nan)
    status = np.full(n_frames, Status.NO_FACE, dtype=np.uint8)
    spans: list[npt.NDArray[np.int64]] = []
    shots: list[npt.NDArray[np.int64]] = []
    for first, end in pairwise(shot_bounds(tracks.cuts, n_frames)):
        shot = slice(first, end)
        found = first + np.flatnonzero(~np.isnan(raw[shot, 0]))
        if not len(found):
            if (tracks.ids[faces.rows(first).start : faces.rows(end - 1).stop] >= 0).any():
                status[shot] = Status.OTHER_SHOT
            continue
        status[found[0] : found[-1] + 1] = Status.GAP_TOO_LONG
        for run in split_runs(found, pts_s, options.max_gap_s):
            spans.append(np.arange(run[0], run[-1] + 1))
            status[spans[-1]] = Status.INTERPOLATED
        status[found] = Status.DETECTED
        shots.append(found)
    if spans:
        rows, begins = np.concatenate(spans), np.cumsum([0, *map(len, spans[:-1])])
        boxes[rows] = smooth_boxes(raw[rows], pts_s[rows], begins, options)
    for found in shots:
        for gap, why in _doubtful_gaps(tracks, mine, boxes, found, options.min_iou):
            status[gap] = why
            boxes[gap] = np.nan
    for track in unresolved:
        doubtful = status[
            tracks.first[track] : tracks.last[track] + 1
        ]  # a view: writing fills status
        doubtful[doubtful > Status.INTERPOLATED] = Status.UNRESOLVED
    boxes = whole_pixels(boxes, width, height)
    status[np.isnan(boxes[:, 0]) & (status <= Status.INTERPOLATED)] = Status.NO_FACE
    return boxes, status


def _ids(tracks: Tracks, ids: npt.ArrayLike, name: str) -> Ids:
    array = as_array(ids, np.int64, name)
    check_shape(array, (array.size,), name)
    if len(array) and not 0 <= array.min() <= array.max() < len(tracks):
        raise ValueError(f"{name} must be tracks of 0..{len(tracks) - 1}, got {array.tolist()}")
    return array


def _doubtful_gaps(
    tracks: Tracks,
    mine: npt.NDArray[np.bool_],
    boxes: BoxArray,
    found: npt.NDArray[np.int64],
    min_iou: float,
) -> Iterator[tuple[slice, Status]]:
    """Gaps of one shot in which a face is where the box would be, or may be the person's own.

    The whole gap: who passes before a face hides it from the first to the last frame of it. A
    face of nobody else that is as large, and as near as the person may have gone, says that the
    person is not where the box would be.
    """
    others = _seen_beside(tracks, mine)
    for before, after in pairwise(found.tolist()):
        for frame in range(before + 1, after):
            rows = np.arange(*tracks.faces.rows(frame).indices(len(mine)))
            rows = rows[~mine[rows]]
            if not len(rows) or np.isnan(boxes[frame, 0]):
                continue
            there, box = tracks.faces.box[rows], boxes[frame : frame + 1]
            # what overlaps the face before or after the gap would have been linked to it
            linkable = pairwise_iou(there, boxes[[before, after]]).max(axis=1) >= min_iou
            theirs = np.isin(tracks.ids[rows], others) | linkable
            meets = pairwise_iou(there, box)[:, 0] > _PASSING_IOU
            away_s = tracks.pts_s[[frame, after]] - tracks.pts_s[[before, frame]]
            own = ~theirs & (meets | _within_reach(there, box, float(np.abs(away_s).min())))
            if meets.any() or own.any():
                hidden = (meets & theirs).any()
                yield slice(before + 1, after), Status.HIDDEN if hidden else Status.UNRESOLVED
                break


def _seen_beside(tracks: Tracks, mine: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Ids of tracks that share a frame with the person's: other people, for certain."""
    with_me = np.isin(tracks.faces.frame, tracks.faces.frame[mine]) & ~mine
    ids = np.unique(tracks.ids[with_me])
    return ids[ids >= 0]


def _within_reach(there: BoxArray, box: BoxArray, away_s: float) -> npt.NDArray[np.bool_]:
    """Whether faces are as large as a box and no further than a person goes in that time."""
    size, mine = np.sqrt(areas(there)), float(np.sqrt(areas(box))[0])
    off = np.hypot(*(centres(there) - centres(box)).T)
    alike = np.maximum(size / mine, mine / size) <= _ALIKE_SIZE
    return np.asarray(alike & (off <= mine * _SPEED_SIZES * away_s), dtype=np.bool_)


def split_runs(
    found: npt.NDArray[np.int64], pts_s: npt.NDArray[np.float64], max_gap_s: float
) -> list[npt.NDArray[np.int64]]:
    """Cut rising frame indices where more than ``max_gap_s`` passes without a frame.

    The time of a gap is that of the frames in it: a frame's neighbour is never a gap, however
    slow the clip.
    """
    between = pts_s[np.maximum(found[1:] - 1, found[:-1])] - pts_s[found[:-1]]
    return np.split(found, np.flatnonzero(between > max_gap_s) + 1)


def smooth_boxes(
    boxes: BoxArray,
    times_s: npt.NDArray[np.float64],
    begins: npt.NDArray[np.int64],
    options: TrackOptions,
) -> BoxArray:
    """Fill and smooth runs of boxes of one face, each by itself.

    Parameters
    ----------
    boxes : (n, 4)
        NaN where the face was not found; not in the first and last row of a run.
    times_s : (n,)
    begins : (r,)
        First rows of the runs, one behind the other.

    Returns
    -------
    (n, 4) float32, without NaN
    """
    times_s = np.concatenate(  # timestamps may go back
        [np.maximum.accumulate(each) for each in np.split(times_s, begins[1:])]
    )
    known = ~np.isnan(boxes[:, 0])
    x1, y1, x2, y2 = np.where(known[:, None], boxes, [0, 0, 1, 1]).astype(np.float64).T
    across = np.where(known, np.sqrt((x2 - x1) * (y2 - y1)), np.nan)
    each = [np.nanmedian(run) for run in np.split(across, begins[1:])]
    size = np.repeat(each, np.diff(begins, append=len(boxes)))[:, None]
    centre = np.column_stack([x1 + x2, y1 + y2]) / (2 * size)
    extent = np.log(np.column_stack([x2 - x1, y2 - y1]))
    weight = known.astype(np.float64)
    centre = smooth_runs(centre, weight, times_s, options.smoothing, begins)
    extent = smooth_runs(extent, weight, times_s, options.size_smoothing, begins)
    half = np.exp(extent) / 2
    return np.column_stack([centre * size - half, centre * size + half]).astype(np.float32)
