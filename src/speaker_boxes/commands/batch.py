"""``speaker-boxes batch``: many clips, on all cores or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common.batch_submit import (
    BatchSubmitOptions,
    BoxesToJobs,
    open_sender,
    read_sounds,
    send_as_api_batch,
    submission_table,
)
from speaker_boxes.commands.common.detection_options import DetectorOptions, WorkerOptions
from speaker_boxes.commands.common.loudness import say
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.shared_options import MaxGap
from speaker_boxes.commands.common.speaker_options import SpeechModel, check_active
from speaker_boxes.commands.common.terminal import printable, stderr_reporting
from speaker_boxes.errors import OutputError
from speaker_boxes.files import check_writable

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from speaker_boxes.batch import Job, JobResult
    from speaker_boxes.progress import Progress

_ON_CLUSTER = 8
"""Clips that are planned at the same time for a cluster, whose size we do not know."""


@with_options
def batch(
    jobs: Annotated[
        Path,
        typer.Argument(
            metavar="JOBS.jsonl",
            help='A job a line: {"clip": "a.mp4", "at": ["0:300,200"], "output": "a.json"}; '
            "all but the clip may be left out. Also, as the options of track: face, speakers, "
            "turns, person, only_clicked_shots, max_gap, stream, detector, detector_model.",
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT/",
            help="Folder for the boxes, reports and results.jsonl.",
        ),
    ],
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="tcp://HOST:PORT",
            help="A Dask scheduler whose workers do it; they see the clips under the same paths.",
        ),
    ] = None,
    max_gap: MaxGap = 0.5,
    active_speaker: Annotated[
        str | None,
        typer.Option(
            "--active-speaker",
            metavar="one|turns",
            help="For jobs without clicks: find out by lips and sound who speaks, as track does.",
        ),
    ] = None,
    speech_model: SpeechModel = None,
    detector_options: DetectorOptions,
    worker_options: WorkerOptions,
    sending: BatchSubmitOptions,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.batch import RESULTS, BatchOptions, read_jobs, run_batch, write_results
    from speaker_boxes.track.options import TrackOptions

    if sending.submit and jobs.exists() and not jobs.is_file():
        raise typer.BadParameter(
            f"{jobs} is no file, and --submit reads the jobs more than once",
            param_hint="JOBS.jsonl",
        )
    try:
        todo, results = read_jobs(jobs, active_speaker=check_active(active_speaker))
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"read {jobs}" if error.filename in (jobs, str(jobs)) else f"write {output}"
        raise OutputError(f"cannot {what}: {error.strerror}") from error
    check_writable(output / RESULTS, overwrite=True, inputs=[jobs])
    n_lines = len(todo) + len(results)
    n_workers = worker_options.workers or os.cpu_count() or 1
    options = BatchOptions(
        detectors=detector_options.choice(),
        track=TrackOptions(max_gap_s=max_gap),
        cache=worker_options.cache(),
        speech_model=speech_model,
        n_together=_ON_CLUSTER if scheduler else n_workers,
    )
    with stderr_reporting() as progress, open_sender(sending, output) as sender:
        sounds = read_sounds(jobs) if sending.submit else {}
        boxes_to_jobs = BoxesToJobs(sender, todo, sounds, output)
        for bad in results:
            _print_error(bad)
        with (
            _pool(scheduler, n_workers) as executor,
            # closed before the pool is: what is given up is not noted as failed
            closing(
                run_batch(
                    todo, output, executor=executor, options=options, progress=_named(progress)
                )
            ) as run,
        ):
            for result in run:
                results.append(result)
                boxes_to_jobs.add(result)
                if result.status == "failed":
                    _print_error(result)
                progress("all clips", len(results), n_lines)
        write_results(output, results)
        submissions = boxes_to_jobs.finish()
        if sending.api_batch:
            submissions = send_as_api_batch(jobs, todo, results, output, sending)
    for line in [*_table(results), *submission_table(submissions)]:
        say(line)
    if "failed" in {*(one.status for one in results), *(one.status for one in submissions)}:
        raise typer.Exit(1)


def _pool(scheduler: str | None, n_workers: int) -> AbstractContextManager[Executor]:
    if scheduler is not None:
        from speaker_boxes.dask_executor import cluster_executor

        return cluster_executor(scheduler)
    from speaker_boxes.detect.run.worker_pool import WorkerPool

    return WorkerPool(n_workers)


def _named(progress: Progress) -> Callable[[Job], Progress]:
    """A bar for each job, called by its clip."""

    def of_job(job: Job) -> Progress:
        name = Path(job.clip).name

        def show(stage: str, done: int, total: int | None) -> None:
            progress(name if stage == "detect" else f"{name}: {stage}", done, total)

        return show

    return of_job


def _print_error(result: JobResult) -> None:
    typer.echo(f"speaker-boxes: line {result.line}: {printable(result.error or '')}", err=True)


def _table(results: list[JobResult]) -> list[str]:
    """A line for each job, in the order of the file, and one for all."""
    rows: list[tuple[str, ...]] = [("line", "status", "frames", "boxes", "output")]
    counts = {"done": 0, "kept": 0, "failed": 0}
    for result in sorted(results, key=lambda result: result.line):
        numbers = ("" if n is None else str(n) for n in (result.frames, result.boxes))
        rows.append(
            (str(result.line), result.status, *numbers, printable(result.output or result.clip))
        )
        counts[result.status] += 1
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(
            [*(cell.rjust(width) for cell, width in zip(row[:4], widths, strict=True)), row[4]]
        )
        for row in rows
    ]
    return [*lines, ", ".join(f"{count} {status}" for status, count in counts.items())]
