"""A clip in, the boxes of whoever speaks out: chosen by lips and sound, without a click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from speaker_boxes.active_speaker.boxes import Heard, boxes_by_turns, boxes_of_main
from speaker_boxes.detect.detectors.base import DetectorPair, FaceDetector
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detection import DetectionOptions, detection_with, find_faces_in
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.fetch.source import local_copy, redacted_url
from speaker_boxes.track.conversation.face_pictures import ClipFile
from speaker_boxes.track.conversation.measure import find_conversation
from speaker_boxes.track.identity.persons import find_persons
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import TurnBoxes
from speaker_boxes.tracking import comparing_as_detected, link_clip, telling_of

if TYPE_CHECKING:
    from speaker_boxes.track.speech.network import Network


def track_active_speaker(
    source: str | Path,
    *,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
    detectors: DetectorPair | DetectorChoice | FaceDetector | None = None,
    cache: Cache | None = None,
    speech_model: Path | None = None,
) -> SpeakerBoxes:
    """Follow the person who speaks most, through the whole clip.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    options, detection, detectors, cache
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
    detection = detection_with(detection, detectors=detectors, cache=cache)
    with _listening(source, options, detection, speech_model, lips_of_one=False) as found:
        return boxes_of_main(found)


def track_turns(
    source: str | Path,
    *,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
    detectors: DetectorPair | DetectorChoice | FaceDetector | None = None,
    cache: Cache | None = None,
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
    detection = detection_with(detection, detectors=detectors, cache=cache)
    with _listening(source, options, detection, speech_model, lips_of_one=True) as found:
        return boxes_by_turns(found)


@contextmanager
def _listening(
    source: str | Path,
    options: TrackOptions | None,
    detection: DetectionOptions,
    speech_model: Path | None,
    *,
    lips_of_one: bool,
) -> Iterator[Heard]:
    options = options or TrackOptions()
    name = redacted_url(source)
    with local_copy(source, progress=detection.progress) as file:
        clip = find_faces_in(file, name, detection)
        with telling_of(clip), comparing_as_detected(clip, detection) as describer:
            tracks = link_clip(clip, describer, options)
            if not len(tracks):
                raise NoSpeakerError("no face was found in any frame", lacks_face=True)
            person = find_persons(clip, tracks, describer)
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
            yield Heard(clip, conversation, describer, options)


@cache
def open_network(model: Path | None) -> Network:
    """LR-ASD, loaded once for all clips; its parts may be run by several threads."""
    from speaker_boxes.track.speech.network import open_network as opened

    return opened(model=model)
