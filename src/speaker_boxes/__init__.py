"""Frame-aligned speaker boxes for the Sync lip-sync API.

The short way is ``track_speaker``. The stages can be called one by one too: ``find_faces``
(pixels end there), ``link``, ``choose``, ``frame_boxes``, each with arrays in and out.
``submit_boxes`` hands the result to the API; ``Client`` has its calls one by one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speaker_boxes.active_speaker.follow import track_active_speaker, track_turns
    from speaker_boxes.click import Click, parse_click
    from speaker_boxes.detect.decode.metadata import VideoMetadata
    from speaker_boxes.detect.decode.video import open_video, probe
    from speaker_boxes.detect.detectors.base import (
        Detections,
        DetectorPair,
        FaceDetector,
        RoiDetector,
        SearchPlan,
        Window,
    )
    from speaker_boxes.detect.detectors.registry import DetectorChoice
    from speaker_boxes.detect.faces import Faces
    from speaker_boxes.detect.normalize.normalize import NormalizeResult, normalize
    from speaker_boxes.detect.run.cache import Cache
    from speaker_boxes.detect.scan.clip_faces import ClipFaces
    from speaker_boxes.detect.scan.cuts import find_cuts
    from speaker_boxes.detect.scan.options import ScanOptions
    from speaker_boxes.detect.scan.scan import scan
    from speaker_boxes.detection import DetectionOptions, find_faces
    from speaker_boxes.edits.apply import apply_edits
    from speaker_boxes.edits.codec import edits_json, read_edits
    from speaker_boxes.edits.model import Edits
    from speaker_boxes.errors import (
        BoxesFileError,
        EditsError,
        GenerationError,
        JobFileError,
        ModelError,
        NoSpeakerError,
        OutputError,
        PictureError,
        PreflightError,
        Remedy,
        SpeakerBoxesError,
        SubmitConnectionError,
        SubmitError,
        SubmitReplyError,
        SubmitStatusError,
        SubmitTimeoutError,
        TurnsError,
        VideoDecodeError,
        VideoError,
        VideoOpenError,
        WorkerError,
    )
    from speaker_boxes.geometry import check_boxes, pairwise_iou, to_rows
    from speaker_boxes.pictures.people import People, list_people
    from speaker_boxes.submit.api.client import AsyncClient, Client, new_key
    from speaker_boxes.submit.api.webhook import verify_webhook
    from speaker_boxes.submit.http.effects import ClientConfig, RetryOptions
    from speaker_boxes.submit.http.responses import Cost, Generation
    from speaker_boxes.submit.job.dialogue import DialogueOptions
    from speaker_boxes.submit.job.job_file import Job
    from speaker_boxes.submit.job.spec import SubmitOptions
    from speaker_boxes.submit.job.submit import submit_boxes, submit_boxes_async
    from speaker_boxes.submit.schema.media import Script
    from speaker_boxes.submit.schema.request import GenerationRequest
    from speaker_boxes.track.identity.choose import Choice, choose
    from speaker_boxes.track.identity.persons import Person
    from speaker_boxes.track.options import TrackOptions
    from speaker_boxes.track.output.frame_boxes import frame_boxes
    from speaker_boxes.track.output.report import boxes_json, report_json
    from speaker_boxes.track.output.result import SpeakerBoxes, Status, TrackInfo
    from speaker_boxes.track.output.speech_findings import OpenTurn, SpeechFindings, SpokenTurn
    from speaker_boxes.track.output.turns import Turn, TurnBoxes, merge_by_turns
    from speaker_boxes.track.tracklets.link import link
    from speaker_boxes.track.tracklets.tracks import Tracks
    from speaker_boxes.tracking import (
        boxes_for_speaker,
        boxes_for_speakers,
        track_speaker,
        track_speakers,
    )

    __version__: str

__all__ = [
    "AsyncClient",
    "BoxesFileError",
    "Cache",
    "Choice",
    "Click",
    "Client",
    "ClientConfig",
    "ClipFaces",
    "Cost",
    "DetectionOptions",
    "Detections",
    "DetectorChoice",
    "DetectorPair",
    "DialogueOptions",
    "Edits",
    "EditsError",
    "FaceDetector",
    "Faces",
    "Generation",
    "GenerationError",
    "GenerationRequest",
    "Job",
    "JobFileError",
    "ModelError",
    "NoSpeakerError",
    "NormalizeResult",
    "OpenTurn",
    "OutputError",
    "People",
    "Person",
    "PictureError",
    "PreflightError",
    "Remedy",
    "RetryOptions",
    "RoiDetector",
    "ScanOptions",
    "Script",
    "SearchPlan",
    "SpeakerBoxes",
    "SpeakerBoxesError",
    "SpeechFindings",
    "SpokenTurn",
    "Status",
    "SubmitConnectionError",
    "SubmitError",
    "SubmitOptions",
    "SubmitReplyError",
    "SubmitStatusError",
    "SubmitTimeoutError",
    "TrackInfo",
    "TrackOptions",
    "Tracks",
    "Turn",
    "TurnBoxes",
    "TurnsError",
    "VideoDecodeError",
    "VideoError",
    "VideoMetadata",
    "VideoOpenError",
    "Window",
    "WorkerError",
    "apply_edits",
    "boxes_for_speaker",
    "boxes_for_speakers",
    "boxes_json",
    "check_boxes",
    "choose",
    "edits_json",
    "find_cuts",
    "find_faces",
    "frame_boxes",
    "link",
    "list_people",
    "merge_by_turns",
    "new_key",
    "normalize",
    "open_video",
    "pairwise_iou",
    "parse_click",
    "probe",
    "read_edits",
    "report_json",
    "scan",
    "submit_boxes",
    "submit_boxes_async",
    "to_rows",
    "track_active_speaker",
    "track_speaker",
    "track_speakers",
    "track_turns",
    "verify_webhook",
]

_HOMES = {
    "detect.run.cache": ("Cache",),
    "detect.scan.clip_faces": ("ClipFaces",),
    "detect.scan.cuts": ("find_cuts",),
    "detect.detectors.registry": ("DetectorChoice",),
    "detect.detectors.base": (
        "Detections",
        "DetectorPair",
        "FaceDetector",
        "RoiDetector",
        "SearchPlan",
        "Window",
    ),
    "detect.faces": ("Faces",),
    "detect.decode.metadata": ("VideoMetadata",),
    "detect.normalize.normalize": ("NormalizeResult", "normalize"),
    "detect.scan.options": ("ScanOptions",),
    "detect.scan.scan": ("scan",),
    "detect.decode.video": ("open_video", "probe"),
    "errors": (
        "BoxesFileError",
        "EditsError",
        "GenerationError",
        "JobFileError",
        "ModelError",
        "NoSpeakerError",
        "OutputError",
        "PictureError",
        "PreflightError",
        "Remedy",
        "SpeakerBoxesError",
        "SubmitConnectionError",
        "SubmitError",
        "SubmitReplyError",
        "SubmitStatusError",
        "SubmitTimeoutError",
        "TurnsError",
        "VideoDecodeError",
        "VideoError",
        "VideoOpenError",
        "WorkerError",
    ),
    "geometry": ("check_boxes", "pairwise_iou", "to_rows"),
    "detection": ("DetectionOptions", "find_faces"),
    "tracking": (
        "boxes_for_speaker",
        "boxes_for_speakers",
        "track_speaker",
        "track_speakers",
    ),
    "pictures.people": ("People", "list_people"),
    "edits.apply": ("apply_edits",),
    "edits.codec": ("edits_json", "read_edits"),
    "edits.model": ("Edits",),
    "submit.api.client": ("AsyncClient", "Client", "new_key"),
    "submit.http.effects": ("RetryOptions", "ClientConfig"),
    "submit.job.job_file": ("Job",),
    "submit.job.dialogue": ("DialogueOptions",),
    "submit.schema.media": ("Script",),
    "submit.job.spec": ("SubmitOptions",),
    "submit.http.responses": ("Cost", "Generation"),
    "submit.job.submit": ("submit_boxes", "submit_boxes_async"),
    "submit.api.webhook": ("verify_webhook",),
    "submit.schema.request": ("GenerationRequest",),
    "track.output.frame_boxes": ("frame_boxes",),
    "track.identity.choose": ("Choice", "choose"),
    "track.identity.persons": ("Person",),
    "click": ("Click", "parse_click"),
    "track.tracklets.link": ("link",),
    "track.tracklets.tracks": ("Tracks",),
    "track.options": ("TrackOptions",),
    "track.output.report": ("boxes_json", "report_json"),
    "track.output.result": ("SpeakerBoxes", "Status", "TrackInfo"),
    "active_speaker.follow": ("track_active_speaker", "track_turns"),
    "track.output.speech_findings": ("OpenTurn", "SpeechFindings", "SpokenTurn"),
    "track.output.turns": ("Turn", "TurnBoxes", "merge_by_turns"),
}
"""Where each public name lives. They are imported when they are asked for: SciPy, PyAV and
OpenCV take half a second together, and ``speaker-boxes --help`` needs none of them."""


def __getattr__(name: str) -> object:
    """Import a public name from the module that defines it."""
    for home, names in _HOMES.items():
        if name in names:
            value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    if name == "__version__":
        from importlib.metadata import version  # slow to import: it brings email

        return version("speaker-boxes")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
