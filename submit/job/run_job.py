"""A job from its files to its result: upload, create, wait, download, each step noted before.

One flow for both clients. The job file is held by a lock throughout; whenever this stops, starting
it again goes on where it was, with the same key.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from speaker_boxes.errors import (
    JobFileError,
    PreflightError,
    Remedy,
    SubmitConnectionError,
    SubmitError,
    SubmitReplyError,
    SubmitStatusError,
    SubmitTimeoutError,
)
from speaker_boxes.submit.api import endpoints
from speaker_boxes.submit.api.assets import Uploaded, upload
from speaker_boxes.submit.api.download import download
from speaker_boxes.submit.api.endpoints import DEADLINE_S
from speaker_boxes.submit.http.api_errors import generation_error
from speaker_boxes.submit.http.effects import ClientConfig, Flow, sleep
from speaker_boxes.submit.http.responses import ENDED, Generation
from speaker_boxes.submit.job.job_file import Attachment, Job, archive
from speaker_boxes.submit.job.lock import lock_file
from speaker_boxes.submit.job.spec import JobSpec
from speaker_boxes.submit.schema.body import Body
from speaker_boxes.submit.schema.media import LocalFile, read_source
from speaker_boxes.submit.schema.multipart import form_body
from speaker_boxes.submit.schema.serialize import to_bytes

logger = logging.getLogger(__name__)

_GONE = (403, 404, 410)
_LATE_ADDRESS_S = (0.0, 2.0, 4.0, 8.0)
"""Seconds before each look for the address of a result that is said to be there. Guesses."""
_LOST_ASSETS = ("asset_not_found", "asset_forbidden")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How far to go, and where the result is to be."""

    wait: bool = True
    deadline_s: float = DEADLINE_S
    output: Path | None = None
    """Where to download the result to; ``None`` for nowhere."""
    new: bool = False
    """Start another job, and pay for it, even if there is one of the same request."""


def run_job(
    spec: JobSpec, path: Path, base_url: str, config: ClientConfig, run_options: RunOptions
) -> Flow[Generation]:
    """Bring a job to where it is to be, from wherever its job file says it is.

    Raises
    ------
    JobFileError
        The file is damaged, in use, or of another request that may have been sent.
    GenerationError
        The job has ended without a result.
    SubmitTimeoutError
        It has not ended by the deadline.
    """
    with lock_file(path):
        job = open_job(spec, path, base_url, new=run_options.new)
        if job.generation_id is None:
            job = yield from _prepare(job, spec, path, config)
            job = yield from _create(job, path, config)
        return (yield from _see_through(job, path, config, run_options))


def resume_job(path: Path, config: ClientConfig, run_options: RunOptions) -> Flow[Generation]:
    """Go on with a job by its file alone: send again what was sent, wait for what has an id.

    Raises
    ------
    JobFileError
        Nothing of it was sent yet, so the boxes and the media are needed.
    """
    with lock_file(path):
        job = Job.read(path)
        if job.generation_id is None:
            if job.state == "refused" or job.request is None:
                raise JobFileError(
                    f"{path} holds a job that the server has not taken"
                    + (f" ({job.error})" if job.error else "")
                    + "; submit the boxes and the media again"
                )
            job = yield from _create(job, path, config)
        return (yield from _see_through(job, path, config, run_options))


def open_job(spec: JobSpec, path: Path, base_url: str, *, new: bool) -> Job:
    """The job of a request: the one in the file if it is of this request, else a new one."""
    fingerprint = spec.fingerprint()
    fresh = Job.start(fingerprint, base_url)
    if not path.exists():
        return fresh.save(path)
    job = Job.read(path)
    same = job.fingerprint == fingerprint and job.base_url == base_url
    if same and not new and job.state != "refused":
        if job.state == "ended":
            logger.warning(
                "generation %s of this request has ended already; nothing is sent or paid again",
                job.generation_id,
                extra={"remedy": Remedy("another job has to be asked for", "start_another_job")},
            )
        return job
    if job.open and not new:
        raise JobFileError(
            f"{path} holds another request that has not ended"
            + (f" (generation {job.generation_id})" if job.generation_id else ""),
            remedy=Remedy(
                "go on with that one to its end, or ask for a new one beside it",
                "wait_for_or_start_another_job",
                {"path": str(path)},
            ),
        )
    if job.state in ("sending", "accepted", "ended"):
        logger.info("the earlier job is kept in %s", archive(path, job))
    if job.base_url == base_url and job.error_code not in _LOST_ASSETS:
        fresh = fresh.evolve(uploads=job.uploads)
    return fresh.save(path)


def _prepare(job: Job, spec: JobSpec, path: Path, config: ClientConfig) -> Flow[Job]:
    """Upload what is to be uploaded, and fix the body of the create."""
    if spec.multipart:
        attachments = {
            file.kind: Attachment(path=str(file.path.absolute()), sha256=file.sha256)
            for file in spec.files.values()
        }
        request = spec.request(dict.fromkeys(spec.files, "attached"))
        return job.evolve(request=job.request or request, attachments=attachments)
    if job.request is not None:
        return job
    job, assets = yield from _upload_all(job, spec, path, config)
    return job.evolve(request=spec.request(assets))


def _upload_all(
    job: Job, spec: JobSpec, path: Path, config: ClientConfig
) -> Flow[tuple[Job, dict[str, str]]]:
    current = job

    def note(name: str, file: LocalFile, step: Uploaded) -> None:
        nonlocal current
        current = current.with_upload(name, file.sha256, step).save(path)

    assets: dict[str, str] = {}
    for name, file in spec.files.items():
        begun = current.uploaded(name, file.sha256)
        on_step = partial(note, name, file)
        assets[name] = yield from upload(file, config, begun=begun, on_step=on_step)
    return current, assets


def body_of(job: Job) -> Body:
    """The bytes of a job's create: the same ones each time.

    Raises
    ------
    PreflightError
        A file that goes along is not what it was.
    """
    request = job.request or {}
    if not job.attachments:
        return Body((to_bytes(request),))
    files = []
    for kind, attachment in job.attachments.items():
        source = read_source(kind, attachment.path)
        if not isinstance(source, LocalFile) or source.sha256 != attachment.sha256:
            raise PreflightError(
                f"{attachment.path} is not the file any more that this job is about"
            )
        files.append(source)
    return form_body(request, files, job.idempotency_key)


def _create(job: Job, path: Path, config: ClientConfig) -> Flow[Job]:
    """Send the create; whatever happens, the file says afterwards what may have happened."""
    body = body_of(job)
    lost = job.state == "sending"  # an earlier run ended here: it may have arrived
    job = job.evolve(state="sending").save(path)

    def note(failure: SubmitError) -> None:
        nonlocal lost
        lost = lost or _may_have_arrived(failure)

    try:
        generation = yield from endpoints.create(body, job.idempotency_key, config, on_failure=note)
    except SubmitStatusError as error:
        if not lost:
            job.evolve(state="refused", error=str(error), error_code=error.code).save(path)
        raise
    except SubmitError:
        if not lost:
            job.evolve(state="new").save(path)
        raise
    logger.info("generation %s is %s", generation.id, generation.status)
    return job.seen(generation).save(path)


def _may_have_arrived(failure: SubmitError) -> bool:
    if isinstance(failure, SubmitStatusError):
        return failure.status_code in (408, 409) or failure.status_code >= 500
    return not isinstance(failure, SubmitConnectionError) or failure.reached


def _see_through(
    job: Job, path: Path, config: ClientConfig, run_options: RunOptions
) -> Flow[Generation]:
    """Wait for the end if that is wanted, and fetch the result."""
    generation_id = job.generation_id or ""
    # made a moment ago, or never seen since
    unseen_s = endpoints.UNSEEN_S if job.status == "PENDING" else 0.0

    def note(generation: Generation) -> None:
        nonlocal job
        seen = job.seen(generation)
        if seen != job:
            job = seen.save(path)

    if run_options.wait and job.status not in ENDED:
        try:
            generation = yield from endpoints.wait(
                generation_id,
                config,
                deadline_s=run_options.deadline_s,
                unseen_s=unseen_s,
                on_poll=note,
            )
        except SubmitTimeoutError as error:
            remedy = Remedy(
                "run the job again to go on waiting", "wait_for_job", {"path": str(path)}
            )
            raise SubmitTimeoutError(str(error), remedy=remedy) from error
    else:
        generation = yield from endpoints.get(generation_id, config, unseen_s=unseen_s)
        note(generation)
    if generation.ended and not generation.completed:
        raise generation_error(generation)
    if generation.completed and run_options.output is not None:
        generation = yield from fetch(generation, run_options.output, config)
        job = job.evolve(output=str(run_options.output.absolute())).save(path)
    return generation


def fetch(generation: Generation, target: Path, config: ClientConfig) -> Flow[Generation]:
    """Download the result; an address that has run out is asked for anew, once."""
    for wait_s in _LATE_ADDRESS_S:
        if generation.output_url is not None:
            break
        yield from sleep(wait_s)
        generation = yield from endpoints.get(generation.id, config)
    try:
        yield from download(_address(generation), target, config)
    except SubmitStatusError as error:
        if error.status_code not in _GONE:
            raise
        generation = yield from endpoints.get(generation.id, config)
        yield from download(_address(generation), target, config)
    return generation


def _address(generation: Generation) -> str:
    if generation.output_url is None:
        raise SubmitReplyError(
            f"generation {generation.id} is {generation.status} but has no address of a result; "
            "look at it in the web app"
        )
    return generation.output_url
