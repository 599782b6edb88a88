"""``speaker-boxes run``: from a clip and a sound to the generated clip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands import track as tracking
from speaker_boxes.commands.common import job_options as opt
from speaker_boxes.commands.common import speaker_options
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.commands.common.tracking import DetectionArgs, choose_detectors, follow
from speaker_boxes.errors import PreflightError
from speaker_boxes.files import check_writable, report_path_for

if TYPE_CHECKING:
    from speaker_boxes.track.output.result import SpeakerBoxes
    from speaker_boxes.track.output.turns import TurnBoxes


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    clip: Annotated[
        str | None, typer.Argument(metavar="[CLIP]", help="Path or http(s) URL of the video.")
    ] = None,
    at: speaker_options.At = None,
    face: speaker_options.Face = None,
    only_clicked_shots: speaker_options.OnlyClicked = False,
    speaker: speaker_options.Speaker = None,
    turns: speaker_options.Turns = None,
    audio: opt.Audio = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where the result goes.", metavar="RESULT.mp4"),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option("--boxes", help="Where the boxes go; beside the result.", metavar="OUT.json"),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Use the sample clip, and its sound without --audio.")
    ] = False,
    stream: tracking.Stream = None,
    max_gap: tracking.MaxGap = 0.5,
    detector: tracking.Detector = "mediapipe",
    detector_model: Annotated[
        Path | None,
        typer.Option(
            "--detector-model", metavar="FILE", help="A local model file for --detector yunet."
        ),
    ] = None,
    model: opt.Model = "lipsync-2",
    sync_mode: opt.Mode = "cut_off",
    temperature: opt.Temperature = None,
    occlusion: opt.Occlusion = None,
    output_name: opt.OutputName = None,
    webhook: opt.Webhook = None,
    project: opt.Project = None,
    multipart: opt.Multipart = False,
    strict: opt.Strict = False,
    new: opt.New = False,
    deadline: opt.Deadline = 3600.0,
    overwrite: opt.Overwrite = False,
    base_url: opt.BaseUrl = None,
    dry_run: opt.DryRun = False,
    quiet: tracking.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Track the speaker, submit, wait, and download the result.

    Stopped at any point, the same command goes on with the same generation.
    """
    from speaker_boxes.commands.common.job_input import print_findings, read_options
    from speaker_boxes.commands.common.job_run import send_job
    from speaker_boxes.commands.submit import print_dry_run
    from speaker_boxes.fetch import is_url
    from speaker_boxes.submit.http.auth import choose_base_url, key_from_environment
    from speaker_boxes.submit.job.job_file import job_path_for
    from speaker_boxes.submit.job.prepare import prepare
    from speaker_boxes.submit.job.run_job import RunOptions
    from speaker_boxes.submit.preflight.preflight import raise_for_findings
    from speaker_boxes.submit.schema.media import read_source

    source = tracking.choose_source(clip, sample=sample)
    speaker_args = speaker_options.read_speaker_args(
        at=at, face=face, only_clicked_shots=only_clicked_shots, speaker=speaker, turns=turns,
        sample=sample,
    )  # fmt: skip
    if len(speaker_args.names) > 1:
        raise typer.BadParameter("a generation takes one array; say who speaks when with --turns")
    sound = audio or (source if sample else None)
    if sound is None or output is None:
        raise typer.BadParameter("a generation needs --audio and -o")
    options = read_options(
        model=model, sync_mode=sync_mode, temperature=temperature, occlusion=occlusion,
        output_name=output_name, webhook=webhook, project=project,
    )  # fmt: skip
    # what would stop the job is found before minutes of tracking
    choose_base_url(base_url)
    if not dry_run:
        key_from_environment()
    read_source("video", source)
    read_source("audio", sound)
    check_writable(output, overwrite=overwrite, inputs=[source, sound])
    boxes = boxes or output.with_name(f"{output.stem}.boxes.json")
    path = job_path_for(boxes, source)
    if not path.exists():  # an earlier run has written them, and goes on now
        tracking.check_outputs(source, boxes, overwrite=overwrite)

    finding = DetectionArgs(stream=stream, detectors=choose_detectors(detector, detector_model))
    results = follow(source, speaker_args, finding, max_gap=max_gap, quiet=quiet)
    result = results[speaker_args.names[0]]
    _write_boxes(source, boxes, result, overwrite=overwrite)
    with stderr_reporting(quiet=quiet) as progress:
        prepared = prepare(
            video=source,
            audio=sound,
            rows=result.bounding_boxes,
            known=result.video.facts(),
            options=options,
            multipart=multipart,
            trust_count=is_url(source),  # it was fetched and counted just now
            has_api_key=True,
            progress=progress,
        )
    print_findings(prepared.findings)
    raise_for_findings(prepared.findings, strict=strict)
    if dry_run:
        print_dry_run(prepared.spec, path, base_url=base_url, as_json=as_json)
        return
    run_options = RunOptions(deadline_s=deadline, output=output, new=new)
    send_job(
        prepared.spec, path, run_options, base_url=base_url, overwrite=overwrite, as_json=as_json
    )


def _write_boxes(
    source: str, boxes: Path, result: SpeakerBoxes | TurnBoxes, *, overwrite: bool
) -> None:
    """Write boxes and report, unless the very same boxes are there from an earlier run."""
    from speaker_boxes.track.output.report import boxes_json

    if boxes.is_file() and report_path_for(boxes).is_file() and not overwrite:
        if boxes.read_bytes() == boxes_json(result).encode():
            return
        raise PreflightError(
            f"{boxes} holds other boxes than those found now; use --overwrite to replace them"
        )
    tracking.check_outputs(source, boxes, overwrite=overwrite)
    tracking.write_outputs(boxes, result)
