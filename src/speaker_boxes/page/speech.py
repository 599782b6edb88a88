"""Who speaks, for the page: turns to begin with, a curve a person, and what stays open."""

from __future__ import annotations

from typing import Any

import numpy as np

from speaker_boxes.active_speaker.follow import open_network
from speaker_boxes.fetch.source import Download
from speaker_boxes.page.session import Session
from speaker_boxes.track.conversation.face_pictures import ClipFile
from speaker_boxes.track.conversation.measure import Conversation, find_conversation
from speaker_boxes.track.identity.persons import find_persons
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.speech_findings import findings_to_json
from speaker_boxes.tracking import link_clip


def find_speech(session: Session, options: TrackOptions) -> dict[str, Any]:
    """Find who speaks when, by lips and sound, as ``track --active-speaker turns`` does.

    Takes about as long as finding the faces took; what was looked at is kept.

    Raises
    ------
    SpeakerBoxesError
        The weights of LR-ASD cannot be had, or the clip does not decode any more.
    """
    clip = session.clip
    if clip is None or session.sha256 is None:
        raise ValueError("the faces are not found yet")
    tracks = link_clip(clip, session.describer, options)
    where = ClipFile(
        file=Download(session.path),
        name=session.path.name,
        stream_index=session.detection.stream_index,
        sha256=session.sha256,
        cache=session.cache,
    )
    person = find_persons(clip, tracks, session.describer)
    found = find_conversation(where, tracks, person, lambda: open_network(None))
    return findings_to_json(found.findings) | {"persons": _clicks(found)}


def _clicks(found: Conversation) -> dict[str, list[list[float]]]:
    """A click on each track of each person who was found, by their names."""
    clicks: dict[str, list[list[float]]] = {}
    for one, name in found.names.items():
        mine = np.flatnonzero(found.person == one).tolist()
        on = [found.tracks.click(track) for track in mine]
        clicks[name] = [[at.frame or 0, at.x, at.y] for at in on]
    return clicks
