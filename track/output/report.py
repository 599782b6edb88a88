"""The report beside the boxes: the clip's facts, the tracks, and why each frame is as it is."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.decode.metadata_json import metadata_to_json
from speaker_boxes.detect.detectors.registry import DETECTORS
from speaker_boxes.files import report_path_for, turns_path_for
from speaker_boxes.progress import counted
from speaker_boxes.track.output.result import Role, SpeakerBoxes, Status, TrackInfo
from speaker_boxes.track.output.shots import seconds, shots_to_json
from speaker_boxes.track.output.speech_findings import findings_to_json, turns_json
from speaker_boxes.track.output.turns import TurnBoxes
from speaker_boxes.track.output.turns_file import turn_to_json

FORMAT = 1
"""Rises when a reader of the former format would be misled."""

_WORDS = {
    Status.DETECTED: "detected",
    Status.INTERPOLATED: "interpolated",
    Status.NO_FACE: "null: no face",
    Status.OTHER_SHOT: "null: other shot",
    Status.GAP_TOO_LONG: "null: gap too long",
    Status.HIDDEN: "null: behind another face",
    Status.UNRESOLVED: "null: unresolved",
    Status.NO_TURN: "null: not their turn",
    Status.NULLED: "null: by hand",
    Status.DRAWN: "drawn by hand",
}
_TURN_WORDS = _WORDS | {Status.NO_TURN: "null: nobody's turn"}
_PACKAGES = (
    "speaker-boxes",
    "ai-edge-litert",
    "av",
    "mediapipe",
    "numpy",
    "onnxruntime",
    "opencv-contrib-python",
    "scipy",
)


def boxes_json(result: SpeakerBoxes | TurnBoxes) -> str:
    """Exactly ``{"bounding_boxes": [...]}``, the form that the API also takes by URL."""
    return json.dumps({"bounding_boxes": result.bounding_boxes}, separators=(",", ":")) + "\n"


def report_json(result: SpeakerBoxes | TurnBoxes) -> str:
    """The whole report as JSON; equal results give equal bytes."""
    return as_json(report_to_json(result))


def output_files(boxes: Path, result: SpeakerBoxes | TurnBoxes) -> list[tuple[Path, str]]:
    """What is written of a result, and where: boxes, their report, and turns that were found."""
    files = [(boxes, boxes_json(result)), (report_path_for(boxes), report_json(result))]
    if result.speech is not None:
        files.append((turns_path_for(boxes), turns_json(result.speech.turns)))
    return files


def _written(result: SpeakerBoxes | TurnBoxes) -> dict[str, str]:
    """SHA-256 of what is written with the report: by it one knows what was changed since."""
    files = {"boxes": boxes_json(result)}
    if result.speech is not None:
        files["turns"] = turns_json(result.speech.turns)
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}


def as_json(value: object) -> str:
    """A report, or several, as they are written."""
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    return text.encode(errors="replace").decode()  # a file's name may be no text at all


def report_to_json(result: SpeakerBoxes | TurnBoxes) -> dict[str, Any]:
    """The report as JSON takes it."""
    if isinstance(result, TurnBoxes):
        return _turns_to_json(result)
    frames = _frames_to_json(result.status_codes, _WORDS)
    return {
        "format": FORMAT,
        "clip": metadata_to_json(result.video),
        "cuts": list(result.cuts),
        "shots": shots_to_json(result, result.cuts, frames),
        "partings": _partings_to_json(result),
        "speaker": _speaker_to_json(result),
        "unresolved": _unresolved_to_json(result),
        "summary": _summary_to_json(result, frames),
        "tracks": [
            _track_to_json(info, result.video) | {"role": info.role.value} for info in result.tracks
        ],
        "written": _written(result),
        "detector": result.detector,
        "options": asdict(result.options),
        "versions": _versions(result.detector),
        "frames": frames,
        **_speech_to_json(result),
    }


def summary_line(result: SpeakerBoxes | TurnBoxes) -> str:
    """One line for a person; with what is unclear of who speaks.

    ``talk.mp4: 750 frames, 712 with a box, in 3 of 3 shots (chosen by click 30:405,261)``
    """
    frames = counted(result.video.n_frames, "frame")
    head = f"{result.video.file_name}: {frames}, {result.n_boxes} with a box"
    if isinstance(result, TurnBoxes):
        n_none = int((result.speaker_index < 0).sum())
        speaker_index = ", ".join(
            f"{name} {int((result.speaker_index == i).sum())}"
            for i, name in enumerate(result.names)
        )
        unresolved = _count_unresolved(result.speakers.values())
        turns = counted(len(result.turns), "turn")
        if result.speech is not None and result.speech.unresolved:
            turns += f", {len(result.speech.unresolved)} unclear"
        return f"{head}, {turns}{unresolved}, frames of {speaker_index}, nobody's {n_none}"
    n_shots, with_box = len(result.cuts) + 1, _shots_with_box(result)
    shots = f"in {with_box} of {counted(n_shots, 'shot')}"
    unresolved = _count_unresolved([result])
    return f"{head}, {shots}{unresolved} ({result.reason})"


def _shots_with_box(result: SpeakerBoxes) -> int:
    boxed = np.flatnonzero(~np.isnan(result.boxes[:, 0]))
    return len(np.unique(np.searchsorted(np.array(result.cuts), boxed, side="right")))


def _turns_to_json(result: TurnBoxes) -> dict[str, Any]:
    people = result.speakers
    one = next(iter(people.values()))
    owner = {track: name for name, each in people.items() for track in _speaker_tracks(each)}
    frames = _frames_to_json(result.status_codes, _TURN_WORDS)
    speaker_index = [result.names[i] if i >= 0 else None for i in result.speaker_index.tolist()]
    return {
        "format": FORMAT,
        "clip": metadata_to_json(result.video),
        "cuts": list(one.cuts),
        "shots": shots_to_json(result, one.cuts, frames),
        "partings": _partings_to_json(one),
        "speakers": {name: _speaker_to_json(each) for name, each in people.items()},
        "turns": [turn_to_json(turn) for turn in result.turns],
        "unresolved": {name: _unresolved_to_json(each) for name, each in people.items()},
        "summary": _summary_to_json(result, frames),
        "tracks": [
            _track_to_json(info, result.video) | {"speaker": owner.get(info.track)}
            for info in one.tracks
        ],
        "written": _written(result),
        "detector": one.detector,
        "options": asdict(one.options),
        "versions": _versions(one.detector),
        "frames": frames,
        "whose": speaker_index,
        **_speech_to_json(result),
    }


def _speech_to_json(result: SpeakerBoxes | TurnBoxes) -> dict[str, Any]:
    return {} if result.speech is None else {"speech": findings_to_json(result.speech)}


def _speaker_to_json(result: SpeakerBoxes) -> dict[str, Any]:
    return {
        "reason": result.reason,
        "clicks": [str(click) for click in result.clicks],
        "tracks": _speaker_tracks(result),
        "joined_by": list(result.evidence),
        "joined": [
            {
                "track": each.track,
                "log_odds": _rounded(each.log_odds),
                "margin": _rounded(each.margin),
            }
            for each in result.joined
        ],
    }


def _partings_to_json(result: SpeakerBoxes) -> list[dict[str, Any]]:
    """Where a face may have become another's, in order of time; a click on each side."""
    tracks = {info.track: info for info in result.tracks}
    partings = sorted(result.partings, key=lambda p: (tracks[p.after].first, p.before))
    return [
        {
            "frame": tracks[parting.after].first,
            "time_s": seconds(result.video, tracks[parting.after].first),
            "log_odds": _rounded(parting.log_odds),
            "before": str(tracks[parting.before].click),
            "after": str(tracks[parting.after].click),
        }
        for parting in partings
    ]


def _rounded(log_odds: float | None) -> float | None:
    """To hundredths: evidence is not known better."""
    return None if log_odds is None else round(log_odds, 2)


def _unresolved_to_json(result: SpeakerBoxes) -> list[dict[str, Any]]:
    return [
        {
            "track": info.track,
            "first": info.first,
            "last": info.last,
            **_span_s(info, result.video),
            "at": str(info.click),
        }
        for info in result.unresolved
    ]


def _span_s(info: TrackInfo, video: VideoMetadata) -> dict[str, float]:
    """From when to when a track is seen."""
    return {"start_s": seconds(video, info.first), "end_s": seconds(video, info.last + 1)}


def _track_to_json(info: TrackInfo, video: VideoMetadata) -> dict[str, Any]:
    return {
        "track": info.track,
        "first": info.first,
        "last": info.last,
        **_span_s(info, video),
        "frames": info.n_frames,
        "mean_score": info.mean_score,
        "at": str(info.click),
    }


def _frames_to_json(status: npt.NDArray[np.uint8], words: dict[Status, str]) -> list[str]:
    return [words[Status(code)] for code in status.tolist()]


def _summary_to_json(result: SpeakerBoxes | TurnBoxes, frames: Sequence[str]) -> dict[str, int]:
    return {"frames": result.video.n_frames, "boxes": result.n_boxes, **Counter(frames)}


def _versions(detector: str) -> dict[str, str]:
    """Of all that decides the result; what the detectors of this package run on always among it."""
    registered = DETECTORS.get(detector)  # an open pair may have any name
    packages = dict.fromkeys((*_PACKAGES, *(registered.libraries if registered else ())))
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def _count_unresolved(results: Iterable[SpeakerBoxes]) -> str:
    count = len({info.track for result in results for info in result.unresolved})
    return f", {count} unresolved" if count else ""


def _speaker_tracks(result: SpeakerBoxes) -> list[int]:
    return [info.track for info in result.tracks if info.role is Role.SPEAKER]
