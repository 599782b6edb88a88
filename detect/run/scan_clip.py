"""All faces of a clip, chunk by chunk: here, in processes of our own, or wherever one asks.

Chunks and their results are the same wherever they are done, and so is the clip's result, byte
for byte.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

import numpy as np

from speaker_boxes.detect.decode.chunk_frames import ChunkError, ChunkFrames
from speaker_boxes.detect.decode.chunk_plan import Chunk, plan_chunks
from speaker_boxes.detect.decode.clip_ref import ClipRef
from speaker_boxes.detect.decode.decode_warnings import warn_of
from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.video import Video, open_local
from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.open_detectors import opened, thread_detectors
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.worker_pool import WorkerPool, run_all
from speaker_boxes.detect.scan.builder import ChunkFaces, concat_segments
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.cuts import thumbnail
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detect.scan.scan import scan, scan_pictures
from speaker_boxes.fetch.source import Download
from speaker_boxes.progress import Progress, no_progress

logger = logging.getLogger(__name__)

_FEW_CHUNKS = 2
"""Chunks a worker, up to which a process more would be started for one chunk or two."""


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

    clip_ref: ClipRef
    chunk: Chunk
    frame_rate: Fraction | None
    """Frames per second that the header claims: only says how long to look for a lost face."""
    choice: DetectorChoice
    """What a worker opens; open detectors stay where they are."""
    options: ScanOptions


@dataclass(frozen=True, slots=True)
class ClipTask:
    """What a worker needs to know to do a whole clip."""

    clip_ref: ClipRef
    choice: DetectorChoice
    options: ScanOptions


class ChunkStore(Protocol):
    """Keeps finished chunks for the case that a run is killed."""

    def load_chunk(self, number: int) -> ChunkFaces | None:
        """Give a chunk that an earlier run finished."""

    def save_chunk(self, number: int, chunk: ChunkFaces) -> None:
        """Keep a chunk."""


def scan_clip(
    video: Video,
    detectors: DetectorPair | DetectorChoice,
    *,
    options: ScanOptions | None = None,
    workers: Workers | None = None,
    store: ChunkStore | None = None,
    progress: Progress = no_progress,
) -> ClipFaces:
    """Find the faces of every frame of a clip; log in the end what is odd about it.

    Parameters
    ----------
    video
        Open, and not read yet.
    detectors
        By name, or open ones, which stay in this process.
    store
        Where finished chunks are kept, and found again.
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
    found = _find(video, detectors, options, workers, store, progress)
    warn_of(found.video, rotation_ignored=video.rotation_ignored)
    return found


def _find(
    video: Video,
    detectors: DetectorPair | DetectorChoice,
    options: ScanOptions,
    workers: Workers,
    store: ChunkStore | None,
    progress: Progress,
) -> ClipFaces:
    """In chunks where the clip can be cut, else in one run."""
    ref = video.clip_ref()
    chunks = plan_chunks(ref.path, ref.name, ref.stream_index, min_frames=options.min_chunk)
    if chunks:
        choice = detectors if isinstance(detectors, DetectorChoice) else DetectorChoice()
        frame_rate = video.claims.frame_rate
        tasks = [ChunkTask(ref, chunk, frame_rate, choice, options) for chunk in chunks]
        results = _Results(tasks, store, progress)
        try:
            _do_chunks(results, detectors, workers)
            return _concat(video, chunks, results.in_order(), detectors.name)
        except ChunkError as error:
            logger.info("%s: decoded again in one run: %s", video.source, error)
    if workers.executor is not None and isinstance(detectors, DetectorChoice):
        return _one_run_elsewhere(workers.executor, ClipTask(ref, detectors, options), progress)
    with opened(detectors) as pair:
        return scan(video, pair, options=options, progress=progress)


class _Results:
    """The chunks of a clip as they get done."""

    def __init__(
        self, tasks: Sequence[ChunkTask], store: ChunkStore | None, progress: Progress
    ) -> None:
        self.n_frames = sum(len(task.chunk.pts) for task in tasks)
        self._store = store
        self._progress = progress
        self._done: dict[int, ChunkFaces] = {}
        for task in tasks:
            known = store.load_chunk(task.chunk.number) if store is not None else None
            if known is not None:
                self._done[task.chunk.number] = known
        self._n_done = sum(chunk.segment.n_frames for chunk in self._done.values())
        left = [task for task in tasks if task.chunk.number not in self._done]
        self.n_to_do = sum(len(task.chunk.pts) for task in left)
        # the longest first, so that workers end together
        self.to_do = sorted(left, key=lambda task: -len(task.chunk.pts))

    def on_progress(self, n_more: int) -> None:
        """Some frames of a chunk that is not done yet are."""
        self._progress("detect", self._n_done + n_more, self.n_frames)

    def add(self, position: int, result: ChunkFaces) -> None:
        """Take the result of one of ``to_do``."""
        number = self.to_do[position].chunk.number
        self._done[number] = result
        if self._store is not None:
            self._store.save_chunk(number, result)
        self._n_done += result.segment.n_frames
        self.on_progress(0)

    def in_order(self) -> list[ChunkFaces]:
        """All of them."""
        return [self._done[number] for number in sorted(self._done)]


def scan_chunk(task: ChunkTask) -> ChunkFaces:
    """Decode one chunk and find its faces, in a worker: with one thread."""
    return _faces_of(task, thread_detectors(task.choice), threads=1)


def scan_whole(task: ClipTask) -> ClipFaces:
    """Find the faces of a clip that has to be decoded in one run, in a worker."""
    ref, clip = task.clip_ref, Download(task.clip_ref.path)
    with open_local(clip, ref.name, stream_index=ref.stream_index, threads=1) as video:
        return scan(video, thread_detectors(task.choice), options=task.options)


def _one_run_elsewhere(executor: Executor, task: ClipTask, progress: Progress) -> ClipFaces:
    found: dict[int, ClipFaces] = {}
    run_all(executor, scan_whole, [task], names=[task.clip_ref.name], done=found.__setitem__)
    n_frames = found[0].video.n_frames
    progress("detect", n_frames, n_frames)
    return found[0]


def _do_chunks(
    results: _Results, detectors: DetectorPair | DetectorChoice, workers: Workers
) -> None:
    """Every chunk that is to be done, here or elsewhere."""
    tasks = results.to_do
    n_workers = min(workers.n_cores, len(tasks))
    if isinstance(detectors, DetectorPair) or (workers.executor is None and n_workers < 2):
        _do_here(results, detectors, threads=workers.n_cores)
    elif workers.executor is not None:
        names = [_name(task) for task in tasks]
        run_all(workers.executor, scan_chunk, tasks, names=names, done=results.add)
    else:
        _do_in_pool(results, n_workers)


def _do_in_pool(results: _Results, n_workers: int) -> None:
    """One at a time by a thread of this process, the others by processes, which start meanwhile.

    More threads would start at once too, but wait for each other where the work is Python's: each
    takes 1.3 to 1.6 times as long, and a process starts in less than that loses on a chunk. Of a
    long clip the thread does one chunk only: a process that dies of one is no loss.
    """

    def here(task: ChunkTask) -> ChunkFaces:
        return _faces_of(task, thread_detectors(task.choice), threads=1, watch=checked)

    def checked(frames: Iterable[FrameImage]) -> Iterator[FrameImage]:
        for frame in frames:
            pool.check()
            yield frame

    names = [_name(task) for task in results.to_do]
    n_here, n_started = len(names), n_workers - 1
    if n_here > _FEW_CHUNKS * n_workers:
        n_here, n_started = 1, n_workers
    with WorkerPool(n_workers, here=here, n_here=n_here, n_started=n_started) as pool:
        run_all(pool, scan_chunk, results.to_do, names=names, done=results.add)


def _do_here(results: _Results, detectors: DetectorPair | DetectorChoice, *, threads: int) -> None:
    """One after the other in this process, decoded by FFmpeg's threads."""
    with opened(detectors) as pair:
        for position, task in enumerate(results.to_do):
            found = _faces_of(task, pair, threads=threads, on_progress=results.on_progress)
            results.add(position, found)


def _faces_of(
    task: ChunkTask,
    pair: DetectorPair,
    *,
    threads: int,
    on_progress: Callable[[int], None] = lambda n_done: None,
    watch: Callable[[Iterable[FrameImage]], Iterable[FrameImage]] = lambda frames: frames,
) -> ChunkFaces:
    frames = ChunkFrames(task.clip_ref, task.chunk, threads=threads)
    segment = scan_pictures(
        watch(frames),
        pair,
        frame_rate=task.frame_rate,
        options=task.options,
        on_progress=on_progress,
    )
    next_thumb = thumbnail(frames.next_thumb) if frames.next_thumb is not None else None
    return ChunkFaces(segment, next_thumb, frames.n_resized)


def _concat(
    video: Video, chunks: Sequence[Chunk], results: Sequence[ChunkFaces], detector: str
) -> ClipFaces:
    """Put the chunks together, if each begins with the picture that the one before ended at."""
    for before, after in pairwise(results):
        if before.next_thumb is None or (before.next_thumb != after.segment.thumb[0]).any():
            raise ChunkError("a key frame looks otherwise by itself")
    metadata = video.metadata_of_chunks(
        np.concatenate([chunk.pts for chunk in chunks]),
        n_resized=sum(result.n_resized for result in results),
    )
    return concat_segments([result.segment for result in results], metadata, detector)


def _name(task: ChunkTask) -> str:
    """What a message calls a chunk: where it is in the clip."""
    ref, pts = task.clip_ref, task.chunk.pts
    first_s, last_s = (float(int(pts[i]) * ref.time_base) for i in (0, -1))
    return f"{ref.name} from {first_s:.1f} s to {last_s:.1f} s"
