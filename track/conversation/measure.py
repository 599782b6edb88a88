"""A clip's faces in, who speaks out: the steps in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speaker_boxes.track.conversation.doubtful import without_doubtful
from speaker_boxes.track.conversation.face_pictures import ClipFile, cut_pictures
from speaker_boxes.track.conversation.findings import gather, speakers_of
from speaker_boxes.track.conversation.hearing import Hearing, hear
from speaker_boxes.track.conversation.stretches import Stretch, split_stretches
from speaker_boxes.track.conversation.who_speaks import (
    Looked,
    WhoSpeaks,
    find_who_speaks,
    sole_person,
    to_look_at,
)
from speaker_boxes.track.identity.cluster import Labels
from speaker_boxes.track.output.speech_findings import SpeechFindings
from speaker_boxes.track.output.turns import SpeakerIndex
from speaker_boxes.track.speech.shot import ShotScores, measure_shot
from speaker_boxes.track.tracklets.tracks import Tracks

if TYPE_CHECKING:
    from speaker_boxes.track.speech.network import Network

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """Who speaks in a clip."""

    tracks: Tracks
    person: Labels
    """Shape (n_tracks,): whose each track is."""
    sole: int | None
    """The only person whose lips could be read, or the only one there is."""
    who: WhoSpeaks
    names: Mapping[int, str]
    """What those persons are called who speak or were looked at, by their numbers in ``person``."""
    findings: SpeechFindings

    @property
    def speaker_index(self) -> SpeakerIndex:
        """Shape (n_frames,): the person who speaks in each frame, -1 for nobody."""
        return speakers_of(self.who, self.person)


def find_conversation(
    clip: ClipFile,
    tracks: Tracks,
    person: Labels,
    open_network: Callable[[], Network],
    *,
    lips_of_one: bool = True,
) -> Conversation:
    """Find who speaks when.

    Parameters
    ----------
    person : (n_tracks,)
        From ``find_persons``.
    open_network
        Called only if faces have to be looked at.
    lips_of_one
        Whether to look for lips that move in a clip without sound of a single person; not where
        that person is meant anyhow.

    Raises
    ------
    VideoError
        The clip does not open or decode any more.
    ModelError
        A model cannot be had.
    """
    stretches = without_doubtful(split_stretches(tracks), person)
    hearing = hear(clip.file.path, clip.name, tracks.pts_s)
    sole = sole_person(stretches, person)
    chosen = to_look_at(stretches, person, hearing, tracks.pts_s)
    if hearing.sound is None and sole is not None and not lips_of_one:
        chosen = []
    if chosen and hearing.sound is None:
        logger.warning("%s has no sound: who speaks is judged by the lips alone", clip.name)
    looked = _look(clip, stretches, chosen, hearing, open_network) if chosen else {}
    who = find_who_speaks(stretches, person, hearing, looked, tracks.pts_s)
    names = _name(who, person, stretches, looked)
    findings = gather(who, tracks, person, names, stretches, looked, hearing)
    return Conversation(tracks, person, sole, who, names, findings)


def _look(
    clip: ClipFile,
    stretches: Sequence[Stretch],
    chosen: Sequence[int],
    hearing: Hearing,
    open_network: Callable[[], Network],
) -> dict[int, ShotScores]:
    """Measure the faces of some stretches."""
    network = open_network()
    pictures = cut_pictures(clip, [part for i in chosen for part in stretches[i].able])
    looked = {}
    for done, i in enumerate(chosen):
        faces = [pictures.face_track(part) for part in stretches[i].able]
        looked[i] = measure_shot(network, faces, hearing.sound, hearing.voice)
        clip.progress("lips", done + 1, len(chosen))
    return looked


def _name(
    who: WhoSpeaks, person: Labels, stretches: Sequence[Stretch], looked: Looked
) -> dict[int, str]:
    """A name for everybody who speaks or was looked at, in the order in which they are seen."""
    known = set(person[who.leads[who.leads >= 0]].tolist())
    for i, shot in looked.items():
        parts = zip(stretches[i].able, shot.unfit, strict=True)
        known |= {int(person[part.track]) for part, unfit in parts if unfit is None}
    return {one: f"person-{i}" for i, one in enumerate(sorted(known), 1)}
