"""From the turns of a dialogue and a sound of each speaker to one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.errors import PreflightError, Remedy
from speaker_boxes.submit.job.spec import JobSpec, SubmitOptions
from speaker_boxes.submit.preflight.audio_length import measure_audio
from speaker_boxes.submit.preflight.boxes_file import Rows
from speaker_boxes.submit.preflight.dialogue import Dialogue, frame_times, frames_of
from speaker_boxes.submit.schema.media import Script, Sound, SoundGiven, Source, read_sound
from speaker_boxes.submit.schema.request import BoxesSelection, Segment, Selection
from speaker_boxes.submit.schema.segments import AudioLayout, LaidTurn, SelectIn, lay_turns
from speaker_boxes.track.output.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueOptions:
    """How the turns of a dialogue become segments."""

    layout: AudioLayout = "running"
    """How the sounds of speakers lie; a turn with ``audio_start_s`` says it for itself."""
    select_in: SelectIn = "options"
    """Where the faces are said."""


def read_sounds(
    audio: SoundGiven | Mapping[str, SoundGiven], turns: Sequence[Turn] | None
) -> dict[str, Sound]:
    """Each sound by its speaker's name; the one of a whole clip as ``audio``.

    Raises
    ------
    PreflightError
        A file is missing or of a kind that the API does not take; there are several sounds and no
        turns, or a turn of somebody who has no sound.
    """
    if isinstance(audio, str | Path | Script):
        if turns is not None:
            raise PreflightError("turns need a sound of each speaker, by name; got one for all")
        return {"audio": read_sound(audio)}
    if turns is None:
        raise PreflightError(
            f"sounds of {', '.join(audio)} need turns; say who speaks when",
            remedy=Remedy("or send one sound for the whole clip"),
        )
    for turn in turns:
        if turn.speaker not in audio:
            raise PreflightError(
                f"{turn.speaker} speaks from {turn.start_s:g} s on and has no sound; "
                f"there are sounds of {', '.join(audio)}"
            )
    return {name: read_sound(given) for name, given in audio.items()}


def dialogue_of(
    sounds: Mapping[str, Sound],
    turns: Sequence[Turn],
    options: DialogueOptions,
    *,
    sync_mode: str,
    rows: Rows | None,
    clip: ClipFacts | None,
    pts_s: npt.NDArray[np.float64] | None,
) -> Dialogue:
    """Lay the sounds along the turns and measure them.

    Raises
    ------
    PreflightError
        A file of ours that does not open or holds no sound.
    """
    texts = [name for name, sound in sounds.items() if isinstance(sound, Script)]
    return Dialogue(
        turns=lay_turns(turns, options.layout, texts),
        sounds_s={
            name: None if isinstance(sound, Script) else measure_audio(sound)
            for name, sound in sounds.items()
        },
        layout=options.layout,
        sync_mode=sync_mode,
        rows=rows,
        clip=clip,
        pts_s=pts_s,
    )


def make_spec(
    video: Source,
    sounds: Mapping[str, Sound],
    selection: Selection,
    dialogue: Dialogue | None,
    wanted: DialogueOptions,
    options: SubmitOptions,
    *,
    multipart: bool,
) -> JobSpec:
    """The job, with a segment for each turn if there are turns.

    Raises
    ------
    PreflightError
        Files of a dialogue cannot go along with the request, or faces cannot be said in segments.
    """
    if dialogue is None:
        return JobSpec(
            video=video, sounds=sounds, selection=selection, options=options, multipart=multipart
        )
    if multipart:
        raise PreflightError(
            "a multipart request takes one sound, a dialogue has several",
            remedy=Remedy("upload the files before", "other_transfer_of_files"),
        )
    in_segments = wanted.select_in == "segments"
    return JobSpec(
        video=video,
        sounds=sounds,
        selection=None if in_segments else selection,
        segments=tuple(
            _segment(laid, dialogue, selection if in_segments else None) for laid in dialogue.turns
        ),
        options=options,
    )


def _segment(laid: LaidTurn, dialogue: Dialogue, selection: Selection | None) -> Segment:
    if selection is None:
        return laid.segment()
    if not isinstance(selection, BoxesSelection):
        return laid.segment(selection)
    times = frame_times(dialogue)
    if times is None or len(times) != len(selection.bounding_boxes):
        return laid.segment(selection)
    mine = frames_of(laid.turn, times).tolist()
    rows = [
        row if spoken else None for row, spoken in zip(selection.bounding_boxes, mine, strict=True)
    ]
    return laid.segment(BoxesSelection(bounding_boxes=rows))
