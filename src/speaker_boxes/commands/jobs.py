"""``speaker-boxes jobs``: the job files of a folder, and how far each has come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from speaker_boxes.commands.common.shared_options import Json
from speaker_boxes.commands.common.wording import age
from speaker_boxes.errors import JobFileError
from speaker_boxes.progress import counted

if TYPE_CHECKING:
    from speaker_boxes.submit.job.job_folder import Asked, FoundJob


def jobs(
    folder: Annotated[Path, typer.Argument(help="Where to look, and below.")] = Path(),
    as_json: Json = False,
) -> None:
    """See ``COMMANDS``."""
    found = jobs_of(folder)
    now = datetime.now(UTC)
    if as_json:
        print(json.dumps([_as_json(one, now) for one in found]))
        return
    for one in found:
        print(_line(one, now))
    print(counted(len(found), "job"))


def jobs_of(folder: Path, *, some: bool = False) -> list[FoundJob]:
    """The jobs of a folder.

    Raises
    ------
    JobFileError
        There is no such folder; with ``some`` no job in it either.
    """
    from speaker_boxes.submit.job.job_folder import find_jobs

    if not folder.is_dir():
        raise JobFileError(f"cannot look for jobs in {folder}: no such folder")
    found = find_jobs(folder)
    if some and not found:
        raise JobFileError(f"cannot read {folder}: it holds no job file")
    return found


def print_asked(answers: Sequence[Asked], *, as_json: bool) -> None:
    """What the server said of each job."""
    if as_json:
        print(json.dumps([_asked_as_json(one) for one in answers]))
        return
    for one in answers:
        print(_asked_line(one))


def _asked_line(asked: Asked) -> str:
    """What the server said of one job."""
    from speaker_boxes.submit.http.responses import Generation

    answer = asked.answer
    if answer is None:
        return f"{asked.path}: {asked.error}"
    if isinstance(answer, Generation):
        more = f" ({answer.error_code or answer.error})" if answer.error else ""
        return f"{asked.path}: generation {answer.id} {answer.status}{more}"
    cost = answer.estimated_generation_cost
    return f"{asked.path}: " + ("cost unknown" if cost is None else f"about {cost:g}")


def _asked_as_json(asked: Asked) -> dict[str, Any]:
    """The same for machines."""
    answer = asked.answer.model_dump(mode="json", exclude_none=True) if asked.answer else None
    return {"job_file": str(asked.path), "answer": answer, "error": asked.error}


def _line(one: FoundJob, now: datetime) -> str:
    if one.job is None:
        return str(one.error)
    job = one.job
    words = [job.status or job.state, f"{age(one.age_s(now))} old"]
    if job.generation_id is not None:
        words.append(f"generation {job.generation_id}")
    if job.cost is not None:
        words.append(f"about {job.cost:g}")
    if job.output is not None:
        words.append(job.output)
    if job.error is not None:
        words.append(job.error)
    return f"{one.path}: {', '.join(words)}"


def _as_json(one: FoundJob, now: datetime) -> dict[str, Any]:
    job = one.job
    return {
        "job_file": str(one.path),
        "state": job.state if job else None,
        "status": job.status if job else None,
        "generation": job.generation_id if job else None,
        "age_s": one.age_s(now),
        "cost": job.cost if job else None,
        "output": job.output if job else None,
        "error": job.error if job else one.error,
    }
