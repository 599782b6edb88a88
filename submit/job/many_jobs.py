"""Many jobs, some at a time: each with its own job file, so that none is paid for twice.

One thread a running generation. A line of ``submissions.jsonl`` is added as soon as the fate of a
job is known; what decides the next run is the job files, not that list.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from speaker_boxes.errors import SpeakerBoxesError
from speaker_boxes.files import append_line, check_writable, json_line, write_atomic
from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.api.endpoints import DEADLINE_S
from speaker_boxes.submit.job.job_file import Job, job_path_for
from speaker_boxes.submit.job.prepare import PreparedJob, prepare
from speaker_boxes.submit.job.run_job import RunOptions, run_job
from speaker_boxes.submit.job.spec import SubmitOptions
from speaker_boxes.submit.preflight.boxes_file import read_boxes, read_report
from speaker_boxes.submit.preflight.preflight import raise_for_findings
from speaker_boxes.submit.schema.media import SoundGiven

logger = logging.getLogger(__name__)

SUBMISSIONS = "submissions.jsonl"
"""In the folder of the boxes: a line for each job that was sent, or could not be."""
CONCURRENCY = 3
"""Generations at a time of the smallest plan that selects speakers, by the API's pages."""

MakeClient = Callable[[Callable[[float], None]], Client]
"""Makes a client that sleeps by the function it is given."""
_SLICE_S = 1.0
"""Seconds after which a sleeping thread looks whether it is to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One generation that is wanted: boxes that are there, and what belongs to them."""

    line: int
    """Where it stands in the file of jobs, from 1."""
    video: str
    audio: SoundGiven
    boxes: Path

    @property
    def job_file(self) -> Path:
        """Where the job is noted."""
        return job_path_for(self.boxes, self.video)

    @property
    def result(self) -> Path:
        """Where the result goes."""
        return self.boxes.with_suffix(".mp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What became of an order."""

    line: int
    job_file: str
    status: str
    """done, failed, or kept: its result was there already."""
    generation: str | None = None
    result: str | None = None
    warnings: list[str] = field(default_factory=list)
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyOptions:
    """How all of them are sent."""

    options: SubmitOptions = field(default_factory=SubmitOptions)
    concurrency: int = CONCURRENCY
    """Generations that run at a time; a plan that allows fewer makes the rest wait."""
    deadline_s: float = DEADLINE_S
    """Seconds that each is waited for."""
    strict: bool = False
    """Let warnings stop a job."""


class Sender:
    """Sends orders as they come; ``sending`` makes one."""

    def __init__(self, folder: Path, make_client: MakeClient, options: ManyOptions) -> None:
        self._folder = folder
        self._make_client = make_client
        self._options = options
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(options.concurrency, thread_name_prefix="generation")
        self._futures: list[Future[Submission]] = []

    def add(self, order: Order) -> None:
        """Send it as soon as one of the running ones has ended."""
        self._futures.append(self._threads.submit(self._send, order))

    def results(self) -> Iterator[Submission]:
        """Wait for all that were added, as they end."""
        for future in as_completed(self._futures):
            yield future.result()

    def close(self, *, stop: bool = False) -> None:
        """End the threads; ``stop`` leaves what is running to the server and the next run."""
        if stop:
            self._stop.set()
        self._threads.shutdown(wait=not stop, cancel_futures=stop)

    def _send(self, order: Order) -> Submission:
        try:
            done = self._run(order)
        except _StoppedError:
            raise
        except Exception as error:  # whatever one job does, the others are sent
            if not isinstance(error, SpeakerBoxesError | OSError | ValueError):
                logger.debug("line %d failed", order.line, exc_info=True)
            words = str(error) or type(error).__name__
            done = Submission(
                line=order.line, job_file=str(order.job_file), status="failed",
                generation=_generation_of(order.job_file), error=" ".join(words.split()),
            )  # fmt: skip
        try:
            append_line(self._folder / SUBMISSIONS, json_line(asdict(done)))
        except OSError as error:
            logger.warning("line %d is not noted in %s: %s", done.line, SUBMISSIONS, error.strerror)
        return done

    def _run(self, order: Order) -> Submission:
        prepared = self._prepared(order)
        path, warnings = order.job_file, [one.message for one in prepared.findings]
        known = Job.read(path) if path.exists() else None
        if (
            known is not None
            and known.fingerprint == prepared.spec.fingerprint()
            and known.status == "COMPLETED"
            and order.result.is_file()
        ):
            return self._told(order, "kept", known.generation_id, warnings)
        check_writable(order.result, overwrite=False)
        run_options = RunOptions(deadline_s=self._options.deadline_s, output=order.result)
        with self._make_client(self._sleep) as client:
            flow = run_job(prepared.spec, path, client.base_url, client.config, run_options)
            generation = client.driver.run(flow)
        return self._told(order, "done", generation.id, warnings)

    def _prepared(self, order: Order) -> PreparedJob:
        prepared = prepare(
            video=order.video,
            audio=order.audio,
            rows=read_boxes(order.boxes),
            known=read_report(order.boxes),
            options=self._options.options,
            has_api_key=True,
        )
        raise_for_findings(prepared.findings, strict=self._options.strict)
        return prepared

    def _told(
        self, order: Order, status: str, generation: str | None, warnings: list[str]
    ) -> Submission:
        return Submission(
            line=order.line, job_file=str(order.job_file), status=status, generation=generation,
            result=str(order.result), warnings=warnings,
        )  # fmt: skip

    def _sleep(self, seconds: float) -> None:
        """In slices, so that an interrupted run ends soon."""
        for _ in range(max(1, math.ceil(seconds / _SLICE_S))):
            if self._stop.is_set():
                raise _StoppedError
            time.sleep(min(seconds, _SLICE_S))


class _StoppedError(Exception):
    """The run was interrupted; the job goes on at the server."""


@contextmanager
def sending(folder: Path, make_client: MakeClient, options: ManyOptions) -> Iterator[Sender]:
    """Give a sender for as long as the block lasts.

    If that is left by an error, running jobs are left to the server and to the next run.
    """
    sender = Sender(folder, make_client, options)
    try:
        yield sender
    except BaseException:
        sender.close(stop=True)
        raise
    sender.close()


def write_submissions(folder: Path, submissions: list[Submission]) -> None:
    """Write a line for each order, in the order of the file."""
    ordered = sorted(submissions, key=lambda one: one.line)
    lines = [json_line(asdict(one)) + b"\n" for one in ordered]
    write_atomic(folder / SUBMISSIONS, b"".join(lines))


def _generation_of(path: Path) -> str | None:
    try:
        return Job.read(path).generation_id
    except SpeakerBoxesError:
        return None
