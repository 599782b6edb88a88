"""Who is in a clip: the faces of a clip grouped into numbered people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from speaker_boxes.detect.detectors.base import DetectorPair, FaceDetector
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detection import DetectionOptions, detection_with, find_faces
from speaker_boxes.track.identity.persons import Person, describe_persons, find_persons
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.tracklets.tracks import Tracks
from speaker_boxes.tracking import comparing_as_detected, link_clip


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people of a clip."""

    clip: ClipFaces
    tracks: Tracks
    persons: tuple[Person, ...]
    """In the order of their numbers."""

    def __repr__(self) -> str:
        return f"<People of {self.clip.video.file_name}: {len(self.persons)}>"


def list_people(
    source: str | Path,
    *,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
    detectors: DetectorPair | DetectorChoice | FaceDetector | None = None,
    cache: Cache | None = None,
) -> People:
    """Find out who is in a clip.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    options, detection, detectors, cache
        As in ``track_speaker``.

    Raises
    ------
    VideoError, ModelError, WorkerError
        As from ``find_faces``.

    Examples
    --------
    >>> from speaker_boxes.sample import clip_path
    >>> [person.number for person in list_people(clip_path()).persons]
    [1]
    """
    detection = detection_with(detection, detectors=detectors, cache=cache)
    clip = find_faces(source, detection)
    with comparing_as_detected(clip, detection) as describer:
        return people_of(clip, describer=describer, options=options)


def people_of(
    clip: ClipFaces, *, describer: CropDescriber | None = None, options: TrackOptions | None = None
) -> People:
    """The people of a clip whose faces are known; no pixel is needed."""
    describer = describer or CachedDescriber()
    tracks = link_clip(clip, describer, options or TrackOptions())
    return People(clip, tracks, describe_persons(tracks, find_persons(clip, tracks, describer)))
