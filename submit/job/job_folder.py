"""All jobs of a folder: what their files say, and what the server says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from speaker_boxes.errors import JobFileError, SubmitError
from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.http.responses import Cost, Generation
from speaker_boxes.submit.job.job_file import Job, looks_like_job
from speaker_boxes.submit.job.lock import lock_file
from speaker_boxes.submit.schema.serialize import parse_request


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job file, or what is wrong with it."""

    path: Path
    job: Job | None
    error: str | None = None

    def age_s(self, now: datetime) -> float | None:
        """Seconds since the job was begun; ``None`` if its file does not tell."""
        if self.job is None:
            return None
        try:
            began = datetime.fromisoformat(self.job.created)
        except ValueError:
            return None
        began = began if began.tzinfo else began.replace(tzinfo=UTC)
        return max(0.0, (now - began).total_seconds())


@dataclass(frozen=True, slots=True)
class Asked:
    """What the server said of one job, or why it said nothing."""

    path: Path
    answer: Generation | Cost | None
    error: str | None = None


def find_jobs(folder: Path) -> list[FoundJob]:
    """Every job file in a folder and below, by name; files that are none are passed over."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        if not path.is_file() or not looks_like_job(path):
            continue
        try:
            found.append(FoundJob(path, Job.read(path)))
        except JobFileError as error:
            found.append(FoundJob(path, None, str(error)))
    return found


def ask_status(found: list[FoundJob], client: Client) -> Iterator[Asked]:
    """Ask how each generation stands; job files are not touched, unsent jobs are passed over."""
    for one in found:
        if one.job is None or one.job.generation_id is None:
            continue
        if one.job.base_url != client.base_url:
            yield Asked(one.path, None, f"it was sent to {one.job.base_url}")
            continue
        try:
            yield Asked(one.path, client.get(one.job.generation_id))
        except SubmitError as error:
            yield Asked(one.path, None, str(error))


def ask_cost(found: list[FoundJob], client: Client) -> Iterator[Asked]:
    """Ask what each job would cost by its request, and note it in the job's file.

    Jobs whose request is not fixed yet, because a file is still to be uploaded, are told as such.
    """
    for one in found:
        if one.job is None or one.job.base_url != client.base_url:
            continue
        if one.job.request is None or one.job.attachments:
            yield Asked(one.path, None, "its files are not uploaded yet, or go along with it")
            continue
        try:
            cost = client.cost(parse_request(one.job.request))
            _note(one.path, cost)
            yield Asked(one.path, cost)
        except SubmitError as error:
            yield Asked(one.path, None, str(error))


def _note(path: Path, cost: Cost) -> None:
    with lock_file(path):
        # read again: a run may have gone on with it meanwhile
        Job.read(path).evolve(cost=cost.estimated_generation_cost).save(path)
