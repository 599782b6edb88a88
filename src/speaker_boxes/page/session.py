"""One clip that is open in the page: its frames at once, its faces as soon as they are found."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.chunk_plan import Chunk, plan_chunks
from speaker_boxes.detect.decode.source import open_container
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.errors import SpeakerBoxesError
from speaker_boxes.file_digest import file_digest
from speaker_boxes.page.found_so_far import FoundSoFar
from speaker_boxes.page.frame_index import read_index
from speaker_boxes.page.frame_reader import read_clip_ref
from speaker_boxes.page.frame_store import FrameStore
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import FaceEmbedder

logger = logging.getLogger(__name__)

Phase = Literal["opening", "detecting", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the faces of the clip are found."""

    phase: Phase = "opening"
    done: int = 0
    total: int | None = None
    error: str | None = None


class _CancelledError(Exception):
    """The server ends while faces are looked for."""


class Session:
    """An open clip. Closes with ``close``.

    Parameters
    ----------
    path
        The clip's file.
    out
        Where the boxes are saved.
    detection
        How faces are found; its ``progress`` is not used.
    embedder
        Describes faces; MobileFaceNet if ``None``.
    words
        How an error is put.
    """

    def __init__(
        self,
        path: Path,
        out: Path,
        *,
        detection: DetectionOptions,
        embedder: FaceEmbedder | None = None,
        words: Callable[[SpeakerBoxesError], str] = str,
    ) -> None:
        self.path = path
        self.out = out
        self.detection = detection
        self.clip_ref = read_clip_ref(path, str(path), detection.stream_index)
        index = read_index(path, str(path), self.clip_ref.stream_index)
        self.frames = FrameStore(self.clip_ref, index)
        self.start_s = _start_s(path)
        self.progress = Progress()
        self.changed = threading.Event()
        self.sha256: str | None = None
        self.clip: ClipFaces | None = None
        self._embedder = embedder
        self.describer = CachedDescriber(embedder=embedder)
        """Describes crops of faces; with what is kept of this clip when its faces are found."""
        self._words = words
        self.found = FoundSoFar(self._chunks())
        self._times: npt.NDArray[np.float64] = np.empty(0)
        if index is not None:
            self._times = (index.pts * float(self.clip_ref.time_base)).astype(np.float64)
        self._ending = False
        self._thread = threading.Thread(target=self._detect, daemon=True)
        self._thread.start()

    @property
    def cache(self) -> Cache:
        """Where what belongs to the clip is kept."""
        return self.detection.cache or Cache()

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Shape (n_frames,): time of each frame; by the packets until all was decoded."""
        return self._times if self.clip is None else self.clip.video.pts_s

    def close(self) -> None:
        """End what runs."""
        self._ending = True
        self._thread.join(timeout=10)
        self.describer.keep()
        self.frames.close()

    def _detect(self) -> None:
        try:
            self.sha256 = file_digest(self.path)
            self._tell(Progress("detecting"))
            watched = replace(self.detection, progress=self._on_progress, found=self.found.add)
            clip = find_faces(self.path, watched)
            kept = self.cache.embeddings_path(clip.video.sha256)
            self.describer = CachedDescriber(
                kept, embedder=self._embedder, n_threads=self.detection.n_threads
            )
            self.clip = clip
        except _CancelledError:
            return
        except SpeakerBoxesError as error:
            self._tell(Progress("failed", error=self._words(error)))
        except Exception as error:  # else the page would wait for ever
            logger.exception("finding the faces failed")
            self._tell(Progress("failed", error=f"{type(error).__name__}: {error}"))
        else:
            n_frames = self.clip.video.n_frames
            self._tell(Progress("ready", n_frames, n_frames))

    def _chunks(self) -> tuple[Chunk, ...]:
        ref = self.clip_ref
        min_frames = self.detection.scan.min_chunk
        return plan_chunks(ref.path, ref.name, ref.stream_index, min_frames=min_frames)

    def _on_progress(self, stage: str, done: int, total: int | None) -> None:
        if self._ending:
            raise _CancelledError
        self._tell(Progress("detecting", done, max(done, total) if total else None))

    def _tell(self, progress: Progress) -> None:
        self.progress = progress
        self.changed.set()


def _start_s(path: Path) -> float:
    """Where the container's clock begins, as a browser that plays its sound counts."""
    with open_container(path, str(path)) as container:
        return (container.start_time or 0) / av.time_base
