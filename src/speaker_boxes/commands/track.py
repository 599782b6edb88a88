"""``speaker-boxes track``: a clip in, frame-aligned boxes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speaker_boxes.commands.common.detection_options import (
    ClipOptions,
    DetectorOptions,
    WorkerOptions,
)
from speaker_boxes.commands.common.loudness import note_json, say
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.outputs import (
    check_outputs,
    choose_boxes,
    say_places,
    write_outputs,
)
from speaker_boxes.commands.common.shared_options import (
    ClipOrSample,
    Overwrite,
    choose_source,
)
from speaker_boxes.commands.common.speaker_options import SpeakerOptions, read_speaker_args
from speaker_boxes.commands.common.terminal import one_line
from speaker_boxes.commands.common.tracking import DetectionArgs, follow
from speaker_boxes.files import boxes_path_for


@with_options
def track(
    clip: ClipOrSample = None,
    *,
    speaker_options: SpeakerOptions,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.json",
            help="Where the boxes go; the report goes to OUT.report.json beside it. Of several "
            "speakers without --turns: OUT.NAME.json and OUT.NAME.report.json each. "
            "CLIP.boxes.json beside the clip if left out; - writes the boxes to stdout.",
        ),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Use the sample clip that is installed with this.")
    ] = False,
    clip_options: ClipOptions,
    detector_options: DetectorOptions,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            callback=note_json,
            help="Print the report instead of the summary line; of a failure what could be chosen.",
        ),
    ] = False,
    worker_options: WorkerOptions,
    overwrite: Overwrite = False,
) -> None:
    """See ``COMMANDS``."""
    source = choose_source(clip, sample=sample)
    speaker_args = read_speaker_args(speaker_options, sample=sample)
    if output == "-" and as_json:
        raise typer.BadParameter("-o - and --json both write to stdout; use one of them")
    if output == "-" and speaker_args.names != [""]:
        raise typer.BadParameter("-o - is for one array; say who speaks when with --turns")
    paths: dict[str, Path] = {}
    if output is None:
        paths = choose_boxes(source, speaker_args, sample=sample, overwrite=overwrite)
    elif output != "-":
        paths = {name: boxes_path_for(Path(output), name) for name in speaker_args.names}
        for path in paths.values():
            check_outputs(source, path, speaker_args, overwrite=overwrite)
    detection = DetectionArgs(
        stream=clip_options.stream,
        detectors=detector_options.choice(),
        workers=worker_options.workers,
        use_cache=not worker_options.no_cache,
    )
    results = follow(
        source,
        speaker_args,
        detection,
        max_gap=clip_options.max_gap,
        speech_model=speaker_options.speech_model,
    )

    from speaker_boxes.track.output import report

    for name, path in paths.items():
        write_outputs(path, results[name])
    if output == "-":
        typer.echo(report.boxes_json(results[""]), nl=False)
    elif as_json:
        reports = {name: report.report_to_json(result) for name, result in results.items()}
        typer.echo(report.as_json(reports.get("", reports)), nl=False)
    else:
        for name, result in results.items():
            say((f"{name}: " if name else "") + one_line(report.summary_line(result)))
    if output is None:
        say(one_line(say_places(list(paths.values()))), err=as_json)
