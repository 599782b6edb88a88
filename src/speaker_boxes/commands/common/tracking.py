"""Follow whom the arguments name, with progress and warnings on stderr: for track and run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from speaker_boxes.commands.common.terminal import stderr_reporting

if TYPE_CHECKING:
    from speaker_boxes.detect.detectors.registry import DetectorChoice
    from speaker_boxes.detection import DetectionOptions
    from speaker_boxes.follow.target import Target
    from speaker_boxes.progress import Progress
    from speaker_boxes.track.output.result import SpeakerBoxes
    from speaker_boxes.track.output.turns import TurnBoxes


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionArgs:
    """How faces are found: the same for one speaker and for several."""

    stream: int | None
    detectors: DetectorChoice
    workers: int | None = None
    use_cache: bool = True


def follow(
    source: str,
    target: Target,
    detection: DetectionArgs,
    *,
    max_gap: float,
    speech_model: Path | None,
) -> Mapping[str, SpeakerBoxes | TurnBoxes]:
    """Track, and give each array by the name it goes by: one of ``target.names``."""
    from speaker_boxes.follow.follow import follow as follow_target
    from speaker_boxes.track.options import TrackOptions

    with stderr_reporting() as progress:
        return follow_target(
            source,
            target,
            options=TrackOptions(max_gap_s=max_gap),
            detection=detection_options(detection, progress),
            speech_model=speech_model,
        )


def detection_options(detection: DetectionArgs, progress: Progress) -> DetectionOptions:
    """What ``find_faces`` takes."""
    from speaker_boxes.detect.run.cache import Cache
    from speaker_boxes.detection import DetectionOptions

    return DetectionOptions(
        detectors=detection.detectors,
        stream_index=detection.stream,
        workers=detection.workers,
        cache=Cache() if detection.use_cache else None,
        progress=progress,
    )
