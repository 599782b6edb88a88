"""The report beside the boxes: the clip's facts, the tracks, and why each frame is as it is."""

from __future__ import annotations

import json
import platform
from collections import Counter
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from speaker_boxes.detect.facts import spell_facts
from speaker_boxes.track.result import Role, SpeakerBoxes, Status, TrackInfo

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
}
_PACKAGES = ("speaker-boxes", "av", "mediapipe", "numpy", "opencv-contrib-python", "scipy")


def boxes_json(result: SpeakerBoxes) -> str:
    """Exactly ``{"bounding_boxes": [...]}``, the form that the API also takes by URL."""
    return json.dumps({"bounding_boxes": result.bounding_boxes}, separators=(",", ":")) + "\n"


def report_json(result: SpeakerBoxes) -> str:
    """The whole report as JSON; equal results give equal bytes."""
    text = json.dumps(spell_report(result), indent=1, ensure_ascii=False) + "\n"
    return text.encode(errors="replace").decode()  # a file's name may be no text at all


def spell_report(result: SpeakerBoxes) -> dict[str, Any]:
    """The report as JSON takes it."""
    frames = [_WORDS[Status(code)] for code in result.status.tolist()]
    return {
        "format": FORMAT,
        "clip": spell_facts(result.video),
        "cuts": list(result.cuts),
        "speaker": {
            "reason": result.reason,
            "clicks": [str(click) for click in result.clicks],
            "tracks": _speaker_tracks(result),
            "joined_by": list(result.evidence),
        },
        "unresolved": [
            {"track": info.track, "first": info.first, "last": info.last, "at": _at(info)}
            for info in result.unresolved
        ],
        "summary": {"frames": result.video.n_frames, "boxes": result.n_boxes, **Counter(frames)},
        "tracks": [
            {
                "track": info.track,
                "first": info.first,
                "last": info.last,
                "frames": info.n_frames,
                "mean_score": info.mean_score,
                "at": _at(info),
                "role": info.role.value,
            }
            for info in result.tracks
        ],
        "detector": result.detector,
        "options": asdict(result.options),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in _PACKAGES},
        "frames": frames,
    }


def summary_line(result: SpeakerBoxes) -> str:
    """One line for a person.

    ``talk.mp4: 750 frames, 712 with a box, 2 tracks, speaker is track 0 (…)``
    """
    chosen = [str(track) for track in _speaker_tracks(result)]
    name = result.video.source.replace("\\", "/").rsplit("/", 1)[-1]
    tracks = f"{len(result.tracks)} track{'s' if len(result.tracks) != 1 else ''}"
    speaker = f"track{'s' if len(chosen) > 1 else ''} {', '.join(chosen)}"
    unresolved = f", {len(result.unresolved)} unresolved" if result.unresolved else ""
    return (
        f"{name}: {result.video.n_frames} frames, {result.n_boxes} with a box, {tracks}"
        f"{unresolved}, speaker is {speaker} ({result.reason})"
    )


def _speaker_tracks(result: SpeakerBoxes) -> list[int]:
    return [info.track for info in result.tracks if info.role is Role.SPEAKER]


def _at(info: TrackInfo) -> str:
    """The click that chooses a track, as ``--at`` takes it."""
    return "{}:{},{}".format(*info.click)
