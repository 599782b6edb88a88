"""A clip and its edits in, boxes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.edits.apply import apply_edits, check_digest
from speaker_boxes.edits.model import Edits
from speaker_boxes.fetch.source import is_url
from speaker_boxes.file_digest import check_is_file, file_digest
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import TurnBoxes
from speaker_boxes.tracking import comparing_faces


def track_edited(
    source: str | Path,
    edits: Edits,
    *,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
) -> Mapping[str, SpeakerBoxes | TurnBoxes]:
    """Follow whom edits name, and do what they say.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    options, detection
        As in ``track_speaker``; what the edits say of stream, detector and gaps holds instead.

    Raises
    ------
    EditsError, NoSpeakerError
        As from ``apply_edits``; that a file is another clip is found before it is decoded.
    VideoError, ModelError, WorkerError
        As from ``find_faces``.
    """
    if not is_url(source):
        path = Path(source)
        check_is_file(path, str(source))
        check_digest(file_digest(path), str(source), edits)
    detection = _as_edited(detection or DetectionOptions(), edits)
    clip = find_faces(source, detection)
    with comparing_faces(clip, detection.cache, n_threads=detection.n_threads) as describer:
        return apply_edits(clip, edits, describer=describer, options=options)


def _as_edited(detection: DetectionOptions, edits: Edits) -> DetectionOptions:
    """Find faces as they were found when the edits were made: clicks mean those."""
    if edits.stream is not None:
        detection = replace(detection, stream_index=edits.stream)
    given = detection.detectors
    if edits.detector is None or getattr(given, "name", None) == edits.detector:
        return detection  # a model file may have been given with it
    return replace(detection, detectors=DetectorChoice(edits.detector))
