"""``speaker-boxes submit``: run a generation, or go on with one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common import job_options as opt
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.files import check_writable, write_atomic

if TYPE_CHECKING:
    from speaker_boxes.submit.job.spec import JobSpec


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("submit")(submit)


def submit(
    boxes: Annotated[
        Path | None,
        typer.Argument(help="A boxes file; or a job file, to go on with it.", metavar="OUT.json"),
    ] = None,
    video: opt.Video = None,
    audio: opt.Audio = None,
    model: opt.Model = "lipsync-2",
    sync_mode: opt.Mode = "cut_off",
    wait: opt.Wait = False,
    output: opt.Output = None,
    auto: opt.Auto = False,
    v3: opt.V3 = False,
    point: opt.Point = None,
    boxes_url: opt.BoxesUrl = None,
    export_boxes: Annotated[
        Path | None,
        typer.Option(help="Only write the file to host for --boxes-url.", metavar="FILE"),
    ] = None,
    temperature: opt.Temperature = None,
    occlusion: opt.Occlusion = None,
    output_name: opt.OutputName = None,
    webhook: opt.Webhook = None,
    project: opt.Project = None,
    multipart: opt.Multipart = False,
    trust_count: opt.TrustCount = False,
    strict: opt.Strict = False,
    job: opt.JobFile = None,
    new: opt.New = False,
    deadline: opt.Deadline = 3600.0,
    overwrite: opt.Overwrite = False,
    base_url: opt.BaseUrl = None,
    dry_run: opt.DryRun = False,
    as_json: opt.Json = False,
) -> None:
    """Send boxes, clip and sound to the Sync API; the key comes from SYNC_API_KEY.

    The job is noted in OUT.job.json before it is sent. Whatever happens, the same command goes on
    with it, and nothing is paid twice.
    """
    from speaker_boxes.commands.common.job_input import JobInput, print_findings, read_options
    from speaker_boxes.commands.common.job_run import send_job
    from speaker_boxes.submit.job.job_file import job_path_for, looks_like_job
    from speaker_boxes.submit.job.run_job import RunOptions
    from speaker_boxes.submit.preflight.preflight import raise_for_findings

    if export_boxes is not None:
        _export(boxes, export_boxes, overwrite=overwrite)
        return
    run_options = RunOptions(
        wait=wait or output is not None, deadline_s=deadline, output=output, new=new
    )
    if boxes is not None and looks_like_job(boxes):
        if video is not None or audio is not None:
            raise typer.BadParameter(f"{boxes} is a job file, which needs no --video or --audio")
        send_job(None, boxes, run_options, base_url=base_url, overwrite=overwrite, as_json=as_json)
        return
    options = read_options(
        model=model, sync_mode=sync_mode, temperature=temperature, occlusion=occlusion,
        output_name=output_name, webhook=webhook, project=project,
    )  # fmt: skip
    wanted = JobInput(
        boxes=boxes, video=video, audio=audio, options=options, auto=auto, v3=v3, point=point,
        boxes_url=boxes_url, multipart=multipart, trust_count=trust_count,
    )  # fmt: skip
    with stderr_reporting() as progress:
        prepared = wanted.prepared(has_api_key=True if dry_run else None, progress=progress)
    print_findings(prepared.findings)
    raise_for_findings(prepared.findings, strict=strict)
    path = job or job_path_for(boxes, video or "")
    if dry_run:
        print_dry_run(prepared.spec, path, base_url=base_url, as_json=as_json)
        return
    send_job(
        prepared.spec, path, run_options, base_url=base_url, overwrite=overwrite, as_json=as_json
    )


def print_dry_run(spec: JobSpec, path: Path, *, base_url: str | None, as_json: bool) -> None:
    """Print what would be sent, as JSON and as a line for the shell."""
    from speaker_boxes.submit.http.auth import choose_base_url
    from speaker_boxes.submit.job.dry_run import dry_run

    planned = dry_run(spec, path, choose_base_url(base_url))
    if planned.missing:
        print(
            f"speaker-boxes: {' and '.join(planned.missing)} would be uploaded first; put the "
            "ids of the assets in place of the words in capitals",
            file=sys.stderr,
        )
    if as_json:
        print(json.dumps({"request": planned.request, "curl": planned.curl}))
    else:
        print(json.dumps(planned.request, separators=(",", ":")))
        print(planned.curl)


def _export(boxes: Path | None, target: Path, *, overwrite: bool) -> None:
    from speaker_boxes.submit.preflight.boxes_file import boxes_as_json, read_boxes

    if boxes is None:
        raise typer.BadParameter("--export-boxes needs a boxes file")
    check_writable(target, overwrite=overwrite)
    rows = read_boxes(boxes)
    write_atomic(target, boxes_as_json(rows))
    print(f"{target}: {len(rows)} frames; host it, then submit with --boxes-url URL")
