"""All faces of a clip, chunk by chunk: here, in processes of our own, or wherever one asks.

Chunks and their results are the same wherever they are done, and so is the clip's result, byte
for byte.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from speaker_boxes.detect.chunk import ChunkError, ChunkFrames, ClipPlace
from speaker_boxes.detect.collect import ClipFaces, Part, join
from speaker_boxes.detect.cuts import Thumb, small
from speaker_boxes.detect.detectors import DetectorChoice, kept_open, opened
from speaker_boxes.detect.faces import DetectorPair
from speaker_boxes.detect.grid import Chunk, plan_chunks
from speaker_boxes.detect.pool import WorkerPool, run_all
from speaker_boxes.detect.scan import ScanOptions, scan, scan_pictures
from speaker_boxes.detect.video import Video
from speaker_boxes.progress import Progress, no_progress

logger = logging.getLogger(__name__)

POOL_MIN_FRAMES = 1000
"""Frames from which a pool of processes is worth its start, which takes as long as 300 to 500
frames do; a shorter clip is decoded by FFmpeg's threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Who does the chunks."""

    count: int | None = None
    """Processes of our own, at most; as many as there are cores if ``None``."""
    executor: Executor | None = None
    """Does them instead; it has to see the clip's file under the same path."""

    @property
    def n_cores(self) -> int:
        """How many cores may be used here."""
        return self.count or os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """What a worker needs to know to do one chunk."""

    place: ClipPlace
    chunk: Chunk
    rate: Fraction | None
    choice: DetectorChoice
    options: ScanOptions


@dataclass(frozen=True, slots=True, eq=False)
class ChunkFaces:
    """What a worker gives back."""

    part: Part
    beyond: Thumb | None
    """The frame after the last, as this chunk's decoder shows it."""
    n_resized: int


def scan_clip(
    video: Video,
    detectors: DetectorPair | DetectorChoice,
    *,
    options: ScanOptions | None = None,
    workers: Workers | None = None,
    progress: Progress = no_progress,
) -> ClipFaces:
    """Find the faces of every frame of a clip.

    Parameters
    ----------
    video
        Open, and not read yet.
    detectors
        By name, or open ones, which stay in this process.
    progress
        Called with the number of frames done.

    Raises
    ------
    VideoDecodeError
        The file broke while it was read.
    WorkerError
        A worker ended twice at the same place of the clip.
    """
    options, workers = options or ScanOptions(), workers or Workers()
    place = video.place()
    chunks = plan_chunks(place.path, place.name, place.stream, min_frames=options.min_chunk)
    if chunks:
        try:
            results = _do_chunks(
                place, video.claims.rate, chunks, detectors, options, workers, progress
            )
            clip = _joined(video, chunks, results, detectors.name)
        except ChunkError as error:
            logger.info("%s: decoded again in one run: %s", video.source, error)
        else:
            return clip
    with opened(detectors) as pair:
        return scan(video, pair, options=options, progress=progress)


def scan_chunk(task: ChunkTask) -> ChunkFaces:
    """Decode one chunk and find its faces, in a worker: with one thread."""
    return _faces_of(task, kept_open(task.choice), threads=1)


def _do_chunks(
    place: ClipPlace,
    rate: Fraction | None,
    chunks: Sequence[Chunk],
    detectors: DetectorPair | DetectorChoice,
    options: ScanOptions,
    workers: Workers,
    progress: Progress,
) -> list[ChunkFaces]:
    """Every chunk, here or elsewhere."""
    choice = detectors if isinstance(detectors, DetectorChoice) else DetectorChoice(detectors.name)
    tasks = [ChunkTask(place, chunk, rate, choice, options) for chunk in chunks]
    n_frames = sum(len(chunk.pts) for chunk in chunks)
    n_workers = min(workers.n_cores, len(chunks))
    small_job = workers.executor is None and (n_workers == 1 or n_frames < POOL_MIN_FRAMES)
    if small_job or isinstance(detectors, DetectorPair):
        return _here(tasks, detectors, workers.n_cores, progress, n_frames)
    n_done = 0

    def told(number: int) -> None:
        nonlocal n_done
        n_done += len(chunks[number].pts)
        progress("detect", n_done, n_frames)

    with nullcontext(workers.executor) if workers.executor else WorkerPool(n_workers) as pool:
        return run_all(pool, scan_chunk, tasks, told=told, names=[_name(task) for task in tasks])


def _here(
    tasks: Sequence[ChunkTask],
    detectors: DetectorPair | DetectorChoice,
    threads: int,
    progress: Progress,
    n_frames: int,
) -> list[ChunkFaces]:
    """One after the other in this process, decoded by FFmpeg's threads."""
    results = []
    with opened(detectors) as pair:
        for task in tasks:

            def told(n_done: int, before: int = task.chunk.first) -> None:
                progress("detect", before + n_done, n_frames)

            results.append(_faces_of(task, pair, threads=threads, told=told))
    return results


def _faces_of(
    task: ChunkTask,
    pair: DetectorPair,
    *,
    threads: int,
    told: Callable[[int], None] = lambda n_done: None,
) -> ChunkFaces:
    frames = ChunkFrames(task.place, task.chunk, threads=threads)
    part = scan_pictures(frames, pair, rate=task.rate, options=task.options, told=told)
    beyond = small(frames.beyond) if frames.beyond is not None else None
    return ChunkFaces(part, beyond, frames.n_resized)


def _joined(
    video: Video, chunks: Sequence[Chunk], results: Sequence[ChunkFaces], detector: str
) -> ClipFaces:
    """Put the chunks together, if each begins with the picture that the one before ended at."""
    for before, after in pairwise(results):
        if before.beyond is None or (before.beyond != after.part.thumb[0]).any():
            raise ChunkError("a key frame looks otherwise by itself")
    video.decoded_elsewhere(
        [int(pts) for chunk in chunks for pts in chunk.pts],
        n_resized=sum(result.n_resized for result in results),
    )
    return join([result.part for result in results], video.facts(), detector)


def _name(task: ChunkTask) -> str:
    """What a message calls a chunk: where it is in the clip."""
    place, pts = task.place, task.chunk.pts
    first_s, last_s = (float(int(pts[i]) * place.time_base) for i in (0, -1))
    return f"{place.name} from {first_s:.1f} s to {last_s:.1f} s"
