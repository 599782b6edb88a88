"""Whose tracks: one speaker of a clip or several, chosen and joined at once.

Different names are different people for certain. All tracks are grouped once for all of them, so
that a track is at most one person's, and what is strongly one person's is not another's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from speaker_boxes.click import Click
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.identity.choose import Choice, choose, choose_main, tracks_at
from speaker_boxes.track.identity.evidence import TrackAffinity, compare_tracks, cooccurring
from speaker_boxes.track.identity.grouping import IdentityOptions, group_tracks
from speaker_boxes.track.identity.identity import (
    Identity,
    identify,
    nothing_to_join,
    only_chosen,
)
from speaker_boxes.track.identity.reference import Reference, choose_by_reference
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.tracklets.tracks import Ids, Tracks

logger = logging.getLogger(__name__)

_TWO_PEOPLE = -2.0
"""Log odds below which two clicks on one name look like a slip."""


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """What is known of one speaker beforehand."""

    clicks: Sequence[Click] = ()
    """All on the same person."""
    reference: Reference | None = None
    """The speaker's face in another picture; it and the clicks must mean one person."""
    rejected: Sequence[Click] = ()
    """Each on somebody else."""


def choose_speakers(
    clip: ClipFaces,
    tracks: Tracks,
    speakers: Mapping[str, Speaker],
    describer: CropDescriber,
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
    describer
        Describes crops.
    only_clicked_shots
        Choose, and find no others.

    Raises
    ------
    NoSpeakerError
        As from ``choose`` and ``choose_by_reference``, or two speakers are clicked on one face.
    ValueError
        Nothing says who one of several speakers is.
    """
    for name, speaker in speakers.items():
        if name and not speaker.clicks and speaker.reference is None:
            raise ValueError(f"speaker {name} needs a click")
    rejected = {name: _rejected(name, tracks, speaker) for name, speaker in speakers.items()}
    choices = {
        name: _clicked(name, tracks, speaker)
        for name, speaker in speakers.items()
        if speaker.clicks or (speaker.reference is None and (only_clicked_shots or len(tracks) < 2))
    }
    _check_different(tracks, choices)
    _check_not_rejected(tracks, choices, rejected)
    no_picture = all(speaker.reference is None for speaker in speakers.values())
    if len(choices) == len(speakers) and no_picture:
        chosen = [choice.tracks for choice in choices.values()]
        if only_clicked_shots or nothing_to_join(cooccurring(tracks), chosen):
            return {name: (choice, only_chosen(choice.tracks)) for name, choice in choices.items()}
    affinity = compare_tracks(clip, tracks, describer)
    choices = {
        name: _choose(tracks, affinity, speaker, choices.get(name), rejected[name], options)
        for name, speaker in speakers.items()
    }
    _check_different(tracks, choices)
    if only_clicked_shots:
        return {name: (choice, only_chosen(choice.tracks)) for name, choice in choices.items()}
    for name, choice in choices.items():
        _warn_of_two_people(name, tracks, affinity, choice)
    found = identify(
        affinity,
        [choice.tracks for choice in choices.values()],
        rejected=list(rejected.values()),
        options=options,
    )
    return {
        name: (choice, identity)
        for (name, choice), identity in zip(choices.items(), found, strict=True)
    }


def _clicked(name: str, tracks: Tracks, speaker: Speaker) -> Choice:
    """What the clicks choose; an error says whose they are."""
    try:
        return choose(tracks, speaker.clicks)
    except NoSpeakerError as error:
        error.speaker = name or None
        raise


def _rejected(name: str, tracks: Tracks, speaker: Speaker) -> Ids:
    try:
        return tracks_at(tracks, speaker.rejected)
    except NoSpeakerError as error:
        error.speaker, error.rejecting = name or None, True
        raise


def _choose(
    tracks: Tracks,
    affinity: TrackAffinity,
    speaker: Speaker,
    clicked: Choice | None,
    rejected: Ids,
    options: IdentityOptions | None,
) -> Choice:
    if speaker.reference is not None:
        persons = group_tracks(affinity, options=options)
        return choose_by_reference(
            tracks, affinity, persons, speaker.reference, clicked, rejected=rejected
        )
    if clicked is not None:
        return clicked
    return choose_main(tracks, group_tracks(affinity, options=options).label, rejected=rejected)


def _warn_of_two_people(name: str, tracks: Tracks, affinity: TrackAffinity, choice: Choice) -> None:
    """Say which clicked faces look like two people; clicks are believed all the same."""
    ids = choice.tracks
    odds = affinity.log_odds[np.ix_(ids, ids)]
    if len(ids) < 2 or odds.min() > _TWO_PEOPLE:
        return
    i, j = np.unravel_index(int(odds.argmin()), odds.shape)
    who = f"speaker {name}: " if name else ""
    logger.warning(
        "%sthe clicked faces at %s and %s look like two people (log odds %+.1f); if they are, name "
        "each of them", who, tracks.click(int(ids[i])), tracks.click(int(ids[j])), odds[i, j],
    )  # fmt: skip


def _check_not_rejected(
    tracks: Tracks, choices: Mapping[str, Choice], rejected: Mapping[str, Ids]
) -> None:
    """Nobody is the speaker and somebody else."""
    for name, choice in choices.items():
        for track in np.intersect1d(choice.tracks, rejected[name]).tolist():
            raise NoSpeakerError(
                f"one face, seen in frames {tracks.first[track]} to {tracks.last[track]}, is "
                "clicked as the speaker and as somebody else",
                speaker=name or None,
            )


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
