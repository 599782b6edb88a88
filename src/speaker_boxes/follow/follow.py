"""A clip and whom to follow in, boxes out: the one place where the way of tracking is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from speaker_boxes.detection import DetectionOptions
from speaker_boxes.follow.target import Target
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import TurnBoxes, merge_by_turns
from speaker_boxes.tracking import track_speaker, track_speakers


def follow(
    source: str | Path,
    target: Target,
    *,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
    speech_model: Path | None = None,
) -> Mapping[str, SpeakerBoxes | TurnBoxes]:
    """Give each array of boxes by the name it goes by: one of ``target.names``.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    options, detection
        As in ``track_speaker``.
    speech_model
        A local file of LR-ASD's weights, for who is found to speak.

    Raises
    ------
    SpeakerBoxesError
        As from ``track_speaker``, ``track_edited`` and ``track_turns``.
    """
    if target.active is not None:
        # ONNX Runtime comes with it
        from speaker_boxes.active_speaker.follow import track_active_speaker, track_turns

        find = track_turns if target.active == "turns" else track_active_speaker
        return {"": find(source, options=options, detection=detection, speech_model=speech_model)}
    if target.edits is not None:
        from speaker_boxes.edits.track import track_edited

        return track_edited(source, target.edits, options=options, detection=detection)
    if target.speakers:
        results = track_speakers(
            source,
            target.speakers,
            only_clicked_shots=target.only_clicked_shots,
            options=options,
            detection=detection,
        )
        return results if target.turns is None else {"": merge_by_turns(results, target.turns)}
    return {
        "": track_speaker(
            source,
            at=target.clicks,
            not_at=target.rejected,
            face=target.face,
            person=target.person,
            only_clicked_shots=target.only_clicked_shots,
            options=options,
            detection=detection,
        )
    }
