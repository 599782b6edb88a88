"""Jobs side by side: each is done, kept or fails by itself."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from speaker_boxes.batch.jobs import Job
from speaker_boxes.batch.results import (
    JobResult,
    failed,
    finished,
    is_whole,
    note,
    note_begin,
)
from speaker_boxes.detect.detectors.open_detectors import model_digests
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detection import DetectionOptions
from speaker_boxes.errors import OutputError, SpeakerBoxesError
from speaker_boxes.file_digest import file_digest
from speaker_boxes.files import check_writable, write_together
from speaker_boxes.follow.follow import follow
from speaker_boxes.progress import Progress
from speaker_boxes.track.looks.embedding import VERSION
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.report import output_files
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import TurnBoxes

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How all jobs are done, where their lines say nothing else."""

    detectors: DetectorChoice = field(default_factory=DetectorChoice)
    scan: ScanOptions = field(default_factory=ScanOptions)
    track: TrackOptions = field(default_factory=TrackOptions)
    cache: Cache | None = None
    n_together: int = 1
    """Clips that are done at the same time."""
    speech_model: Path | None = None
    """A local file of LR-ASD's weights, for jobs that choose by speech."""


def run_batch(
    jobs: Sequence[Job],
    folder: Path,
    *,
    executor: Executor,
    options: BatchOptions,
    progress: Callable[[Job], Progress],
) -> Generator[JobResult, None, None]:
    """Do jobs; gives what became of each as it ends.

    Whatever goes wrong with a job is its failure; the others are done.

    Parameters
    ----------
    folder
        Where the outputs go.
    executor
        Does the chunks of all clips; shut down if this is left before its end.
    progress
        Gives what is told of a job's progress.

    Raises
    ------
    OutputError
        What earlier runs left in the folder cannot be read.
    """
    try:
        earlier = finished(folder)
    except OSError as error:
        raise OutputError(f"cannot read the results in {folder}: {error.strerror}") from error
    run = _Run(folder, executor, options)
    threads = ThreadPoolExecutor(options.n_together, thread_name_prefix="speaker-boxes-job")
    try:
        futures = []
        for job in jobs:
            if (known := run.kept(job, earlier)) is not None:
                yield known
            else:
                futures.append(threads.submit(run.do, job, progress(job)))
        for future in as_completed(futures):
            yield future.result()
    except BaseException:
        run.ended.set()
        threads.shutdown(wait=False, cancel_futures=True)
        executor.shutdown(wait=False, cancel_futures=True)  # what the threads wait for
        raise
    finally:
        threads.shutdown(wait=True)


def job_key(job: Job, options: BatchOptions) -> str:
    """Digest of all that decides the result; for the clip's content its size and time."""
    content = None
    with suppress(OSError, ValueError):  # an address, or a file that is not there
        stat = Path(job.clip).stat()
        content = [stat.st_size, stat.st_mtime_ns]
    who, face = job.target, None
    if who.face is not None:
        with suppress(OSError, ValueError):
            if Path(who.face).is_file():  # a pipe or a device may never end
                face = file_digest(who.face)
    detectors = job.detectors or options.detectors
    what = {
        "clip": [job.clip, content, job.stream],
        "who": [
            [repr(click) for click in who.clicks],
            [str(who.face), face],
            {
                name: each if isinstance(each, int) else [repr(click) for click in each]
                for name, each in who.speakers.items()
            },
            None if who.turns is None else [asdict(turn) for turn in who.turns],
            who.only_clicked_shots,
            who.person,
            who.active,
        ],
        "finding": [detectors.name, model_digests(detectors), asdict(options.scan)],
        "following": asdict(_track_options(job, options)),
        "output": job.output,
        "version": [_version(), VERSION],
    }
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]


class _Run:
    """What the threads of one run share."""

    def __init__(self, folder: Path, executor: Executor, options: BatchOptions) -> None:
        self._folder, self._executor, self._options = folder, executor, options
        self.ended = threading.Event()
        """Set when the run is given up: what fails then fails because of that."""

    def kept(self, job: Job, earlier: Mapping[str, JobResult]) -> JobResult | None:
        """What an earlier run made of the job, if it is all there."""
        try:
            known = earlier.get(job_key(job, self._options))
        except Exception:  # as what a thread meets: the job's failure, not the run's
            return None
        if known is None:
            return None
        there = [self._folder / name for name in job.boxes_names.values()]
        if not all(is_whole(boxes, known.frames) for boxes in there):
            return None
        return replace(known, line=job.line, clip=job.clip, status="kept")

    def do(self, job: Job, progress: Progress) -> JobResult:
        """Do a job, whatever comes of it."""
        began = time.monotonic()
        key = ""

        def show(stage: str, done: int, total: int | None) -> None:
            if self.ended.is_set():
                raise OutputError("the run has ended")
            progress(stage, done, total)

        try:
            key = job_key(job, self._options)
            results = _follow(job, self._executor, self._options, show)
            done = JobResult(
                line=job.line,
                clip=job.clip,
                output=job.output,
                key=key,
                status="done",
                frames=next(iter(results.values())).video.n_frames,
                boxes=sum(result.n_boxes for result in results.values()),
                seconds=round(time.monotonic() - began, 2),
            )
            self._write(job, results, done)
        except Exception as error:  # whatever one clip does, the others are done
            if not isinstance(error, SpeakerBoxesError):
                logger.debug("line %d failed", job.line, exc_info=True)
            result = failed(job.line, job.clip, job.output, key, _words(error))
            return result if self.ended.is_set() else note(self._folder, result)
        return note(self._folder, done)

    def _write(
        self, job: Job, results: Mapping[str, SpeakerBoxes | TurnBoxes], done: JobResult
    ) -> None:
        """Write the boxes of all speakers, none without its report."""
        inputs: list[str | Path] = [job.clip, *([job.target.face] if job.target.face else [])]
        files: list[tuple[Path, str]] = []
        for name, result in results.items():
            boxes = self._folder / job.boxes_names[name]
            boxes.parent.mkdir(parents=True, exist_ok=True)
            files += output_files(boxes, result)
        for path, _ in files:
            check_writable(path, overwrite=True, inputs=inputs)
        note_begin(self._folder, done)
        write_together(*files)


def _follow(
    job: Job, executor: Executor, options: BatchOptions, progress: Progress
) -> Mapping[str, SpeakerBoxes | TurnBoxes]:
    """Each array of the job, by the name its file goes by."""
    detection = DetectionOptions(
        detectors=job.detectors or options.detectors,
        stream_index=job.stream,
        scan=options.scan,
        executor=executor,
        cache=options.cache,
        progress=progress,
    )
    return follow(
        job.clip,
        job.target,
        options=_track_options(job, options),
        detection=detection,
        speech_model=options.speech_model,
    )


def _track_options(job: Job, options: BatchOptions) -> TrackOptions:
    if job.max_gap_s is None:
        return options.track
    return replace(options.track, max_gap_s=job.max_gap_s)


def _words(error: Exception) -> str:
    """What failed, with the kind of error where its text alone would say little."""
    if isinstance(error, SpeakerBoxesError | OSError) or (
        isinstance(error, ValueError) and str(error)
    ):
        return str(error)
    return ": ".join(filter(None, [type(error).__name__, str(error)]))


def _version() -> str | None:
    try:
        return version("speaker-boxes")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return None
