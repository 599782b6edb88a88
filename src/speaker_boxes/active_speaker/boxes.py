"""From who speaks to boxes: of the person who speaks most, or of each in their turns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.conversation.measure import Conversation
from speaker_boxes.track.identity.choose import MAX_LISTED, Choice
from speaker_boxes.track.identity.identity import only_chosen
from speaker_boxes.track.identity.speakers import Speaker, choose_speakers
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import SpeakerBoxes, Status
from speaker_boxes.track.output.turns import TurnBoxes
from speaker_boxes.tracking import lay_boxes

_MIN_RATIO = 1.25
"""How much longer one person must speak than any other to be the one who is meant; a guess."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A clip in which it is known who speaks."""

    clip: ClipFaces
    conversation: Conversation
    describer: CropDescriber
    options: TrackOptions


def boxes_of_main(found: Heard) -> SpeakerBoxes:
    """Lay the boxes of whoever speaks most along the frames; errors as ``track_active_speaker``."""
    conversation = found.conversation
    click, reason = _choose_main(conversation)
    speaker = Speaker(() if click is None else (click,))
    chosen = choose_speakers(found.clip, conversation.tracks, {"": speaker}, found.describer)
    choice, identity = chosen[""]
    choice = replace(choice, reason=f"{reason}; {choice.reason}" if click is None else reason)
    boxes = lay_boxes(
        found.clip, conversation.tracks, choice, identity, speaker.clicks, found.options
    )
    return replace(boxes, speech=conversation.findings)


def _choose_main(conversation: Conversation) -> tuple[Click | None, str]:
    """A click on whoever speaks most, and why; no click where nobody speaks."""
    person, index = conversation.person, conversation.speaker_index
    seconds = np.bincount(index[index >= 0], minlength=int(person.max()) + 1).astype(np.float64)
    seconds *= _frame_s(conversation.tracks.pts_s)
    order = np.argsort(-seconds, kind="stable").tolist()
    if conversation.sole is not None:
        return _click(conversation, conversation.sole), "the only person whose lips can be read"
    most, next_s = float(seconds[order[0]]), float(seconds[order[1]])
    if most == 0:
        return None, "nobody is seen to speak"
    if most < _MIN_RATIO * next_s:
        several = [one for one in order if seconds[one] > 0]
        raise NoSpeakerError(
            f"two persons speak about equally long, {most:.1f} s and {next_s:.1f} s",
            candidates=[_click(conversation, one) for one in several[:MAX_LISTED]],
            n_more=max(0, len(several) - MAX_LISTED),
        )
    return _click(conversation, order[0]), f"speaks for {most:.1f} s, the next one {next_s:.1f} s"


def _frame_s(pts_s: npt.NDArray[np.float64]) -> float:
    """What a frame lasts, as a rule."""
    steps = np.diff(pts_s)
    return float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.04


def _click(conversation: Conversation, one: int) -> Click:
    """On the track in which a person speaks most; if in none, on the longest."""
    tracks, who = conversation.tracks, conversation.who
    mine = np.flatnonzero(conversation.person == one)
    spoken = np.bincount(who.leads[who.given], minlength=len(tracks))[mine]
    length = np.array([len(tracks.rows(track)) for track in mine.tolist()])
    return tracks.click(int(mine[np.lexsort((length, spoken))[-1]]))


def boxes_by_turns(found: Heard) -> TurnBoxes:
    """Give each frame the box of whoever speaks then."""
    conversation = found.conversation
    named = dict(conversation.names) or {int(conversation.person[0]): "person-1"}
    speakers = {name: _boxes_of_one(found, one) for one, name in named.items()}
    n_frames = found.clip.video.n_frames
    boxes = np.full((n_frames, 4), np.nan, dtype=np.float32)
    status = np.full(n_frames, Status.NO_TURN, dtype=np.uint8)
    speaker_index = np.full(n_frames, -1, dtype=np.int64)
    for place, (one, name) in enumerate(named.items()):
        mine = conversation.speaker_index == one
        boxes[mine], status[mine] = speakers[name].boxes[mine], speakers[name].status_codes[mine]
        speaker_index[mine] = place
    findings = conversation.findings
    return TurnBoxes(
        found.clip.video, boxes, status, speaker_index, speakers, findings.turns, findings
    )


def _boxes_of_one(found: Heard, one: int) -> SpeakerBoxes:
    """All tracks of a person; a click on each, so that the same can be said by clicks."""
    tracks = found.conversation.tracks
    mine = np.flatnonzero(found.conversation.person == one)
    clicks = tuple(tracks.click(track) for track in mine.tolist())
    choice = Choice(mine, "speaks, or might")
    return lay_boxes(found.clip, tracks, choice, only_chosen(mine), clicks, found.options)
