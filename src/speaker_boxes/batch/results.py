"""What became of each job, on disk: a line at once, whatever ends the run."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from speaker_boxes.files import append_line, json_line, read_whole, report_path_for, write_atomic

logger = logging.getLogger(__name__)

RESULTS = "results.jsonl"
"""In the folder of the outputs: a line for each job; then those of earlier runs with other
outputs."""
_BEGUN = "begun"
"""Status of a line that says: these outputs are about to be replaced."""


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


def failed(line: int, clip: str, output: str, key: str, error: str) -> JobResult:
    """The result of a job that failed, with its reason in one line."""
    words = " ".join(error.split())
    return JobResult(line=line, clip=clip, output=output, key=key, status="failed", error=words)


def read_results(folder: Path) -> list[JobResult]:
    """What became of the jobs so far; nothing if there was no run.

    Raises
    ------
    OSError
        The file is there and cannot be read.
    """
    return [result for result in _lines(folder) if result.status != _BEGUN]


def finished(folder: Path) -> dict[str, JobResult]:
    """What earlier runs did and nothing has replaced since, by the job's identity.

    Raises
    ------
    OSError
        The file is there and cannot be read.
    """
    by_output: dict[str, JobResult] = {}
    for result in _lines(folder):
        if result.status == _BEGUN:
            by_output.pop(result.output, None)
        elif result.status in ("done", "kept"):
            by_output[result.output] = result
    return {result.key: result for result in by_output.values()}


def is_whole(boxes: Path, n_frames: int | None) -> bool:
    """Whether there are boxes for all frames, and a report beside them."""
    try:
        rows = json.loads(read_whole(boxes))["bounding_boxes"]
        report = json.loads(read_whole(report_path_for(boxes)))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return False
    return isinstance(rows, list) and len(rows) == n_frames and isinstance(report, dict)


def note_begin(folder: Path, result: JobResult) -> None:
    """Say that the outputs are about to be replaced: they are no other job's any more.

    Raises
    ------
    OSError
        It cannot be written; then nothing may be replaced.
    """
    _append(folder, JobResult(**{**asdict(result), "status": _BEGUN}))


def note(folder: Path, result: JobResult) -> JobResult:
    """Add a line at once: whatever ends this run, the next one knows of it."""
    try:
        _append(folder, result)
    except OSError as error:
        logger.warning("%s is not noted in %s: %s", result.output, RESULTS, error.strerror)
    return result


def write_results(folder: Path, results: Sequence[JobResult]) -> None:
    """Write a line for each job, in the order of the file; then what earlier runs left.

    Raises
    ------
    OutputError
        It cannot be written; what was noted stays.
    """
    ordered = sorted(results, key=lambda result: result.line)
    replaced = {result.output for result in ordered}
    earlier = [each for each in finished(folder).values() if each.output not in replaced]
    lines = b"".join(json_line(asdict(result)) + b"\n" for result in [*ordered, *earlier])
    write_atomic(folder / RESULTS, lines)


def _append(folder: Path, result: JobResult) -> None:
    append_line(folder / RESULTS, json_line(asdict(result)))


def _lines(folder: Path) -> list[JobResult]:
    path = folder / RESULTS
    if not path.exists():
        return []
    found = (_read(line) for line in read_whole(path).split(b"\n"))
    return [result for result in found if result is not None]


def _read(line: bytes) -> JobResult | None:
    """A line as it was written; one that is cut off, or another program's, is none."""
    try:
        spelled: Any = json.loads(line.decode())
        result = JobResult(**spelled)
    except (TypeError, ValueError, RecursionError):
        return None
    texts = (result.clip, result.output, result.key, result.status)
    whole = isinstance(result.line, int) and all(isinstance(text, str) for text in texts)
    return result if whole and isinstance(result.frames, int | None) else None
