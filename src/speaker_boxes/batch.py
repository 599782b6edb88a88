"""Many clips: jobs from a file, done side by side, each reported, finished ones left alone."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from speaker_boxes.click import Click, parse_click
from speaker_boxes.detect.detectors.open_detectors import model_digests
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detection import DetectionOptions
from speaker_boxes.errors import SpeakerBoxesError
from speaker_boxes.files import report_path_for, write_atomic, write_together
from speaker_boxes.progress import Progress
from speaker_boxes.track.output.report import boxes_json, report_json
from speaker_boxes.tracking import track_speaker

RESULTS = "results.jsonl"
"""In the folder of the outputs: a line for each job."""
_NOTING = threading.Lock()
_KEYS = frozenset({"clip", "at", "person", "output", "stream"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One clip to do."""

    line: int
    """Where it stands in the file, from 1."""
    clip: str
    """Path or http(s) URL."""
    at: tuple[Click, ...] = ()
    person: int | None = None
    """Number of the speaker among the clip's people, instead of clicks."""
    output: str
    """Name of the boxes' file, below the folder of the outputs."""
    stream: int | None = None

    def key(self, detectors: DetectorChoice) -> str:
        """Digest of all that decides the result; for the clip's content its size and time."""
        content = None
        with suppress(OSError):  # an address, or a file that is not there
            stat = Path(self.clip).stat()
            content = [stat.st_size, stat.st_mtime_ns]
        clicks = [str(click) for click in self.at]
        finding = [detectors.name, model_digests(detectors)]
        what = [self.clip, content, clicks, self.output, self.stream, finding]
        if self.person is not None:  # or jobs done before there were numbers would be done again
            what.append(self.person)
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What became of one line of the file."""

    line: int
    clip: str
    output: str
    key: str
    status: str
    """done, failed, or kept: done by an earlier run."""
    frames: int | None = None
    boxes: int | None = None
    seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How all jobs are done."""

    detectors: DetectorChoice = field(default_factory=DetectorChoice)
    cache: Cache | None = None
    n_together: int = 1
    """Clips that are done at the same time."""


def read_jobs(path: Path) -> tuple[list[Job], list[JobResult]]:
    """Read a file with a job a line, and say of each bad line why it is.

    A job is ``{"clip": "a.mp4", "at": ["0:300,200"], "output": "a.json"}``; all but the clip may
    be left out, and ``"person": 2`` may stand for the clicks. Paths of clips are relative to the
    file.
    """
    jobs: list[Job] = []
    bad: list[JobResult] = []
    taken: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            job = _read_job(line, number, path.parent)
            if job.output in taken:
                raise ValueError(f"its output {job.output} is another job's too; name one")
        except ValueError as error:
            bad.append(_failed(number, line.strip()[:200], "", "", str(error)))
        else:
            taken.add(job.output)
            jobs.append(job)
    return jobs, bad


def run_batch(
    jobs: Sequence[Job],
    folder: Path,
    *,
    executor: Executor,
    options: BatchOptions,
    progress: Callable[[Job], Progress],
) -> Iterator[JobResult]:
    """Do jobs; gives what became of each as it ends.

    Parameters
    ----------
    folder
        Where the outputs go.
    executor
        Does the chunks of all clips.
    progress
        Gives what is told of a job's progress.
    """
    earlier = {result.key: result for result in read_results(folder) if result.status != "failed"}
    with ThreadPoolExecutor(options.n_together, thread_name_prefix="speaker-boxes-job") as threads:
        futures = []
        for job in jobs:
            known = earlier.get(job.key(options.detectors))
            if known is not None and (folder / job.output).is_file():
                yield JobResult(**{**asdict(known), "line": job.line, "status": "kept"})
            else:
                futures.append(threads.submit(_do, job, folder, executor, options, progress(job)))
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            executor.shutdown(wait=False, cancel_futures=True)  # what the threads wait for
            raise


def read_results(folder: Path) -> list[JobResult]:
    """What became of the jobs of the last run; nothing if there was none."""
    path = folder / RESULTS
    if not path.is_file():
        return []
    results = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            results.append(JobResult(**json.loads(line)))
        except (TypeError, ValueError):
            continue  # cut off, or another program's: the job is done again
    return results


def _note(folder: Path, result: JobResult) -> JobResult:
    """Add a line at once: whatever ends this run, the next one knows of it."""
    with _NOTING, (folder / RESULTS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
    return result


def write_results(folder: Path, results: Sequence[JobResult]) -> None:
    """Write a line for each job, in the order of the file."""
    ordered = sorted(results, key=lambda result: result.line)
    lines = [json.dumps(asdict(result), ensure_ascii=False) for result in ordered]
    write_atomic(folder / RESULTS, "".join(f"{line}\n" for line in lines))


def _read_job(line: str, number: int, folder: Path) -> Job:
    try:
        spelled: Any = json.loads(line)
    except ValueError as error:
        raise ValueError(f"it is not JSON: {error}") from error
    if not isinstance(spelled, dict) or not isinstance(spelled.get("clip"), str):
        raise ValueError('a job is an object with a "clip"')
    if unknown := sorted(set(spelled) - _KEYS):
        raise ValueError(f"unknown key {unknown[0]}; known: {', '.join(sorted(_KEYS))}")
    at, stream, person = (spelled.get("at", []), spelled.get("stream"), spelled.get("person"))
    if not isinstance(at, list) or not all(isinstance(each, str) for each in at):
        raise ValueError('"at" is a list of FRAME:X,Y')
    if stream is not None and not isinstance(stream, int):
        raise ValueError('"stream" is a number')
    if person is not None and (isinstance(person, bool) or not isinstance(person, int)):
        raise ValueError('"person" is a number')
    if person is not None and at:
        raise ValueError('"person" says who is meant; leave out "at"')
    clip = spelled["clip"]
    if not clip.lower().startswith(("http://", "https://")):
        clip = str(folder / clip)
    output = spelled.get("output", f"{PurePosixPath(clip.replace(chr(92), '/')).stem}.json")
    if not isinstance(output, str) or not _is_below(output):
        raise ValueError('"output" is the name of a file below the output folder')
    clicks = tuple(parse_click(each) for each in at)
    return Job(line=number, clip=clip, at=clicks, person=person, output=output, stream=stream)


def _is_below(name: str) -> bool:
    path = Path(name)
    return name.endswith(".json") and not path.is_absolute() and ".." not in path.parts


def _do(
    job: Job, folder: Path, executor: Executor, options: BatchOptions, progress: Progress
) -> JobResult:
    began = time.monotonic()
    key = job.key(options.detectors)
    try:
        result = track_speaker(
            job.clip,
            at=job.at,
            person=job.person,
            detection=DetectionOptions(
                detectors=options.detectors,
                stream_index=job.stream,
                executor=executor,
                cache=options.cache,
                progress=progress,
            ),
        )
        boxes = folder / job.output
        boxes.parent.mkdir(parents=True, exist_ok=True)
        write_together((boxes, boxes_json(result)), (report_path_for(boxes), report_json(result)))
    except (SpeakerBoxesError, OSError, ValueError) as error:
        return _note(folder, _failed(job.line, job.clip, job.output, key, str(error)))
    done = JobResult(
        line=job.line,
        clip=job.clip,
        output=job.output,
        key=key,
        status="done",
        frames=result.video.n_frames,
        boxes=result.n_boxes,
        seconds=round(time.monotonic() - began, 2),
    )
    return _note(folder, done)


def _failed(line: int, clip: str, output: str, key: str, error: str) -> JobResult:
    words = " ".join(error.split())
    return JobResult(line=line, clip=clip, output=output, key=key, status="failed", error=words)
