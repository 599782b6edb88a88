"""Whose tracks: one speaker of a clip or several, chosen and joined at once.

Different names are different people for certain. All tracks are grouped once for all of them, so
that a track is at most one person's, and what is strongly one person's is not another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from speaker_boxes.click import Click
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.identity.choose import Choice, choose, choose_main
from speaker_boxes.track.identity.cluster import correlation_cluster
from speaker_boxes.track.identity.embedding import FaceEmbedder
from speaker_boxes.track.identity.evidence import TrackAffinity, compare_tracks, cooccurring
from speaker_boxes.track.identity.identity import (
    Identity,
    IdentityOptions,
    Ids,
    identify_people,
    nothing_to_join,
    only_chosen,
)
from speaker_boxes.track.identity.reference import Reference, choose_by_reference, with_reference
from speaker_boxes.track.tracklets.tracks import Tracks


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """What is known of one speaker beforehand."""

    clicks: Sequence[Click] = ()
    """All on the same person."""
    reference: Reference | None = None
    """The speaker's face in another picture; it and the clicks must mean one person."""


def choose_speakers(
    clip: ClipFaces,
    tracks: Tracks,
    speakers: Mapping[str, Speaker],
    embedder: FaceEmbedder | None,
    *,
    only_clicked_shots: bool = False,
    options: IdentityOptions | None = None,
) -> dict[str, tuple[Choice, Identity]]:
    """Choose each speaker's tracks, and find each one's other tracks.

    Parameters
    ----------
    speakers
        By name. A single one whose name is empty needs neither clicks nor a picture, and is the
        main face then.
    embedder
        Compares faces; ``None`` does with set-ups, colours and places.
    only_clicked_shots
        Choose, and find no others.

    Raises
    ------
    NoSpeakerError
        As from ``choose`` and ``choose_by_reference``, or two speakers are clicked on one face.
    ValueError
        Nothing says who one of several speakers is.
    """
    _check_named(speakers)
    clicked = {
        name: _named(name, tracks, speaker) for name, speaker in speakers.items() if speaker.clicks
    }
    _check_different(tracks, clicked)
    by_clicks = len(clicked) == len(speakers) and not _references(speakers)
    if len(tracks) < 2 and not _references(speakers):
        clicked = clicked or {name: choose(tracks, ()) for name in speakers}
        by_clicks = True
    if by_clicks and (
        only_clicked_shots
        or nothing_to_join(cooccurring(tracks), [choice.tracks for choice in clicked.values()])
    ):
        return {name: (choice, only_chosen(choice)) for name, choice in clicked.items()}
    if only_clicked_shots and not _references(speakers):
        return {name: (choice, only_chosen(choice)) for name, choice in _main(tracks, speakers)}
    affinity = compare_tracks(clip, tracks, embedder)
    choices = {
        name: _choose(tracks, affinity, speaker, clicked.get(name))
        for name, speaker in speakers.items()
    }
    _check_different(tracks, choices)
    if only_clicked_shots:
        return {name: (choice, only_chosen(choice)) for name, choice in choices.items()}
    identities = _identify(affinity, speakers, choices, embedder is not None, options)
    return {name: (choices[name], identities[name]) for name in speakers}


def _references(speakers: Mapping[str, Speaker]) -> bool:
    return any(speaker.reference is not None for speaker in speakers.values())


def _check_named(speakers: Mapping[str, Speaker]) -> None:
    for name, speaker in speakers.items():
        if name and not speaker.clicks and speaker.reference is None:
            raise ValueError(f"speaker {name} needs a click")


def _named(name: str, tracks: Tracks, speaker: Speaker) -> Choice:
    """What the clicks choose; an error says whose they are."""
    try:
        return choose(tracks, speaker.clicks)
    except NoSpeakerError as error:
        error.speaker = name or None
        raise


def _main(tracks: Tracks, speakers: Mapping[str, Speaker]) -> list[tuple[str, Choice]]:
    return [(name, choose(tracks, ())) for name in speakers]


def _choose(
    tracks: Tracks, affinity: TrackAffinity, speaker: Speaker, clicked: Choice | None
) -> Choice:
    if speaker.reference is not None:
        return choose_by_reference(tracks, affinity, speaker.reference, clicked)
    if clicked is not None:
        return clicked
    person = correlation_cluster(affinity.log_odds, affinity.cannot_link)
    return choose_main(tracks, person)


def _identify(
    affinity: TrackAffinity,
    speakers: Mapping[str, Speaker],
    choices: Mapping[str, Choice],
    compared_faces: bool,
    options: IdentityOptions | None,
) -> dict[str, Identity]:
    """Find all people's other tracks; each reference picture counts as one more track."""
    n_tracks = len(affinity.log_odds)
    chosen: list[Ids] = []
    for name, speaker in speakers.items():
        ids = choices[name].tracks
        if speaker.reference is not None:
            ids = np.append(ids, len(affinity.log_odds))
            affinity = with_reference(affinity, speaker.reference)
        chosen.append(ids)
    found = identify_people(affinity, chosen, compared_faces=compared_faces, options=options)
    return {
        name: replace(
            identity,
            tracks=identity.tracks[identity.tracks < n_tracks],
            unresolved=identity.unresolved[identity.unresolved < n_tracks],
        )
        for name, identity in zip(speakers, found, strict=True)
    }


def _check_different(tracks: Tracks, choices: Mapping[str, Choice]) -> None:
    """Two names on one face mean a slip, and would give one person's boxes twice."""
    owner: dict[int, str] = {}
    for name, choice in choices.items():
        for track in choice.tracks.tolist():
            if track in owner:
                raise NoSpeakerError(
                    f"speakers {owner[track]} and {name} are clicked on one face, seen in frames "
                    f"{tracks.first[track]} to {tracks.last[track]}"
                )
            owner[track] = name
