"""A clip in, its faces out: the costly half of the work, without any choice."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from speaker_boxes.detect.decode.decode_warnings import warn_of
from speaker_boxes.detect.detectors.base import DetectorPair, FaceDetector
from speaker_boxes.detect.detectors.one_detector import pair_of
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.run.first_look import say_of_known, say_of_open
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.fetch.source import Download, local_copy, redacted_url
from speaker_boxes.file_digest import check_is_file, file_digest
from speaker_boxes.progress import Progress, no_progress

if TYPE_CHECKING:
    from speaker_boxes.detect.run.scan_clip import ChunkStore
    from speaker_boxes.detect.scan.builder import ChunkFaces


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionOptions:
    """How the faces of a clip are found, by whom, and where they are kept."""

    detectors: DetectorPair | DetectorChoice | FaceDetector = field(default_factory=DetectorChoice)
    """What finds and follows faces: by name, MediaPipe's BlazeFace by default, or an object of
    one's own, a pair or just something with ``detect(image)``. Objects stay in this process."""
    stream_index: int | None = None
    """Index of the video stream; FFmpeg's own choice if ``None``."""
    scan: ScanOptions = field(default_factory=ScanOptions)
    """How thoroughly faces are looked for."""
    workers: int | None = None
    """Processes to use at most; as many as there are cores if ``None``. The result is the same
    for any number."""
    executor: Executor | None = None
    """Decodes and detects parts of the clip instead of processes of our own, here or on other
    machines that see the same file; any ``concurrent.futures.Executor``."""
    cache: Cache | None = None
    """Where the faces of a clip are kept and found again; nowhere if ``None``. What a detector
    of one's own finds is not kept: nobody knows when it changes."""
    progress: Progress = no_progress
    """Called now and then; raise in it to cancel."""
    found: Callable[[int, ChunkFaces], None] | None = None
    """Called with each chunk of ``plan_chunks`` when its faces are found: its number, and they."""

    @property
    def n_threads(self) -> int:
        """How many threads of this process may work at once when the faces are found.

        One, where an executor's owner shares out the work.
        """
        return 1 if self.executor is not None else self.workers or os.cpu_count() or 1


def detection_with(
    options: DetectionOptions | None,
    *,
    detectors: DetectorPair | DetectorChoice | FaceDetector | None,
    cache: Cache | None,
) -> DetectionOptions:
    """The options, with the two that are asked for most where they are given by themselves."""
    if cache is not None and not isinstance(cache, Cache):
        raise ValueError(f"cache must be a Cache, as cache=Cache(); got {cache!r}")
    given = {"detectors": detectors, "cache": cache}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(options or DetectionOptions(), **changes)  # type: ignore[arg-type]  # as above


def find_faces(source: str | Path, options: DetectionOptions | None = None) -> ClipFaces:
    """Decode a clip and find the faces of every frame.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.

    Raises
    ------
    VideoError
        The clip does not open or decode.
    ModelError
        The detector cannot be loaded.
    WorkerError
        A worker ended twice at the same place of the clip.
    """
    options = options or DetectionOptions()
    name = redacted_url(source)
    with local_copy(source, progress=options.progress) as clip:
        return find_faces_in(clip, name, options)


def find_faces_in(clip: Download, name: str, options: DetectionOptions) -> ClipFaces:
    """Do the same for a clip that is here; messages call it ``name``."""
    if options.cache is None or not isinstance(options.detectors, DetectorChoice):
        return _scan(clip, name, options, store=_watched(None, options))
    check_is_file(clip.path, name)
    clip = replace(clip, sha256=clip.sha256 or file_digest(clip.path))
    entry = options.cache.entry(
        clip.sha256 or "", options.stream_index, options.detectors, options.scan
    )
    if (known := entry.load(name)) is not None:
        clip.check_unchanged(name)
        say_of_known(name, known.video)
        warn_of(known.video)
        logger.info("%s: %d faces, known from before", name, len(known.faces))
        return known
    store = _watched(_StoreOfOneFile(entry, clip, name), options)
    found = _scan(clip, name, options, store=store)
    entry.save(found)
    return found


def _scan(
    clip: Download, name: str, options: DetectionOptions, *, store: ChunkStore | None = None
) -> ClipFaces:
    # PyAV, which a known clip needs not
    from speaker_boxes.detect.decode.video import open_local
    from speaker_boxes.detect.run.scan_clip import Workers, scan_clip

    with open_local(clip, name, stream_index=options.stream_index) as video:
        detectors = options.detectors
        if not isinstance(detectors, (DetectorPair, DetectorChoice)):
            detectors = pair_of(detectors)
        say_of_open(video)
        found = scan_clip(
            video,
            detectors,
            options=options.scan,
            workers=Workers(count=options.workers, executor=options.executor),
            store=store,
            progress=options.progress,
        )
    clip.check_unchanged(name)
    return found


@dataclass(frozen=True, slots=True)
class _StoreOfOneFile:
    """Keeps chunks as long as the clip's file is the one that they are kept for."""

    store: ChunkStore
    clip: Download
    name: str

    def load_chunk(self, number: int) -> ChunkFaces | None:
        """Give a chunk that an earlier run finished."""
        return self.store.load_chunk(number)

    def save_chunk(self, number: int, chunk: ChunkFaces) -> None:
        """Keep a chunk, if it was read from the right file."""
        self.clip.check_unchanged(self.name)
        self.store.save_chunk(number, chunk)


def _watched(store: ChunkStore | None, options: DetectionOptions) -> ChunkStore | None:
    """The store, which tells of each chunk that it sees."""
    return store if options.found is None else _WatchedStore(store, options.found)


@dataclass(frozen=True, slots=True)
class _WatchedStore:
    """Tells of chunks as they come by."""

    store: ChunkStore | None
    found: Callable[[int, ChunkFaces], None]

    def load_chunk(self, number: int) -> ChunkFaces | None:
        """Give a chunk that an earlier run finished."""
        known = None if self.store is None else self.store.load_chunk(number)
        if known is not None:
            self.found(number, known)
        return known

    def save_chunk(self, number: int, chunk: ChunkFaces) -> None:
        """Tell of a chunk, and keep it."""
        self.found(number, chunk)
        if self.store is not None:
            self.store.save_chunk(number, chunk)
