"""Tracks and people of a clip as edits leave them: parted, joined, chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.edits.model import Edits, Join, Part, SpeakerEdit
from speaker_boxes.errors import EditsError
from speaker_boxes.track.identity.choose import choose
from speaker_boxes.track.identity.evidence import TrackAffinity, compare_tracks
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.tracklets.tracks import Ids, Tracks

Pairs = npt.NDArray[np.int64]
"""Shape (n, 2): two tracks a row."""

_CERTAIN = 1e6
"""Log odds of two tracks that somebody joined: more than all evidence together."""


@dataclass(frozen=True, slots=True, eq=False)
class EditedTracks:
    """What is known of a clip's people with all that was said by hand."""

    tracks: Tracks
    affinity: TrackAffinity
    """With what was joined as certain, and what is apart as impossible."""
    chosen: dict[str, Ids]
    """Of each speaker the tracks that are theirs for certain."""


def edit_tracks(
    clip: ClipFaces, tracks: Tracks, edits: Edits, describer: CropDescriber
) -> EditedTracks:
    """Part, join and choose.

    Raises
    ------
    NoSpeakerError
        No face is where a click is.
    EditsError
        What was said contradicts itself, or what is seen.
    """
    tracks, apart = part_tracks(tracks, edits.parts)
    affinity = compare_tracks(clip, tracks, describer)
    joined = np.array([[track_under(tracks, one) for one in (j.a, j.b)] for j in edits.joins])
    joined = joined.reshape(-1, 2).astype(np.int64)
    groups = _linked(len(tracks), joined)
    clicked = {
        speaker.name: _tracks_under(tracks, (*speaker.clicks, *speaker.tracks_yes))
        for speaker in edits.speakers
    }
    chosen = {name: np.flatnonzero(np.isin(groups, groups[ids])) for name, ids in clicked.items()}
    _check_different(tracks, chosen)
    cannot_link = _set_apart(affinity.cannot_link, apart)
    for speaker in edits.speakers:
        no = _tracks_under(tracks, speaker.tracks_no)
        _check_not(tracks, speaker, no, chosen[speaker.name])
        pairs = np.array([[a, b] for a in no for b in chosen[speaker.name]]).reshape(-1, 2)
        cannot_link = _set_apart(cannot_link, pairs.astype(np.int64))
    _check_possible(tracks, cannot_link, groups, edits.joins)
    for ids in chosen.values():
        _check_one(tracks, cannot_link, ids)
    log_odds = affinity.log_odds.copy()
    log_odds[joined[:, 0], joined[:, 1]] = log_odds[joined[:, 1], joined[:, 0]] = _CERTAIN
    np.fill_diagonal(log_odds, 0)
    return EditedTracks(
        tracks, replace(affinity, log_odds=log_odds, cannot_link=cannot_link), chosen
    )


def part_tracks(tracks: Tracks, parts: Sequence[Part]) -> tuple[Tracks, Pairs]:
    """Cut tracks in two; the ids of what comes out are in the order in which tracks begin.

    Returns
    -------
    tracks
    apart : (n, 2)
        Ids that are two people each.

    Raises
    ------
    EditsError
        A track does not go on before and after the frame at which it is to be parted.
    """
    ends: list[tuple[int, int]] = []
    for part in parts:
        track = track_under(tracks, part.click)
        rows = tracks.rows(track)
        after = rows[tracks.faces.frame[rows] >= part.frame]
        if len(after) in (0, len(rows)):
            raise EditsError(
                f"the face at {part.click} is seen in frames {tracks.first[track]} to "
                f"{tracks.last[track]}; it cannot be parted at {part.frame}"
            )
        ids = tracks.ids.copy()
        ids[after] = later = len(tracks)
        partings = tuple(
            replace(each, before=later) if each.before == track else each
            for each in tracks.partings
        )
        tracks = replace(tracks, ids=ids, partings=partings)
        ends.append((int(rows[len(rows) - len(after) - 1]), int(after[0])))
    tracks = _renumbered(tracks) if parts else tracks
    return tracks, tracks.ids[np.array(ends, dtype=np.int64).reshape(-1, 2)]


def track_under(tracks: Tracks, click: Click) -> int:
    """The track that a click means.

    Raises
    ------
    NoSpeakerError
        There is none; clicks on those near it are offered.
    """
    return int(choose(tracks, [click]).tracks[0])


def _tracks_under(tracks: Tracks, clicks: Sequence[Click]) -> Ids:
    return np.unique(np.array([track_under(tracks, click) for click in clicks], dtype=np.int64))


def _renumbered(tracks: Tracks) -> Tracks:
    place = np.argsort(np.lexsort((tracks.last, tracks.first)), kind="stable")
    ids = tracks.ids.copy()
    ids[ids >= 0] = place[ids[ids >= 0]]
    partings = tuple(
        replace(each, before=int(place[each.before]), after=int(place[each.after]))
        for each in tracks.partings
    )
    return replace(tracks, ids=ids, partings=partings)


def _linked(n_tracks: int, joined: Pairs) -> Ids:
    """A group of each track, such that joined ones are in one: (n_tracks,)."""
    group = np.arange(n_tracks)
    for a, b in joined.tolist():
        group[group == group[b]] = group[a]
    return group


def _set_apart(cannot_link: npt.NDArray[np.bool_], pairs: Pairs) -> npt.NDArray[np.bool_]:
    cannot_link = cannot_link.copy()
    a, b = pairs.T
    cannot_link[a, b] = cannot_link[b, a] = True
    return cannot_link


def _check_different(tracks: Tracks, chosen: dict[str, Ids]) -> None:
    owner: dict[int, str] = {}
    for name, ids in chosen.items():
        for track in ids.tolist():
            if track in owner:
                raise EditsError(
                    f"speakers {owner[track]} and {name} are one person: both have the face at "
                    f"{tracks.click(track)}"
                )
            owner[track] = name


def _check_not(tracks: Tracks, speaker: SpeakerEdit, no: Ids, chosen: Ids) -> None:
    for track in np.intersect1d(no, chosen).tolist():
        raise EditsError(
            f"the face at {tracks.click(track)} is said to be "
            f"{speaker.name or 'the speaker'}'s, and not to be"
        )


def _check_possible(
    tracks: Tracks, cannot_link: npt.NDArray[np.bool_], groups: Ids, joins: Sequence[Join]
) -> None:
    for join in joins:
        ids = np.flatnonzero(groups == groups[track_under(tracks, join.a)])
        _check_one(tracks, cannot_link, ids)


def _check_one(tracks: Tracks, cannot_link: npt.NDArray[np.bool_], ids: Ids) -> None:
    """Refuse that tracks are one person that cannot be."""
    for a, b in np.argwhere(cannot_link[np.ix_(ids, ids)]).tolist():
        raise EditsError(
            f"the faces at {tracks.click(int(ids[a]))} and {tracks.click(int(ids[b]))} cannot be "
            "one person: they are seen together, or were said to be two"
        )
