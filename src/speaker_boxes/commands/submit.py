"""``speaker-boxes submit``: run a generation, or go on with one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common import job_options as opt
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.files import check_writable, write_atomic

if TYPE_CHECKING:
    from speaker_boxes.submit.job.spec import JobSpec


@with_options
def submit(
    boxes: Annotated[
        Path | None,
        typer.Argument(help="A boxes file; or a job file, to go on with it.", metavar="OUT.json"),
    ] = None,
    *,
    media: opt.MediaOptions,
    generation: opt.GenerationOptions,
    wait: opt.Wait = False,
    output: opt.Output = None,
    face: opt.FaceOptions,
    v3: Annotated[
        bool, typer.Option("--v3", help="With --auto: version 3 of its detection.")
    ] = False,
    export_boxes: Annotated[
        Path | None,
        typer.Option(help="Only write the file to host for --boxes-url.", metavar="FILE"),
    ] = None,
    multipart: opt.Multipart = False,
    trust_count: opt.TrustCount = False,
    strict: opt.Strict = False,
    job: Annotated[
        Path | None,
        typer.Option("--job", help="Where the job is noted; beside the boxes.", metavar="FILE"),
    ] = None,
    sending: opt.SendOptions,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.commands.common.job_input import JobInput, print_findings, read_options
    from speaker_boxes.commands.common.job_run import send_job
    from speaker_boxes.submit.job.job_file import job_path_for, looks_like_job
    from speaker_boxes.submit.job.run_job import RunOptions
    from speaker_boxes.submit.preflight.preflight import raise_for_findings

    if export_boxes is not None:
        _export(boxes, export_boxes, overwrite=sending.overwrite)
        return
    run_options = RunOptions(
        wait=wait or output is not None,
        deadline_s=sending.deadline,
        output=output,
        new=sending.new,
    )
    if boxes is not None and looks_like_job(boxes):
        if media != opt.MediaOptions():
            raise typer.BadParameter(f"{boxes} is a job file, which needs no --video or --audio")
        send_job(None, boxes, run_options, sending)
        return
    wanted = JobInput(
        boxes=boxes, media=media, options=read_options(generation), face=face, v3=v3,
        multipart=multipart, trust_count=trust_count,
    )  # fmt: skip
    with stderr_reporting() as progress:
        prepared = wanted.prepared(has_api_key=True if sending.dry_run else None, progress=progress)
    print_findings(prepared.findings)
    raise_for_findings(prepared.findings, strict=strict)
    path = job or job_path_for(boxes, media.video or "")
    if sending.dry_run:
        print_dry_run(prepared.spec, path, sending, media)
        return
    send_job(prepared.spec, path, run_options, sending)


def print_dry_run(
    spec: JobSpec, path: Path, options: opt.SendOptions, sounds: opt.SoundOptions
) -> None:
    """Print what would be sent, and on stderr how to send it from a shell."""
    from speaker_boxes.commands.common.sounds import read_dialogue_options, say_layout
    from speaker_boxes.submit.http.auth import choose_base_url
    from speaker_boxes.submit.job.dry_run import REQUEST_FILE, dry_run, readable, whole

    if spec.segments:
        line = say_layout(len(spec.segments), read_dialogue_options(sounds))
        print(f"speaker-boxes: {line}", file=sys.stderr)
    preview = dry_run(spec, path, choose_base_url(options.base_url))
    if preview.missing:
        print(
            f"speaker-boxes: {' and '.join(preview.missing)} would be uploaded first; put the "
            "ids of the assets in place of the words in capitals",
            file=sys.stderr,
        )
    if options.as_json:
        print(json.dumps({"request": preview.request, "curl": preview.curl}))
        return
    to_terminal = sys.stdout is not None and sys.stdout.isatty()
    request = dict(preview.request)
    print(readable(request) if to_terminal else whole(request))
    more = f"for the whole request add --json or > {REQUEST_FILE}; " if to_terminal else ""
    line = f"with it in {REQUEST_FILE}, by hand" if REQUEST_FILE in preview.curl else "by hand"
    print(f"speaker-boxes: {more}{line}:\n{preview.curl}", file=sys.stderr)


def _export(boxes: Path | None, target: Path, *, overwrite: bool) -> None:
    from speaker_boxes.submit.preflight.boxes_file import boxes_as_json, read_boxes

    if boxes is None:
        raise typer.BadParameter("--export-boxes needs a boxes file")
    check_writable(target, overwrite=overwrite)
    rows = read_boxes(boxes)
    write_atomic(target, boxes_as_json(rows))
    print(f"{target}: {len(rows)} frames; host it, then submit with --boxes-url URL")
