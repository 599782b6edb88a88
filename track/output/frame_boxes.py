"""One row for each frame: the boxes of the chosen tracks laid along the clip.

The only place that fills gaps and smooths. Both happen in one solve per run of frames, and
nothing reaches across a cut or a gap that stays empty.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import BoxArray, pairwise_iou, whole_pixels
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import Status
from speaker_boxes.track.output.smooth import smooth_track
from speaker_boxes.track.tracklets.link import shot_bounds
from speaker_boxes.track.tracklets.tracks import Tracks

Statuses = npt.NDArray[np.uint8]
"""Shape (n_frames,): a ``Status`` each."""

_PASSING_IOU = 0.1
"""Overlap of another face with a box that would be filled in, from which it is not: a box on the
wrong person is worse than none."""


def frame_boxes(
    tracks: Tracks,
    chosen: npt.NDArray[np.int64],
    *,
    unresolved: npt.NDArray[np.int64] | None = None,
    width: int,
    height: int,
    options: TrackOptions | None = None,
) -> tuple[BoxArray, Statuses]:
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
    """
    options = options or TrackOptions()
    faces, pts_s = tracks.faces, tracks.pts_s
    n_frames = len(pts_s)
    mine = np.isin(tracks.ids, chosen)
    raw = np.full((n_frames, 4), np.nan, dtype=np.float32)
    raw[faces.frame[mine]] = faces.box[mine]
    boxes = np.full_like(raw, np.nan)
    status = np.full(n_frames, Status.NO_FACE, dtype=np.uint8)
    bounds = shot_bounds(tracks.cuts, n_frames)
    for first, end in pairwise(bounds):
        shot = slice(first, end)
        found = first + np.flatnonzero(~np.isnan(raw[shot, 0]))
        if not len(found):
            if (tracks.ids[faces.rows(first).start : faces.rows(end - 1).stop] >= 0).any():
                status[shot] = Status.OTHER_SHOT
            continue
        status[found[0] : found[-1] + 1] = Status.GAP_TOO_LONG
        for run in split_runs(found, pts_s, options.max_gap_s):
            span = slice(run[0], run[-1] + 1)
            boxes[span] = smooth_boxes(raw[span], pts_s[span], options)
            status[span] = Status.INTERPOLATED
        status[found] = Status.DETECTED
        hidden = _behind_others(faces, ~mine, boxes, found)
        status[hidden] = Status.HIDDEN
        boxes[hidden] = np.nan
    for track in unresolved if unresolved is not None else ():
        doubtful = status[
            tracks.first[track] : tracks.last[track] + 1
        ]  # a view: writing fills status
        doubtful[doubtful > Status.INTERPOLATED] = Status.UNRESOLVED
    boxes = whole_pixels(boxes, width, height)
    status[np.isnan(boxes[:, 0]) & (status <= Status.INTERPOLATED)] = Status.NO_FACE
    return boxes, status


def _behind_others(
    faces: Faces, other: npt.NDArray[np.bool_], boxes: BoxArray, found: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Frames of the gaps in one shot in which another face is where the box would be.

    The whole gap: who passes before a face hides it from the first to the last frame of it.
    """
    hidden: list[int] = []
    for before, after in pairwise(found.tolist()):
        for frame in range(before + 1, after):
            rows = faces.rows(frame)
            there = faces.box[rows][other[rows]]
            if pairwise_iou(there, boxes[frame : frame + 1]).max(initial=0) > _PASSING_IOU:
                hidden += range(before + 1, after)
                break
    return np.array(hidden, dtype=np.int64)


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
    boxes: BoxArray, times_s: npt.NDArray[np.float64], options: TrackOptions
) -> BoxArray:
    """Fill and smooth one run of boxes of one face.

    Parameters
    ----------
    boxes : (n, 4)
        NaN where the face was not found; not in the first and last row.
    times_s : (n,)

    Returns
    -------
    (n, 4) float32, without NaN
    """
    times_s = np.maximum.accumulate(times_s)  # timestamps may go back
    known = ~np.isnan(boxes[:, 0])
    x1, y1, x2, y2 = np.where(known[:, None], boxes, [0, 0, 1, 1]).astype(np.float64).T
    size = float(np.median(np.sqrt((x2 - x1) * (y2 - y1))[known]))
    centre = np.column_stack([x1 + x2, y1 + y2]) / (2 * size)
    extent = np.log(np.column_stack([x2 - x1, y2 - y1]))
    weight = known.astype(np.float64)
    if known.sum() > 1:
        centre = smooth_track(centre, weight, times_s, options.smoothing)
        extent = smooth_track(extent, weight, times_s, options.size_smoothing)
    half = np.exp(extent) / 2
    return np.column_stack([centre * size - half, centre * size + half]).astype(np.float32)
