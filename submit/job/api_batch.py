"""Many jobs as one batch of the API, noted in a file so that it is not sent twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from speaker_boxes.errors import (
    JobFileError,
    PreflightError,
    Remedy,
    SpeakerBoxesError,
    SubmitConnectionError,
    SubmitStatusError,
)
from speaker_boxes.files import check_writable, read_whole, write_atomic
from speaker_boxes.submit.api import batches
from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.job.lock import lock_file
from speaker_boxes.submit.job.many_jobs import ManyOptions, Order, Submission
from speaker_boxes.submit.job.prepare import PreparedJob, prepare
from speaker_boxes.submit.preflight.boxes_file import read_boxes, read_report
from speaker_boxes.submit.preflight.preflight import raise_for_findings
from speaker_boxes.submit.schema.request import BoxesUrlSelection
from speaker_boxes.submit.schema.serialize import first_error, to_bytes

MIN_JOBS, MAX_JOBS = 20, 500
"""Generations of a batch, by the API's guide."""
MAX_BYTES = 5 * 10**6
MAX_CLIP_S = 30.0
"""Seconds of a clip in a batch, by the API's guide."""
CLOCK_SLACK_S = 120.0
"""Seconds by which the server's clock may be behind ours. A guess."""
STATE_FILE, REQUESTS, ROWS = "api-batch.json", "api-batch.jsonl", "api-batch.results.jsonl"


class BatchJob(BaseModel):
    """How far a batch has come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    base_url: str
    created: str
    state: Literal["new", "sending", "accepted", "ended"] = "new"
    uploads: dict[str, str] = {}
    """Asset id by the digest of a file."""
    sha256: str | None = None
    """Of the file of requests, which is fixed before it is sent."""
    n_jobs: int = 0
    batch_id: str | None = None
    status: str | None = None

    @classmethod
    def open(cls, path: Path, base_url: str) -> Self:
        """The batch of a folder: the one that is noted, or a new one.

        Raises
        ------
        JobFileError
            The file is none, or of another server.
        """
        if not path.exists():
            now = datetime.now(UTC).isoformat(timespec="seconds")
            return cls(base_url=base_url, created=now)
        try:
            job = cls.model_validate_json(read_whole(path))
        except OSError as error:
            raise JobFileError(f"cannot read {path}: {error.strerror}") from error
        except ValidationError as error:
            raise JobFileError(f"{path} is no batch file: {first_error(error)}") from error
        if job.base_url != base_url:
            raise JobFileError(f"the batch in {path} was sent to {job.base_url}, not {base_url}")
        return job

    def evolve(self, path: Path, **changes: object) -> Self:
        """Change some fields, on disk too."""
        job = self.model_copy(update=changes)
        write_atomic(path, job.model_dump_json(indent=1, exclude_none=True) + "\n")
        return job


def run_api_batch(
    orders: Sequence[Order],
    boxes_urls: Mapping[int, str],
    folder: Path,
    client: Client,
    options: ManyOptions,
) -> list[Submission]:
    """Send all orders as one batch, wait for it, and download the results.

    Parameters
    ----------
    boxes_urls
        Where the server finds each line's boxes: 5 MB are soon full of arrays.

    Raises
    ------
    PreflightError
        The batch would be refused; nothing was sent.
    JobFileError
        Whether an earlier try arrived is not known, or the folder holds another batch.
    SubmitError
        It could not be sent, or has not ended by the deadline; the same call goes on with it.
    """
    path = folder / STATE_FILE
    with lock_file(path):
        job = BatchJob.open(path, client.base_url)
        jsonl, job = _requests(orders, boxes_urls, folder, client, options, job)
        if job.state == "sending":
            job = _look_up(job, path, client)
        if job.state == "new":
            job = _create(job, path, jsonl, client)
        batch = client.driver.run(
            batches.wait(job.batch_id or "", client.config, deadline_s=options.deadline_s)
        )
        job.evolve(path, state="ended", status=batch.status)
        rows = []
        if batch.output_url is not None:
            flow = batches.fetch_rows(batch.output_url, client.base_url, client.config)
            rows = client.driver.run(flow)
            write_atomic(folder / ROWS, "".join(to_bytes(row).decode() + "\n" for row in rows))
    return [_outcome(order, rows, client) for order in orders]


def _requests(
    orders: Sequence[Order],
    boxes_urls: Mapping[int, str],
    folder: Path,
    client: Client,
    options: ManyOptions,
    job: BatchJob,
) -> tuple[bytes, BatchJob]:
    """The file of requests; that of a batch which was sent, if it is still the same."""
    prepared = [_prepared(order, boxes_urls, options) for order in orders]
    if not MIN_JOBS <= len(orders) <= MAX_JOBS:
        raise PreflightError(
            f"a batch takes {MIN_JOBS} to {MAX_JOBS} generations, got {len(orders)}",
            remedy=Remedy("send them one by one, or part the list"),
        )
    lines = []
    for order, one in zip(orders, prepared, strict=True):
        assets = {}
        for name, file in one.spec.files.items():
            if file.sha256 not in job.uploads:
                asset = client.upload(file.kind, file.path)
                uploads = {**job.uploads, file.sha256: asset}
                job = job.evolve(folder / STATE_FILE, uploads=uploads)
            assets[name] = job.uploads[file.sha256]
        line = {
            "request_id": f"line-{order.line}",
            "endpoint": "/v2/generate",
            "payload": one.spec.request(assets),
        }
        lines.append(to_bytes(line) + b"\n")
    jsonl = b"".join(lines)
    if len(jsonl) > MAX_BYTES:
        raise PreflightError(
            f"the batch has {len(jsonl)} bytes, the API takes {MAX_BYTES}; part the list"
        )
    sha256 = hashlib.sha256(jsonl).hexdigest()
    if job.state != "new" and job.sha256 != sha256:
        raise JobFileError(
            f"{folder / STATE_FILE} holds another batch ({job.state}); use another folder"
        )
    (folder / REQUESTS).write_bytes(jsonl)
    job = job.evolve(folder / STATE_FILE, sha256=sha256, n_jobs=len(orders))
    return jsonl, job


def _prepared(order: Order, boxes_urls: Mapping[int, str], options: ManyOptions) -> PreparedJob:
    url = boxes_urls.get(order.line)
    if url is None:
        raise PreflightError(
            f"line {order.line}: a batch of the API takes boxes by their address only; host the "
            "boxes and give their addresses"
        )
    try:
        prepared = prepare(
            video=order.video, audio=order.audio, rows=read_boxes(order.boxes),
            selection=BoxesUrlSelection(bounding_boxes_url=url), known=read_report(order.boxes),
            options=options.options, has_api_key=True,
        )  # fmt: skip
        raise_for_findings(prepared.findings, strict=options.strict)
    except PreflightError as error:
        problem = f"line {order.line}: {error.problem}"
        raise PreflightError(problem, remedy=error.remedy, n_more=error.n_more) from error
    length_s = prepared.clip.duration_s if prepared.clip else None
    if length_s is not None and length_s > MAX_CLIP_S:
        raise PreflightError(
            f"line {order.line}: the clip lasts {length_s:.1f} s, a batch of the API takes "
            f"{MAX_CLIP_S:g} s; send it by itself, or cut it"
        )
    return prepared


def _create(job: BatchJob, path: Path, jsonl: bytes, client: Client) -> BatchJob:
    job = job.evolve(path, state="sending", created=datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        batch = client.driver.run(batches.create(jsonl, client.config))
    except SubmitStatusError as error:
        if error.status_code < 500 and error.status_code not in (408, 409):
            job.evolve(path, state="new")
        raise
    except SubmitConnectionError as error:
        if not error.reached:
            job.evolve(path, state="new")
        raise
    return job.evolve(path, state="accepted", batch_id=batch.id, status=batch.status)


def _look_up(job: BatchJob, path: Path, client: Client) -> BatchJob:
    """Find the batch whose answer got lost among those that the server holds."""
    since = datetime.fromisoformat(job.created)
    found = [
        batch
        for batch in client.driver.run(batches.list_batches(client.config))
        if batch.metrics.total_generations in (None, job.n_jobs) and _is_since(batch, since)
    ]
    if len(found) == 1:
        return job.evolve(path, state="accepted", batch_id=found[0].id, status=found[0].status)
    raise JobFileError(
        f"{path} holds a batch whose answer got lost, and the server holds {len(found)} that may "
        "be it",
        remedy=Remedy(
            "look in the web app; if it did not arrive, remove the file and run this again"
        ),
    )


def _is_since(batch: batches.Batch, since: datetime) -> bool:
    try:
        made = datetime.fromisoformat((batch.created_at or "").replace("Z", "+00:00"))
    except ValueError:
        return True
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    return (made - since).total_seconds() > -CLOCK_SLACK_S


def _outcome(order: Order, rows: Sequence[dict[str, object]], client: Client) -> Submission:
    row = next(
        (
            one for one in rows
            if batches.find_value(one, "request_id", "requestId") == f"line-{order.line}"
        ),
        None,
    )  # fmt: skip
    generation = batches.find_value(row, "generationId", "generation_id", "id")
    try:
        status, error = _download(order, row, generation, client), None
    except SpeakerBoxesError as failure:
        status, error = "failed", str(failure)
    return Submission(
        line=order.line,
        job_file=str(order.boxes.parent / STATE_FILE),
        status=status,
        generation=generation,
        result=str(order.result) if error is None else None,
        error=error,
    )


def _download(
    order: Order, row: dict[str, object] | None, generation: str | None, client: Client
) -> str:
    if order.result.is_file():
        return "kept"
    if row is None:
        raise JobFileError("the batch's results say nothing of it; look in the web app")
    url = batches.find_value(row, "outputMediaUrl", "outputUrl", "output_url")
    if url is None:
        said = batches.find_value(row, "error", "message") or "no reason is given"
        raise JobFileError(f"it ended without a result ({said})")
    check_writable(order.result, overwrite=False)
    client.download(url, order.result)
    return "done"
