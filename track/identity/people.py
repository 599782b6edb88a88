"""Several speakers of one clip, chosen and joined at once.

Clicks of different names are different people for certain. All tracks are grouped once for all
of them, so that a track is at most one person's, and what is strongly one person's is not
another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.identity.choose import Choice, choose
from speaker_boxes.track.identity.click import Click
from speaker_boxes.track.identity.embedding import FaceEmbedder
from speaker_boxes.track.identity.evidence import compare_tracks, cooccurring
from speaker_boxes.track.identity.identity import (
    Identity,
    IdentityOptions,
    Ids,
    identify_people,
    nothing_to_join,
    only_chosen,
)
from speaker_boxes.track.tracklets.link import TrackIds


def choose_people(
    clip: ClipFaces,
    track: TrackIds,
    cuts: Ids,
    speakers: Mapping[str, Sequence[Click]],
    embedder: FaceEmbedder | None,
    *,
    only_clicked_shots: bool = False,
    options: IdentityOptions | None = None,
) -> dict[str, tuple[Choice, Identity]]:
    """Choose each speaker's tracks, and find each one's other tracks.

    Parameters
    ----------
    track : (n_faces,)
        From ``link``.
    cuts : (n_cuts,)
    speakers
        Clicks by name, at least one each.
    embedder
        Compares faces; ``None`` does with set-ups, colours and places.
    only_clicked_shots
        Choose, and find no others.

    Raises
    ------
    NoSpeakerError
        As from ``choose``, or two speakers are clicked on one face.
    """
    for name, clicks in speakers.items():
        if not clicks:
            raise ValueError(f"speaker {name} needs a click")
    pts_s = clip.video.pts_s
    choices = {
        name: choose(clip.faces, track, clicks, pts_s=pts_s, cuts=cuts, flag=f"--speaker {name}=")
        for name, clicks in speakers.items()
    }
    _check_different(clip, track, choices)
    chosen = [choice.tracks for choice in choices.values()]
    cannot_link = cooccurring(clip, track, int(track.max(initial=-1)) + 1)
    if only_clicked_shots or nothing_to_join(cannot_link, chosen):
        identities = [only_chosen(choice) for choice in choices.values()]
    else:
        evidence = compare_tracks(clip, track, cuts, embedder)
        identities = identify_people(
            evidence, chosen, compared_faces=embedder is not None, options=options
        )
    return {
        name: (choice, identity)
        for (name, choice), identity in zip(choices.items(), identities, strict=True)
    }


def _check_different(clip: ClipFaces, track: TrackIds, choices: Mapping[str, Choice]) -> None:
    """Two names on one face mean a slip, and would give one person's boxes twice."""
    owner: dict[int, str] = {}
    for name, choice in choices.items():
        for id_ in choice.tracks.tolist():
            if id_ in owner:
                frames = clip.faces.frame[np.flatnonzero(track == id_)]
                raise NoSpeakerError(
                    f"speakers {owner[id_]} and {name} are clicked on one face, seen in frames "
                    f"{frames[0]} to {frames[-1]}"
                )
            owner[id_] = name
