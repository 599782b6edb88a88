"""``speaker-boxes run``: from a clip and a sound to the generated clip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands import job_options as opt
from speaker_boxes.commands import track as tracking
from speaker_boxes.commands.terminal import talk
from speaker_boxes.errors import PreflightError
from speaker_boxes.files import check_writable, write_atomic

if TYPE_CHECKING:
    from speaker_boxes.track.result import SpeakerBoxes


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    clip: Annotated[
        str | None, typer.Argument(metavar="[CLIP]", help="Path or http(s) URL of the video.")
    ] = None,
    at: tracking.At = None,
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
    from speaker_boxes.commands.job_input import read_options, tell
    from speaker_boxes.commands.job_run import send_job
    from speaker_boxes.commands.submit import print_dry_run
    from speaker_boxes.detect.download import is_url
    from speaker_boxes.submit.account import choose_base_url, key_from_environment
    from speaker_boxes.submit.clip import facts_of
    from speaker_boxes.submit.job import job_path_for
    from speaker_boxes.submit.media import read_source
    from speaker_boxes.submit.preflight import refuse
    from speaker_boxes.submit.prepare import prepare
    from speaker_boxes.submit.run_job import Aim

    source, clicks = tracking.choose_source(clip, at, sample=sample)
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
    check_writable(output, overwrite=overwrite)
    boxes = boxes or output.with_name(f"{output.stem}.boxes.json")
    path = job_path_for(boxes, source)
    if not path.exists():  # an earlier run has written them, and goes on now
        _check_boxes_writable(boxes, overwrite=overwrite)

    detectors = tracking.choose_detectors(detector, detector_model)
    result = tracking.follow(source, clicks, detectors, stream=stream, max_gap=max_gap, quiet=quiet)
    _write_boxes(boxes, result, overwrite=overwrite)
    with talk(quiet=quiet) as progress:
        ready = prepare(
            video=source,
            audio=sound,
            rows=result.bounding_boxes,
            known=facts_of(result.video),
            options=options,
            multipart=multipart,
            trust_count=is_url(source),  # it was fetched and counted just now
            keyed=True,
            progress=progress,
        )
    tell(ready.findings)
    refuse(ready.findings, strict=strict)
    if dry_run:
        print_dry_run(ready.plan, path, base_url=base_url, as_json=as_json)
        return
    aim = Aim(deadline_s=deadline, output=output, new=new)
    send_job(ready.plan, path, aim, base_url=base_url, overwrite=overwrite, as_json=as_json)


def _check_boxes_writable(boxes: Path, *, overwrite: bool) -> None:
    for path in tracking.output_paths(boxes):
        check_writable(path, overwrite=overwrite)


def _write_boxes(boxes: Path, result: SpeakerBoxes, *, overwrite: bool) -> None:
    """Write boxes and report, unless the very same boxes are there from an earlier run."""
    from speaker_boxes.track.report import boxes_json, report_json

    content = boxes_json(result)
    boxes_path, report_path = tracking.output_paths(boxes)
    if boxes_path.is_file() and report_path.is_file() and not overwrite:
        if boxes_path.read_bytes() == content.encode():
            return
        raise PreflightError(
            f"{boxes_path} holds other boxes than those found now; use --overwrite to replace them"
        )
    _check_boxes_writable(boxes, overwrite=overwrite)
    write_atomic(report_path, report_json(result))
    write_atomic(boxes_path, content)
