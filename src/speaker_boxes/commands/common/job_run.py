"""Send a job and tell how it went: shared by submit and run."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from speaker_boxes.commands.common.loudness import say
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.errors import (
    JobFileError,
    SubmitConnectionError,
    SubmitReplyError,
    SubmitStatusError,
)
from speaker_boxes.files import check_writable

if TYPE_CHECKING:
    from speaker_boxes.commands.common.job_options import SendOptions
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.http.effects import Flow
    from speaker_boxes.submit.http.responses import Generation
    from speaker_boxes.submit.job.job_file import Job
    from speaker_boxes.submit.job.run_job import RunOptions
    from speaker_boxes.submit.job.spec import JobSpec


def send_job(
    spec: JobSpec | None,
    path: Path,
    run_options: RunOptions,
    options: SendOptions,
) -> None:
    """Bring a job to where it is to be and print how it stands.

    Parameters
    ----------
    spec
        What is asked for; ``None`` to go on with what the job file holds.
    """
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.job.job_file import Job
    from speaker_boxes.submit.job.run_job import resume_job, run_job

    base_url = options.base_url
    if run_options.output is not None:
        inputs = [file.path for file in spec.files.values()] if spec else []
        check_writable(run_options.output, overwrite=options.overwrite, inputs=inputs)
    if spec is None:
        base_url = server_of(Job.read(path), base_url)
    with stderr_reporting() as progress, Client(base_url=base_url, progress=progress) as client:
        if spec is None:
            flow = resume_job(path, client.config, run_options)
        else:
            flow = run_job(spec, path, client.base_url, client.config, run_options)
        generation = _run(client, flow, path, run_options)
    print_generation(generation, path=path, output=run_options.output, as_json=options.as_json)


def print_generation(
    generation: Generation, *, path: Path | None, output: Path | None, as_json: bool
) -> None:
    """One line, or JSON, on stdout."""
    done = output if generation.completed else None
    if as_json:
        whole = {
            "generation": generation.model_dump(mode="json", exclude_none=True),
            "job_file": str(path) if path else None,
            "output": str(done) if done else None,
        }
        print(json.dumps(whole))
        return
    line = f"generation {generation.id} {generation.status}"
    if done is not None:
        line += f": {done} ({done.stat().st_size} bytes)"
    elif generation.output_url is not None:
        line += f": {generation.output_url}"
    elif path is not None and not generation.ended:
        line += f"; wait for it with: {resume_line(path, output)}"
    say(line)


def resume_line(path: Path, output: Path | None) -> str:
    """The command that goes on with a job."""
    words = ["speaker-boxes", "submit", str(path), *(["-o", str(output)] if output else ["--wait"])]
    return shlex.join(words)


def _run(client: Client, flow: Flow[Generation], path: Path, run_options: RunOptions) -> Generation:
    from speaker_boxes.submit.job.job_file import Job

    try:
        return client.driver.run(flow)
    except KeyboardInterrupt:
        print(f"speaker-boxes: {_where_it_stands(path, run_options)}", file=sys.stderr)
        raise typer.Exit(130) from None
    except (SubmitConnectionError, SubmitStatusError, SubmitReplyError):
        if Job.read(path).open:  # the error tells what happened, this what to do about the job
            print(f"speaker-boxes: {_where_it_stands(path, run_options)}", file=sys.stderr)
        raise


def _where_it_stands(path: Path, run_options: RunOptions) -> str:
    from speaker_boxes.submit.job.job_file import Job

    try:
        job = Job.read(path)
    except JobFileError:
        return "nothing was sent"
    if job.generation_id is not None:
        line = resume_line(path, run_options.output)
        return f"generation {job.generation_id} goes on at the server; wait for it with: {line}"
    if job.state == "sending":
        return f"the job may have been taken; go on with: {resume_line(path, run_options.output)}"
    return "no generation was asked for; the same command goes on with the uploads"


def server_of(job: Job, given: str | None) -> str:
    """A job goes on where it began; the key is sent nowhere that the user did not name."""
    from speaker_boxes.submit.http.auth import DEFAULT_BASE_URL, choose_base_url

    chosen = choose_base_url(given)
    if job.base_url not in (chosen, DEFAULT_BASE_URL):
        raise JobFileError(
            f"this job was sent to {job.base_url}, not {chosen}; say so with --base-url"
        )
    return job.base_url
