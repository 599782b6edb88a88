"""``speaker-boxes run``: from a clip and a sound to the generated clip."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common import job_options as opt
from speaker_boxes.commands.common.detection_options import ClipOptions, DetectorOptions
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.outputs import check_outputs, place_beside, write_outputs
from speaker_boxes.commands.common.shared_options import SentClip, choose_source
from speaker_boxes.commands.common.speaker_options import SpeakerOptions, read_speaker_args
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.commands.common.tracking import DetectionArgs, follow
from speaker_boxes.files import check_writable, read_whole, report_path_for

if TYPE_CHECKING:
    from speaker_boxes.follow.target import Target
    from speaker_boxes.track.output.result import SpeakerBoxes
    from speaker_boxes.track.output.turns import TurnBoxes


@with_options
def run(
    clip: SentClip = None,
    *,
    speaker_options: SpeakerOptions,
    sounds: opt.SoundOptions,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Where the result goes; CLIP.result.mp4 beside the clip if left out.",
            metavar="RESULT.mp4",
        ),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option("--boxes", help="Where the boxes go; beside the result.", metavar="OUT.json"),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Use the sample clip, and its sound without --audio.")
    ] = False,
    clip_options: ClipOptions,
    detector_options: DetectorOptions,
    generation: opt.GenerationOptions,
    multipart: opt.Multipart = False,
    strict: opt.Strict = False,
    sending: opt.SendOptions,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.commands.common.job_input import print_findings, read_options
    from speaker_boxes.commands.common.job_run import send_job
    from speaker_boxes.commands.common.sounds import (
        check_heard,
        check_speakers,
        read_dialogue_options,
        read_named_sounds,
        read_sound,
    )
    from speaker_boxes.commands.submit import print_dry_run
    from speaker_boxes.fetch.source import is_url, redacted_url
    from speaker_boxes.submit.http.auth import choose_base_url, key_from_environment
    from speaker_boxes.submit.job.job_file import job_path_for
    from speaker_boxes.submit.job.prepare import prepare
    from speaker_boxes.submit.job.run_job import RunOptions
    from speaker_boxes.submit.preflight.preflight import raise_for_findings
    from speaker_boxes.submit.schema.media import Script, read_source, visual_kind
    from speaker_boxes.track.output.turns import TurnBoxes

    source = choose_source(clip, sample=sample)
    if source != redacted_url(source) and not is_url(source):
        raise typer.BadParameter(
            "a clip that is piped in cannot be sent: a job that was interrupted is gone on with by "
            "the same file; write it to one, or give a URL"
        )
    speaker_args = read_speaker_args(speaker_options, sample=sample)
    if len(speaker_args.names) > 1:
        raise typer.BadParameter("a generation takes one array; say who speaks when with --turns")
    has_turns = speaker_args.turns is not None or speaker_args.active == "turns"
    is_dialogue = has_turns and _are_named(sounds)
    sound = read_named_sounds(sounds) if is_dialogue else read_sound(sounds)
    sound = sound or (source if sample else None)
    if sound is None:
        raise typer.BadParameter("a generation needs --audio (or --text)")
    output = output or place_beside(source, "result.mp4", sample=sample)
    if isinstance(sound, dict) and speaker_args.turns is not None:
        check_speakers(speaker_args.speakers, sound)
    options = read_options(generation)
    # what would stop the job is found before minutes of tracking
    choose_base_url(sending.base_url)
    if not sending.dry_run:
        key_from_environment()
    read_source(visual_kind(source), source)
    heard = list(sound.values()) if isinstance(sound, dict) else [sound]
    files = [given for given in heard if not isinstance(given, Script)]
    for given in files:
        read_source("audio", given)
    check_writable(output, overwrite=sending.overwrite, inputs=[source, *files])
    boxes = boxes or output.with_name(f"{output.stem}.boxes.json")
    path = job_path_for(boxes, source)
    if not path.exists():  # an earlier run has written them, and goes on now
        check_outputs(source, boxes, speaker_args, overwrite=sending.overwrite)

    detection = DetectionArgs(stream=clip_options.stream, detectors=detector_options.choice())
    results = follow(
        source,
        speaker_args,
        detection,
        max_gap=clip_options.max_gap,
        speech_model=speaker_options.speech_model,
    )
    result = results[speaker_args.names[0]]
    turns = speaker_args.turns if is_dialogue else None
    if isinstance(sound, dict) and isinstance(result, TurnBoxes):
        turns = list(result.turns)
        check_heard(result.names, sound)
    _write_boxes(source, boxes, result, speaker_args, overwrite=sending.overwrite)
    with stderr_reporting() as progress:
        prepared = prepare(
            video=source,
            audio=sound,
            rows=result.bounding_boxes,
            turns=turns,
            dialogue=read_dialogue_options(sounds),
            pts_s=result.video.pts_s,
            known=result.video.facts(),
            options=options,
            multipart=multipart,
            trust_count=is_url(source),  # it was fetched and counted just now
            has_api_key=True,
            progress=progress,
        )
    print_findings(prepared.findings)
    raise_for_findings(prepared.findings, strict=strict)
    if sending.dry_run:
        print_dry_run(prepared.spec, path, sending, sounds)
        return
    run_options = RunOptions(deadline_s=sending.deadline, output=output, new=sending.new)
    send_job(prepared.spec, path, run_options, sending)


def _are_named(sounds: opt.SoundOptions) -> bool:
    """Whether each speaker has a sound of their own; one sound may also be for all turns."""
    given = [*(sounds.audio or []), *(sounds.text or [])]
    return len(given) > 1 or any(re.match(r"[\w-]+=", text) for text in given)


def _write_boxes(
    source: str,
    boxes: Path,
    result: SpeakerBoxes | TurnBoxes,
    speaker_args: Target,
    *,
    overwrite: bool,
) -> None:
    """Write boxes and report, unless the very same boxes are there from an earlier run."""
    from speaker_boxes.track.output.report import boxes_json

    whole = boxes.is_file() and report_path_for(boxes).is_file()
    if whole and not overwrite and read_whole(boxes) == boxes_json(result).encode():
        return
    check_outputs(source, boxes, speaker_args, overwrite=overwrite)
    write_outputs(boxes, result)
