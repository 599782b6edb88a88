"""``speaker-boxes status``: how a generation stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common import job_options as opt
from speaker_boxes.commands.common.shared_options import Json, Overwrite
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.files import check_writable

if TYPE_CHECKING:
    from speaker_boxes.submit.job.job_file import Job


def status(
    name: Annotated[
        str,
        typer.Argument(
            help="Id of a generation, a job file, or a folder of them.",
            metavar="ID|JOBFILE|FOLDER",
        ),
    ],
    wait: opt.Wait = False,
    output: opt.Output = None,
    deadline: opt.Deadline = 3600.0,
    overwrite: Overwrite = False,
    base_url: opt.BaseUrl = None,
    as_json: Json = False,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.commands.common.job_run import print_generation, server_of
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.http.api_errors import generation_error
    from speaker_boxes.submit.job.job_file import Job
    from speaker_boxes.submit.job.run_job import fetch

    if Path(name).is_dir():
        if wait or output is not None:
            raise typer.BadParameter("--wait and -o are for one generation, not for a folder")
        _print_folder(Path(name), base_url, as_json=as_json)
        return
    generation_id, path = name, None
    if Path(name).is_file() or _is_path(name):
        path = Path(name)
        job = Job.read(path)
        if job.generation_id is None:
            _print_unsent(job, as_json=as_json)
            return
        generation_id, base_url = job.generation_id, server_of(job, base_url)
    if output is not None:
        check_writable(output, overwrite=overwrite)
    with stderr_reporting() as progress, Client(base_url=base_url, progress=progress) as client:
        if wait or output is not None:
            generation = client.wait(generation_id, deadline_s=deadline)
        else:
            generation = client.get(generation_id)
        if generation.ended and not generation.completed:
            raise generation_error(generation)
        if output is not None:
            generation = client.driver.run(fetch(generation, output, client.config))
    print_generation(generation, path=path, output=output, as_json=as_json)


def _print_folder(folder: Path, base_url: str | None, *, as_json: bool) -> None:
    from speaker_boxes.commands.jobs import jobs_of, print_asked
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.job.job_folder import ask_status

    with stderr_reporting(), Client(base_url=base_url) as client:
        answers = list(ask_status(jobs_of(folder, some=True), client))
    print_asked(answers, as_json=as_json)


def _is_path(name: str) -> bool:
    """Whether a name can be no id; else a missing file would be looked for at the server."""
    return name.endswith(".json") or Path(name).name != name or set(name) <= {".", " "}


def _print_unsent(job: Job, *, as_json: bool) -> None:
    words = {
        "new": "nothing was sent",
        "sending": "it may have been taken; submit the job file to find out",
        "refused": f"the server refused it: {job.error}",
    }
    if as_json:
        print(json.dumps({"generation": None, "state": job.state}))
    else:
        print(f"no generation: {words.get(job.state, job.state)}")
