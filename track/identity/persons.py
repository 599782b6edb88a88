"""All people of a clip: every track grouped, numbered so that a user can name one.

The numbers are the same wherever the same clip is looked at in the same way: by time on screen,
the longest first, and of equals the one that comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speaker_boxes.click import Click
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.geometry import areas
from speaker_boxes.track.identity.choose import MAX_LISTED
from speaker_boxes.track.identity.cluster import Labels
from speaker_boxes.track.identity.evidence import compare_tracks
from speaker_boxes.track.identity.grouping import group_tracks
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.tracklets.tracks import Ids, Tracks


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person of a clip, as far as faces could be tied together."""

    number: int
    """From 1."""
    tracks: Ids
    """Shape (k,), rising."""
    n_frames: int
    """Frames in which the face was found."""
    seconds: float
    """Time on screen: that of the frames."""
    shots: Ids
    """Shape (m,), rising: in which of the clip's shots, from 0."""
    first: int
    """First frame in which the face is seen."""
    last: int
    """Last one."""
    face_px: int
    """Median over the frames of the square root of the face's area."""
    click: Click
    """On the longest track, where it is seen best: it would choose this person."""


def find_persons(clip: ClipFaces, tracks: Tracks, describer: CropDescriber) -> Labels:
    """Group all tracks of a clip into people.

    Parameters
    ----------
    tracks
        From ``link``.
    describer
        Describes crops of faces.

    Returns
    -------
    (n_tracks,) int64
        The person of each track, from 0 in the order of ``Person.number``.
    """
    if len(tracks) < 2:
        return np.zeros(len(tracks), dtype=np.int64)
    affinity = compare_tracks(clip, tracks, describer)
    return number_persons(tracks, group_tracks(affinity).label)


def number_persons(tracks: Tracks, label: Labels) -> Labels:
    """Number groups of tracks by their frames, the most first; of equals the first seen first."""
    seen = tracks.ids >= 0
    frames = np.bincount(label[tracks.ids[seen]])
    first = np.full(len(frames), np.iinfo(np.int64).max)
    np.minimum.at(first, label, tracks.first)
    order = np.lexsort((first, -frames))
    number = np.empty(len(frames), dtype=np.int64)
    number[order] = np.arange(len(frames))
    return np.asarray(number[label], dtype=np.int64)


def describe_persons(tracks: Tracks, label: Labels) -> tuple[Person, ...]:
    """Say of each person what tells them apart.

    Parameters
    ----------
    label : (n_tracks,)
        From ``find_persons``.
    """
    frame_s = _frame_lengths(tracks)
    n_persons = int(label.max(initial=-1)) + 1
    return tuple(
        _describe(tracks, np.flatnonzero(label == i), i + 1, frame_s) for i in range(n_persons)
    )


def person_click(tracks: Tracks, label: Labels, number: int) -> Click:
    """The click that chooses the person of a number.

    Raises
    ------
    NoSpeakerError
        There is no such person; it carries clicks on those there are.
    """
    persons = describe_persons(tracks, label)
    if 1 <= number <= len(persons):
        return persons[number - 1].click
    n_persons = f"{len(persons)} {'person' if len(persons) == 1 else 'people'}"
    raise NoSpeakerError(
        f"there is no person {number}: the clip shows {n_persons}",
        candidates=[person.click for person in persons[:MAX_LISTED]],
        n_more=max(0, len(persons) - MAX_LISTED),
    )


def _describe(tracks: Tracks, ids: Ids, number: int, frame_s: float) -> Person:
    rows = np.concatenate([tracks.rows(track) for track in ids.tolist()])
    frames = np.unique(tracks.faces.frame[rows])
    longest = int(ids[np.argmax([len(tracks.rows(track)) for track in ids.tolist()])])
    return Person(
        number=number,
        tracks=ids,
        n_frames=len(frames),
        seconds=round(len(frames) * frame_s, 3),
        shots=np.unique(tracks.shot[ids]),
        first=int(frames[0]),
        last=int(frames[-1]),
        face_px=round(float(np.median(np.sqrt(areas(tracks.faces.box[rows]))))),
        click=tracks.click(longest),
    )


def _frame_lengths(tracks: Tracks) -> float:
    """Seconds that a frame usually lasts; 0 if there is one only."""
    steps = np.diff(tracks.pts_s)
    return float(np.median(steps)) if len(steps) else 0.0
