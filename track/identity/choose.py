"""Which track is the speaker's, and why."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click, Clicks, as_clicks
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.geometry import BoxArray, areas, centres
from speaker_boxes.track.tracklets.tracks import Ids, Tracks

logger = logging.getLogger(__name__)

_FRAMES_AROUND = 5
"""How many frames before and after a click a face may be; a fifth of a second."""
_MAX_OUTSIDE_S = 1.0
"""How far before the first frame or after the last a click in seconds may be; chosen."""
MAX_LISTED = 8
_CLICKS_SHOWN = 3
_MAIN_RATIO = 3.0
"""How much more picture, over all frames, the main face fills than any other; chosen, so that
an interviewer who is seen for a quarter of the time does not hinder."""
_MAIN_SHARE = 0.5
"""Part of the frames with a face in which the main one must be seen."""
MAIN_SCORE = 0.72
"""Mean score from which a face may be chosen without a click: the 21 labelled faces of the half to
choose by have 0.73 and more, the three that are no face 0.63 and less: few, so near to the first
(``benchmarks.calibrate.main_face``)."""
_STILL, _STILL_S, _STILL_FRAMES = 0.012, 1.0, 10
"""Spread of place and size over the size, below which a face that is seen for so many seconds and
frames never moves: labelled people have 0.022 and more, main faces of eight real clips 0.018, nine
of ten faces in photos less than 0.022 and, of the half that is only reported, than 0.009
(``benchmarks.calibrate.main_face``)."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The speaker's tracks."""

    tracks: npt.NDArray[np.int64]
    """Shape (k,): their ids, rising."""
    reason: str
    """Why these, in words."""


def choose(tracks: Tracks, clicks: Clicks = ()) -> Choice:
    """Choose the speaker: by the clicks, or the main face if there are none.

    Parameters
    ----------
    tracks
        From ``link``.
    clicks
        All on the same person; spelled as for ``track_speaker``.

    Raises
    ------
    NoSpeakerError
        No face is where any click is, two clicks are on different people, or, without a click,
        no face is clearly the main one. It carries clicks that would do.

    Notes
    -----
    Of several clicks one that hits no face is warned of and left out.
    """
    clicks = as_clicks(clicks)
    if not clicks:
        return choose_main(tracks, np.arange(len(tracks)))
    found = _found(tracks, clicks)
    _check_one_person(tracks, [track for track, _ in found], [click for _, click in found])
    chosen = np.unique(np.array([track for track, _ in found], dtype=np.int64))
    one = "click" if len(clicks) == 1 else "clicks"
    return Choice(chosen, f"chosen by {one} {_listed(clicks)}")


def _listed(clicks: Sequence[Click]) -> str:
    """So many clicks as fit a line."""
    shown = ", ".join(map(str, clicks[:_CLICKS_SHOWN]))
    n_more = len(clicks) - _CLICKS_SHOWN
    return f"{shown} and {n_more} more" if n_more > 0 else shown


def _found(tracks: Tracks, clicks: Sequence[Click]) -> list[tuple[int, Click]]:
    """The track under each click; of several, one that hits nothing undoes no other."""
    found: list[tuple[int, Click]] = []
    missed: list[NoSpeakerError] = []
    for click in clicks:
        _frame_of(click, tracks.pts_s)  # a moment that is not there is a slip
        try:
            found.append((_track_at(tracks, click), click))
        except NoSpeakerError as error:
            missed.append(error)
    if not found:
        raise missed[0]
    for miss in missed:
        logger.warning("%s; this click is left out", miss)
    return found


def tracks_at(tracks: Tracks, clicks: Sequence[Click]) -> Ids:
    """The tracks of the faces under some clicks: (k,), rising.

    Raises
    ------
    NoSpeakerError
        No face is where a click is.
    """
    return np.unique(np.array([_track_at(tracks, click) for click in clicks], dtype=np.int64))


def _track_at(tracks: Tracks, click: Click) -> int:
    """The track of the face under a click, or of the nearest within a face's size.

    Only a track that lasts at that moment, though the face need not be found in that very frame:
    before it begins and after it ends somebody else may be there who is not found.
    """
    frame = _frame_of(click, tracks.pts_s)
    faces, ids = tracks.faces, tracks.ids
    rows = np.flatnonzero((ids >= 0) & (np.abs(faces.frame - frame) <= _FRAMES_AROUND))
    rows = rows[tracks.shot_of(faces.frame[rows]) == tracks.shot_of(np.array(frame))]
    first, last = tracks.first[ids[rows]], tracks.last[ids[rows]]
    rows = rows[(first <= frame) & (frame <= last)]
    miss = _misses(faces.box[rows], click)
    rows, miss = rows[miss <= 1], miss[miss <= 1]
    if len(rows):
        # faces under the click, then the frame itself before its neighbours, then the least miss
        away = np.abs(faces.frame[rows] - frame)
        return int(ids[rows[np.lexsort((miss, away, miss > 0))[0]]])
    raise _nobody_at(tracks, click, frame)


def _frame_of(click: Click, pts_s: npt.NDArray[np.float64]) -> int:
    """The frame that a click means, if the clip has it."""
    frame, n_frames = click.frame_of(pts_s), len(pts_s)
    if frame >= n_frames:
        raise NoSpeakerError(
            click,
            f": there is no frame {frame}; the clip has {n_frames} frames, 0 to {n_frames - 1}",
        )
    first_s, last_s = float(pts_s.min()), float(pts_s.max())
    if click.time_s is not None and not (
        first_s - _MAX_OUTSIDE_S <= click.time_s <= last_s + _MAX_OUTSIDE_S
    ):
        raise NoSpeakerError(
            click,
            f": there is no such moment; the clip runs from {first_s:.3f} s to {last_s:.3f} s",
        )
    return frame


def _misses(boxes: BoxArray, click: Click) -> npt.NDArray[np.float64]:
    """How far a click misses each box, in sizes of the face: at most 0 inside.

    Inside it is the less the nearer the middle, so that of two faces the nearer one is meant.
    """
    point = np.array([click.x, click.y])
    size = np.sqrt(areas(boxes)).astype(np.float64)
    off = np.hypot(*(centres(boxes) - point).T) / size
    inside = ((point >= boxes[:, :2]) & (point < boxes[:, 2:])).all(axis=1)
    return np.asarray(np.where(inside, off - 2, off))


def _check_one_person(tracks: Tracks, found: Sequence[int], clicks: Sequence[Click]) -> None:
    """Two tracks that share a frame are two people."""
    frame = tracks.faces.frame
    for i, first in enumerate(found):
        for j in range(i):
            if found[j] == first:
                continue
            both = np.intersect1d(frame[tracks.rows(first)], frame[tracks.rows(found[j])])
            if len(both):
                raise NoSpeakerError(
                    clicks[j], " and ", clicks[i], " are on two people: both faces are in frame "
                    f"{both[0]}; click one person only",
                )  # fmt: skip


def choose_main(
    tracks: Tracks, person: npt.NDArray[np.int64], *, rejected: Sequence[int] | Ids = ()
) -> Choice:
    """Choose the face that fills most of the picture over time, if no other comes near.

    Parameters
    ----------
    person : (n_tracks,)
        Which tracks are one person, as far as is known.
    rejected
        Tracks of people who are not meant.

    Returns
    -------
    Choice
        The main person's longest track; the others of that person are for identity to add.

    Raises
    ------
    NoSpeakerError
        No face is clearly the main one.
    """
    seen = tracks.ids >= 0
    if not seen.any():
        raise NoSpeakerError("no face was found in any frame", lacks_face=True)
    others = np.isin(person, person[np.asarray(rejected, dtype=np.int64)])
    seen[seen] = ~others[tracks.ids[seen]]
    if not seen.any():
        raise NoSpeakerError("no face is left to choose")
    owner, frame = person[tracks.ids[seen]], tracks.faces.frame[seen]
    fill = np.bincount(owner, weights=areas(tracks.faces.box[seen]))
    order = np.argsort(-fill, kind="stable")
    order = order[np.isin(order, owner)]
    main = int(order[0])
    share = len(np.unique(frame[owner == main])) / len(np.unique(frame))
    if len(order) > 1 and (fill[main] < _MAIN_RATIO * fill[order[1]] or share < _MAIN_SHARE):
        raise offer_people(tracks, person, order.tolist(), "no face is clearly the main one")
    if doubt := _no_speaker_by_itself(tracks, np.flatnonzero(owner == main), seen):
        what = f"no face is clearly the main one: the one that fills most of the picture {doubt}"
        raise offer_people(tracks, person, order[fill[order] > 0].tolist(), what)
    only = "the only face" if len(order) == 1 and not others.any() else "clearly the main face"
    reason = f"{only}, seen in {share:.0%} of the frames with a face"
    return Choice(np.array([_longest(tracks, np.flatnonzero(person == main))]), reason)


def _no_speaker_by_itself(
    tracks: Tracks, mine: npt.NDArray[np.int64], seen: npt.NDArray[np.bool_]
) -> str:
    """Why a face is not to be chosen without a click, in words; empty if nothing is against it.

    ``mine`` are its rows among those that are ``seen`` in a track.
    """
    rows = np.flatnonzero(seen)[mine]
    box, score = tracks.faces.box[rows], float(tracks.faces.score[rows].mean())
    if score < MAIN_SCORE:
        return f"is one only just (mean score {score:.2f})"
    times_s = tracks.pts_s[tracks.faces.frame[rows]]
    if len(rows) < _STILL_FRAMES or times_s.max() - times_s.min() < _STILL_S:
        return ""
    size = np.sqrt(areas(box)).astype(np.float64)
    moves = np.column_stack([centres(box), size]).std(axis=0) / np.median(size)
    return "never moves, as a picture on a wall" if float(np.hypot.reduce(moves)) < _STILL else ""


def _longest(tracks: Tracks, ids: npt.NDArray[np.int64]) -> int:
    """Of some tracks the one with the most faces."""
    return int(ids[np.argmax([len(tracks.rows(track)) for track in ids.tolist()])])


def offer_people(
    tracks: Tracks, person: npt.NDArray[np.int64], people: Sequence[int], what: str
) -> NoSpeakerError:
    """Nobody was chosen; who may be meant, from left to right as at one moment in the clip.

    Those who are not seen at the moment that shows most of them follow in order of time.

    Parameters
    ----------
    person : (n_tracks,)
        Which tracks are one person.
    people
        Who is offered, the first ones if they are many.
    """
    listed = list(people[:MAX_LISTED])
    owner = np.where(tracks.ids >= 0, person[tracks.ids], -1)
    rows = np.flatnonzero(np.isin(owner, listed))
    frames = tracks.faces.frame[rows]
    shown = np.bincount(frames[_first_of_pairs(frames, owner[rows])])
    score = np.bincount(frames, weights=tracks.faces.score[rows])
    moment = int(np.lexsort((-score, -shown))[0])
    there = rows[frames == moment]
    there = there[np.argsort(centres(tracks.faces.box[there])[:, 0], kind="stable")]
    there = there[np.sort(np.unique(owner[there], return_index=True)[1])]
    clicks = [tracks.click_on(row) for row in there.tolist()]
    elsewhere = [one for one in listed if one not in owner[there]]
    later = [tracks.click(_longest(tracks, np.flatnonzero(person == one))) for one in elsewhere]
    later.sort(key=lambda click: click.frame or 0)
    times = [float(tracks.pts_s[click.frame or 0]) for click in (*clicks, *later)]
    side = ", left to right" if len(clicks) > 1 else ""
    return NoSpeakerError(
        what,
        candidates=[*clicks, *later],
        notes=["" for _ in clicks] + [f" (at {time_s:.2f} s)" for time_s in times[len(clicks) :]],
        n_more=max(0, len(people) - MAX_LISTED),
        offer=f"choose with (at {times[0]:.2f} s{side})",
        times_s=times,
    )


def _first_of_pairs(
    frames: npt.NDArray[np.int64], owner: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Index of one face of each person in each frame."""
    return np.unique(np.stack([frames, owner]), axis=1, return_index=True)[1]


def check_inside(tracks: Tracks, clicks: Sequence[Click], width: int, height: int) -> None:
    """Refuse clicks outside the picture, which are of another clip, or of one that was scaled.

    Raises
    ------
    NoSpeakerError
        It names the first, and carries clicks on the faces at that time.
    """
    for click in clicks:
        if not (0 <= click.x < width and 0 <= click.y < height):
            frame = _frame_of(click, tracks.pts_s)
            raise _with_faces_near(
                tracks, frame, click, f" is outside the picture, which is {width}x{height}"
            )


def _nobody_at(tracks: Tracks, click: Click, frame: int) -> NoSpeakerError:
    """No face is there; those of the nearest moment with a face are offered."""
    error = _with_faces_near(tracks, frame, "no face at ", click)
    error.lacks_face = True
    return error


def _with_faces_near(tracks: Tracks, frame: int, *parts: str | Click) -> NoSpeakerError:
    rows = np.flatnonzero(tracks.ids >= 0)
    if not len(rows):
        return NoSpeakerError(*parts, "; no face was found in any frame")
    frames = tracks.faces.frame[rows]
    moment = int(frames[np.argmin(np.abs(frames - frame))])
    rows = rows[frames == moment]
    rows = rows[np.argsort(centres(tracks.faces.box[rows])[:, 0], kind="stable")]
    time_s = float(tracks.pts_s[moment])
    side = ", left to right" if len(rows) > 1 else ""
    listed = rows[:MAX_LISTED].tolist()
    return NoSpeakerError(
        *parts,
        candidates=[tracks.click_on(row) for row in listed],
        n_more=max(0, len(rows) - MAX_LISTED),
        offer=f"faces near it (at {time_s:.2f} s{side}):",
        times_s=[time_s for _ in listed],
    )
