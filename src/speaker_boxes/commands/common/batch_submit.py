"""What ``batch --submit`` adds: which sound goes with each line, and how the jobs are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from speaker_boxes.commands.common import job_options as opt

if TYPE_CHECKING:
    from speaker_boxes.batch import Job, JobResult
    from speaker_boxes.submit.job.many_jobs import Sender, Submission
    from speaker_boxes.submit.schema.media import SoundGiven


@dataclass(frozen=True, kw_only=True)
class BatchSubmitOptions(opt.ModelOptions):
    """Whether and how each clip is submitted when its boxes are there."""

    submit: Annotated[
        bool,
        typer.Option(
            "--submit",
            help='Submit each clip when its boxes are there, with its line\'s "audio" (or "text" '
            'and "voice"); wait, and download the result to OUT/. Nothing is paid twice: the next '
            "run goes on.",
        ),
    ] = False
    concurrency: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="Generations at a time, as the plan allows."),
    ] = 3
    api_batch: Annotated[
        bool,
        typer.Option(
            "--api-batch",
            help="With --submit: all as one batch of the API (20 to 500 clips of at most 30 s, "
            "plans Scale and Enterprise), with boxes by address.",
        ),
    ] = False
    boxes_base: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help='With --api-batch: where OUT/ is hosted; or each line\'s "boxes_url".',
        ),
    ] = None
    strict: opt.Strict = False
    deadline: opt.Deadline = 3600.0
    base_url: opt.BaseUrl = None


def read_sounds(path: Path) -> dict[int, SoundGiven]:
    """What is said, by the number of the line; lines that say nothing of it are left out.

    Parameters
    ----------
    path
        A file that ``read_jobs`` has read; its bad lines are passed over.
    """
    from speaker_boxes.fetch.source import is_url
    from speaker_boxes.submit.schema.media import Script

    sounds: dict[int, SoundGiven] = {}
    for number, spelled in _spelled_jobs(path):
        audio, text, voice = (spelled.get(key) for key in ("audio", "text", "voice"))
        if isinstance(text, str) and isinstance(voice, str) and audio is None:
            sounds[number] = Script(text, voice)
        elif isinstance(audio, str) and text is None and voice is None:
            sounds[number] = audio if is_url(audio) else str(path.parent / audio)
    return sounds


class BoxesToJobs:
    """Hands each clip whose boxes are there on to the sender."""

    def __init__(
        self,
        sender: Sender | None,
        jobs: Sequence[Job],
        sounds: Mapping[int, SoundGiven],
        folder: Path,
    ) -> None:
        self._sender = sender
        self._clips = {job.line: job.clip for job in jobs}
        self._sounds = sounds
        self._folder = folder
        self._results: list[Submission] = []

    def add(self, result: JobResult) -> None:
        """Submit what belongs to a line that was tracked; nothing if nothing is to be submitted."""
        from speaker_boxes.submit.job.many_jobs import Order, Submission

        if self._sender is None or result.status == "failed":
            return
        sound = self._sounds.get(result.line)
        boxes = self._folder / result.output
        if sound is None:
            self._results.append(
                Submission(
                    line=result.line,
                    job_file="",
                    status="failed",
                    error='a job that is submitted needs "audio", or "text" and "voice"',
                )
            )
            return
        self._sender.add(
            Order(line=result.line, video=self._clips[result.line], audio=sound, boxes=boxes)
        )

    def finish(self) -> list[Submission]:
        """Wait for all, and tell each as it ends."""
        from speaker_boxes.submit.job.many_jobs import write_submissions

        if self._sender is None:
            return []
        for bad in self._results:
            _print(bad)
        for done in self._sender.results():
            self._results.append(done)
            _print(done)
        write_submissions(self._folder, self._results)
        return sorted(self._results, key=lambda one: one.line)


def open_sender(options: BatchSubmitOptions, folder: Path) -> AbstractContextManager[Sender | None]:
    """What sends, if anything is to be sent.

    Raises
    ------
    PreflightError
        There is no key, or the address is not one to send it to: before any clip is decoded.
    typer.BadParameter
        There is no such sync mode.
    """
    if options.api_batch and not options.submit:
        raise typer.BadParameter("--api-batch goes with --submit")
    if not options.submit or options.api_batch:
        return nullcontext()
    from speaker_boxes.commands.common.job_input import read_options
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.http.auth import choose_base_url, key_from_environment
    from speaker_boxes.submit.http.effects import ClientConfig, RetryOptions
    from speaker_boxes.submit.job.many_jobs import ManyOptions, sending

    key, base_url = key_from_environment(), choose_base_url(options.base_url)
    # other programs may hold the plan's slots for as long as one waits for a job
    usual = RetryOptions()
    patient = RetryOptions(slot_wait_s=max(usual.slot_wait_s, options.deadline))
    config = ClientConfig(retry=patient)
    many = ManyOptions(
        options=read_options(options), concurrency=options.concurrency,
        deadline_s=options.deadline, strict=options.strict,
    )  # fmt: skip
    return sending(
        folder,
        lambda sleep: Client(key, base_url=base_url, config=config, sleep=sleep),
        many,
    )


def send_as_api_batch(
    path: Path,
    jobs: Sequence[Job],
    results: Sequence[JobResult],
    folder: Path,
    options: BatchSubmitOptions,
) -> list[Submission]:
    """Send all that was tracked as one batch.

    Raises
    ------
    SpeakerBoxesError
        It was not sent, or has not ended; the same command goes on.
    """
    from speaker_boxes.commands.common.job_input import read_options
    from speaker_boxes.errors import PreflightError
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.job.api_batch import run_api_batch
    from speaker_boxes.submit.job.many_jobs import ManyOptions, Order, write_submissions

    sounds, clips = read_sounds(path), {job.line: job.clip for job in jobs}
    orders, urls = [], read_boxes_urls(path)
    for result in sorted(results, key=lambda one: one.line):
        if result.status == "failed":
            raise PreflightError(
                f"line {result.line} has no boxes; mend or remove it, a batch is sent as a whole"
            )
        if result.line not in sounds:
            raise PreflightError(f'line {result.line} has no "audio", or "text" and "voice"')
        if options.boxes_base is not None:
            base = options.boxes_base.rstrip("/")
            urls.setdefault(result.line, f"{base}/{quote(result.output)}")
        orders.append(
            Order(
                line=result.line,
                video=clips[result.line],
                audio=sounds[result.line],
                boxes=folder / result.output,
            )
        )
    many = ManyOptions(
        options=read_options(options), deadline_s=options.deadline, strict=options.strict
    )
    with Client(base_url=options.base_url) as client:
        submissions = run_api_batch(orders, urls, folder, client, many)
    write_submissions(folder, submissions)
    for one in submissions:
        _print(one)
    return submissions


def _spelled_jobs(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Lines as they are spelled, with the numbers that ``read_jobs`` gives them."""
    from speaker_boxes.batch.jobs import job_lines, spelled_job

    for number, line in job_lines(path):
        with suppress(ValueError):
            yield number, spelled_job(line)


def read_boxes_urls(path: Path) -> dict[int, str]:
    """Where each line says that its boxes are, by the number of the line."""
    urls = {}
    for number, spelled in _spelled_jobs(path):
        if isinstance(spelled.get("boxes_url"), str):
            urls[number] = spelled["boxes_url"]
    return urls


def submission_table(submissions: Sequence[Submission]) -> list[str]:
    """A line for each, and one for all; none if nothing was submitted."""
    if not submissions:
        return []
    counts = {"done": 0, "kept": 0, "failed": 0}
    lines = []
    for one in submissions:
        counts[one.status] += 1
        what = one.result or one.error or ""
        lines.append(f"line {one.line}: {one.status}, {one.generation or 'no generation'}: {what}")
    counted = ", ".join(f"{count} {status}" for status, count in counts.items())
    return [*lines, f"submitted: {counted}"]


def _print(done: Submission) -> None:
    for warning in done.warnings:
        typer.echo(f"speaker-boxes: line {done.line}: warning: {warning}", err=True)
    if done.error is not None:
        typer.echo(f"speaker-boxes: line {done.line}: {done.error}", err=True)
