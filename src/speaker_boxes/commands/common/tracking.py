"""Follow whom the arguments name, with progress and warnings on stderr: for track and run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speaker_boxes.commands.common.terminal import stderr_reporting

if TYPE_CHECKING:
    from speaker_boxes.commands.common.speaker_options import SpeakerArgs
    from speaker_boxes.detect.detectors.registry import DetectorChoice
    from speaker_boxes.detection import DetectionOptions
    from speaker_boxes.progress import Progress
    from speaker_boxes.track.options import TrackOptions
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
    source: str, speaker_args: SpeakerArgs, detection: DetectionArgs, *, max_gap: float
) -> Mapping[str, SpeakerBoxes | TurnBoxes]:
    """Track, and give each array by the name it goes by: one of ``speaker_args.names``."""
    from speaker_boxes.edits.track import track_edited
    from speaker_boxes.track.options import TrackOptions
    from speaker_boxes.track.output.turns import merge_by_turns
    from speaker_boxes.tracking import track_speaker, track_speakers

    options = TrackOptions(max_gap_s=max_gap)
    with stderr_reporting() as progress:
        how = detection_options(detection, progress)
        if speaker_args.active is not None:
            return {"": follow_active(source, speaker_args, options, how)}
        if speaker_args.edits is not None:
            return track_edited(source, speaker_args.edits, options=options, detection=how)
        if not speaker_args.speakers:
            result = track_speaker(
                source,
                at=speaker_args.clicks,
                not_at=speaker_args.rejected,
                face=speaker_args.face,
                person=speaker_args.person,
                only_clicked_shots=speaker_args.only_clicked_shots,
                options=options,
                detection=how,
            )
            return {"": result}
        results = track_speakers(
            source,
            speaker_args.speakers,
            only_clicked_shots=speaker_args.only_clicked_shots,
            options=options,
            detection=how,
        )
        return (
            results
            if speaker_args.turns is None
            else {"": merge_by_turns(results, speaker_args.turns)}
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


def follow_active(
    source: str, speaker_args: SpeakerArgs, options: TrackOptions, detection: DetectionOptions
) -> SpeakerBoxes | TurnBoxes:
    """Track whoever speaks."""
    from speaker_boxes.active_speaker.follow import track_active_speaker, track_turns

    find = track_turns if speaker_args.active == "turns" else track_active_speaker
    return find(
        source, options=options, detection=detection, speech_model=speaker_args.speech_model
    )
