"""Which track is the speaker's, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.faces import Faces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.geometry import BoxArray, areas, centres
from speaker_boxes.track.identity.click import Click
from speaker_boxes.track.tracklets.link import TrackIds

_FRAMES_AROUND = 5
"""How many frames before and after a click a face may be; a fifth of a second."""
_MAX_OUTSIDE_S = 1.0
"""How far before the first frame or after the last a click in seconds may be; chosen."""
MAX_LISTED = 8
_MAIN_RATIO = 3.0
"""How much more picture, over all frames, the main face fills than any other; chosen, so that
an interviewer who is seen for a quarter of the time does not hinder."""
_MAIN_SHARE = 0.5
"""Part of the frames with a face in which the main one must be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The speaker's tracks."""

    tracks: npt.NDArray[np.int64]
    """Shape (k,): their ids, rising."""
    reason: str
    """Why these, in words."""


def choose(
    faces: Faces,
    track: TrackIds,
    clicks: Sequence[Click],
    *,
    pts_s: npt.NDArray[np.float64],
    cuts: npt.NDArray[np.int64],
    flag: str = "--at ",
) -> Choice:
    """Choose the speaker: by the clicks, or the main face if there are none.

    Parameters
    ----------
    faces, track
        n faces and the track of each, from ``link``.
    clicks
        All on the same person.
    pts_s : (n_frames,)
    cuts : (n_cuts,)
    flag
        What stands before a click in messages, so that they can be pasted.

    Raises
    ------
    NoSpeakerError
        No face is where a click is, two clicks are on different people, or, without a click, no
        face is clearly the main one. The message lists clicks that would do.
    """
    if not clicks:
        return choose_main(faces, track, np.arange(int(track.max(initial=-1)) + 1))
    found = [_track_at(faces, track, click, pts_s, cuts, flag) for click in clicks]
    _check_one_person(faces, track, found, clicks, flag)
    chosen = np.unique(np.array(found, dtype=np.int64))
    return Choice(chosen, "chosen by " + ", ".join(f"{flag}{click}" for click in clicks))


def click_for(faces: Faces, rows: npt.NDArray[np.int64]) -> tuple[int, int, int]:
    """The middle of a track's face where it is seen best: frame, x, y."""
    best = rows[int(np.argmax(faces.score[rows]))]
    x, y = centres(faces.box[best : best + 1])[0].tolist()
    return int(faces.frame[best]), max(0, round(x)), max(0, round(y))


def _track_at(
    faces: Faces,
    track: TrackIds,
    click: Click,
    pts_s: npt.NDArray[np.float64],
    cuts: npt.NDArray[np.int64],
    flag: str,
) -> int:
    """The track of the face under a click, or of the nearest within a face's size."""
    frame = click.frame_of(pts_s)
    if frame >= len(pts_s):
        raise NoSpeakerError(
            f"{flag}{click}: there is no frame {frame}; the clip has {len(pts_s)} frames, "
            f"0 to {len(pts_s) - 1}"
        )
    first_s, last_s = float(pts_s.min()), float(pts_s.max())
    if click.time_s is not None and not (
        first_s - _MAX_OUTSIDE_S <= click.time_s <= last_s + _MAX_OUTSIDE_S
    ):
        raise NoSpeakerError(
            f"{flag}{click}: there is no such moment; the clip runs from {first_s:.3f} s to "
            f"{last_s:.3f} s"
        )
    shot = np.searchsorted(cuts, frame, side="right")
    rows = np.flatnonzero((track >= 0) & (np.abs(faces.frame - frame) <= _FRAMES_AROUND))
    rows = rows[np.searchsorted(cuts, faces.frame[rows], side="right") == shot]
    miss = _misses(faces.box[rows], click)
    rows, miss = rows[miss <= 1], miss[miss <= 1]
    if len(rows):
        # faces under the click, then the frame itself before its neighbours, then the least miss
        away = np.abs(faces.frame[rows] - frame)
        return int(track[rows[np.lexsort((miss, away, miss > 0))[0]]])
    raise NoSpeakerError(f"no face at {flag}{click}{_near(faces, track, frame, flag)}")


def _misses(boxes: BoxArray, click: Click) -> npt.NDArray[np.float64]:
    """How far a click misses each box, in sizes of the face: at most 0 inside.

    Inside it is the less the nearer the middle, so that of two faces the nearer one is meant.
    """
    point = np.array([click.x, click.y])
    size = np.sqrt(areas(boxes)).astype(np.float64)
    off = np.hypot(*(centres(boxes) - point).T) / size
    inside = ((point >= boxes[:, :2]) & (point < boxes[:, 2:])).all(axis=1)
    return np.asarray(np.where(inside, off - 2, off))


def _check_one_person(
    faces: Faces, track: TrackIds, found: Sequence[int], clicks: Sequence[Click], flag: str
) -> None:
    """Two tracks that share a frame are two people."""
    for i, first in enumerate(found):
        for j in range(i):
            if found[j] == first:
                continue
            both = np.intersect1d(faces.frame[track == first], faces.frame[track == found[j]])
            if len(both):
                raise NoSpeakerError(
                    f"{flag}{clicks[j]} and {flag}{clicks[i]} are on two people: both faces are "
                    f"in frame {both[0]}; click one person only"
                )


def choose_main(faces: Faces, track: TrackIds, person: npt.NDArray[np.int64]) -> Choice:
    """Choose the face that fills most of the picture over time, if no other comes near.

    Parameters
    ----------
    person : (n_tracks,)
        Which tracks are one person, as far as is known.

    Returns
    -------
    Choice
        The main person's longest track; the others of that person are for identity to add.

    Raises
    ------
    NoSpeakerError
        No face is clearly the main one.
    """
    seen = track >= 0
    if not seen.any():
        raise NoSpeakerError("no face was found in any frame")
    owner = person[track[seen]]
    fill = np.bincount(owner, weights=areas(faces.box[seen]))
    order = np.argsort(-fill, kind="stable")
    main = int(order[0])
    share = len(np.unique(faces.frame[seen][owner == main])) / len(np.unique(faces.frame[seen]))
    if len(fill) > 1 and (fill[main] < _MAIN_RATIO * fill[order[1]] or share < _MAIN_SHARE):
        longest = [_longest(track, np.flatnonzero(person == one)) for one in order.tolist()]
        listed = _candidates(faces, track, longest)
        raise NoSpeakerError(f"no face is clearly the main one; choose with {listed}")
    only = "the only face" if len(fill) == 1 else "clearly the main face"
    reason = f"{only}, seen in {share:.0%} of the frames with a face"
    return Choice(np.array([_longest(track, np.flatnonzero(person == main))]), reason)


def _longest(track: TrackIds, ids: npt.NDArray[np.int64]) -> int:
    """Of some tracks the one with the most faces."""
    return int(ids[np.argmax(np.bincount(track[track >= 0])[ids])])


def _near(faces: Faces, track: TrackIds, frame: int, flag: str) -> str:
    """The tracks whose faces are nearest in time, as ready-made clicks."""
    seen = np.flatnonzero(track >= 0)
    if not len(seen):
        return "; no face was found in any frame"
    away = np.full(int(track.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(away, track[seen], np.abs(faces.frame[seen] - frame))
    order = np.argsort(away, kind="stable")
    listed = []
    for id_ in order[:MAX_LISTED].tolist():
        rows = np.flatnonzero(track == id_)
        row = rows[np.argmin(np.abs(faces.frame[rows] - frame))]
        x, y = centres(faces.box[row : row + 1])[0].tolist()
        listed.append(f"{flag}{faces.frame[row]}:{max(0, round(x))},{max(0, round(y))}")
    return f"; faces near it: {', '.join(listed)}"


def _candidates(faces: Faces, track: TrackIds, order: Sequence[int]) -> str:
    listed = []
    for id_ in order[:MAX_LISTED]:
        frame, x, y = click_for(faces, np.flatnonzero(track == id_))
        listed.append(f"--at {frame}:{x},{y}")
    more = len(order) - len(listed)
    return " or ".join(listed) + (f" or one of {more} more" if more > 0 else "")
