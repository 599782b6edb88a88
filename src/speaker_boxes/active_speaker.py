"""A clip in, the boxes of whoever speaks out: chosen by lips and sound, without a click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detection import DetectionOptions, find_faces_in
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.fetch import local_copy, redacted_url
from speaker_boxes.track.conversation.face_pictures import ClipFile
from speaker_boxes.track.conversation.measure import Conversation, find_conversation
from speaker_boxes.track.identity.choose import MAX_LISTED, Choice
from speaker_boxes.track.identity.embedding import FaceEmbedder
from speaker_boxes.track.identity.identity import only_chosen
from speaker_boxes.track.identity.persons import find_persons
from speaker_boxes.track.identity.speakers import Speaker, choose_speakers
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import SpeakerBoxes, Status
from speaker_boxes.track.output.turns import TurnBoxes
from speaker_boxes.track.speech.network import Network
from speaker_boxes.track.speech.network import open_network as _open_network
from speaker_boxes.tracking import boxes_of_person, comparing_faces, link_clip

_MIN_RATIO = 1.25
"""How much longer one person must speak than any other to be the one who is meant; a guess."""


def track_active_speaker(
    source: str | Path,
    *,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
    speech_model: Path | None = None,
) -> SpeakerBoxes:
    """Follow the person who speaks most, through the whole clip.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    options, detection
        As in ``track_speaker``.
    speech_model
        A local file of LR-ASD's weights; else it is fetched the first time it is needed, which
        it is not for a clip of a single person.

    Returns
    -------
    SpeakerBoxes
        ``speech`` says who speaks when. A person who is the only one is taken without a word.

    Raises
    ------
    NoSpeakerError
        Nobody is heard to speak and no face is clearly the main one, or two persons speak about
        equally long. It carries clicks that would choose one.
    SpeakerBoxesError
        As from ``track_speaker``.
    """
    with _listening(source, options, detection, speech_model, lips_of_one=False) as found:
        return _boxes_of_main(found)


def track_turns(
    source: str | Path,
    *,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
    speech_model: Path | None = None,
) -> TurnBoxes:
    """Find who speaks when, and give each frame the box of whoever does.

    Parameters and errors as in ``track_active_speaker``.

    Returns
    -------
    TurnBoxes
        NaN where nobody speaks, where nobody who is seen does, and where it is not clear who;
        ``speech`` lists the latter, each with a click.
    """
    with _listening(source, options, detection, speech_model, lips_of_one=True) as found:
        return _boxes_by_turns(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """A clip in which it is known who speaks."""

    clip: ClipFaces
    conversation: Conversation
    embedder: FaceEmbedder | None
    options: TrackOptions


@contextmanager
def _listening(
    source: str | Path,
    options: TrackOptions | None,
    detection: DetectionOptions | None,
    speech_model: Path | None,
    *,
    lips_of_one: bool,
) -> Iterator[_Heard]:
    options, detection = options or TrackOptions(), detection or DetectionOptions()
    name = redacted_url(source)
    with local_copy(source, progress=detection.progress) as file:
        clip = find_faces_in(file, name, detection)
        tracks = link_clip(clip, options)
        if not len(tracks):
            raise NoSpeakerError("no face was found in any frame")
        with comparing_faces(clip, detection.cache, wanted=len(tracks) > 1) as embedder:
            person = find_persons(clip, tracks, embedder)
            where = ClipFile(
                file=file,
                name=name,
                stream_index=detection.stream_index,
                sha256=clip.video.sha256,
                cache=detection.cache,
                progress=detection.progress,
            )
            conversation = find_conversation(
                where, tracks, person, lambda: open_network(speech_model), lips_of_one=lips_of_one
            )
            yield _Heard(clip, conversation, embedder, options)


@cache
def open_network(model: Path | None) -> Network:
    """LR-ASD, loaded once for all clips; its parts may be run by several threads."""
    return _open_network(model=model)


def _boxes_of_main(found: _Heard) -> SpeakerBoxes:
    conversation = found.conversation
    click, reason = _choose_main(conversation)
    speaker = Speaker(() if click is None else (click,))
    chosen = choose_speakers(found.clip, conversation.tracks, {"": speaker}, found.embedder)
    choice, identity = chosen[""]
    choice = replace(choice, reason=f"{reason}; {choice.reason}" if click is None else reason)
    boxes = boxes_of_person(
        found.clip, conversation.tracks, choice, identity, speaker, found.options
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


def _boxes_by_turns(found: _Heard) -> TurnBoxes:
    conversation = found.conversation
    named = dict(conversation.names) or {int(conversation.person[0]): "person-1"}
    speakers = {name: _boxes_of_one(found, one) for one, name in named.items()}
    n_frames = found.clip.video.n_frames
    boxes = np.full((n_frames, 4), np.nan, dtype=np.float32)
    status = np.full(n_frames, Status.NO_TURN, dtype=np.uint8)
    speaker_index = np.full(n_frames, -1, dtype=np.int64)
    for place, (one, name) in enumerate(named.items()):
        mine = conversation.speaker_index == one
        boxes[mine], status[mine] = speakers[name].boxes[mine], speakers[name].status[mine]
        speaker_index[mine] = place
    findings = conversation.findings
    return TurnBoxes(
        found.clip.video, boxes, status, speaker_index, speakers, findings.turns, findings
    )


def _boxes_of_one(found: _Heard, one: int) -> SpeakerBoxes:
    """All tracks of a person; a click on each, so that the same can be said by clicks."""
    tracks = found.conversation.tracks
    mine = np.flatnonzero(found.conversation.person == one)
    clicks = tuple(tracks.click(track) for track in mine.tolist())
    choice = Choice(mine, "speaks, or might")
    return boxes_of_person(
        found.clip, tracks, choice, only_chosen(choice), Speaker(clicks), found.options
    )
