"""What crops look like, kept on disk: choosing again asks for the same ones."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from zipfile import BadZipFile

import numpy as np

from speaker_boxes.abandoned import private_folder
from speaker_boxes.errors import OutputError
from speaker_boxes.files import write_private
from speaker_boxes.track.looks.colours import N_BINS
from speaker_boxes.track.looks.describe import CropLook, describe_crop
from speaker_boxes.track.looks.embedding import LENGTH, VERSION, FaceEmbedder, FaceVector

logger = logging.getLogger(__name__)

_VERSION = f"looks 1 {VERSION}"


class CachedDescriber:
    """Looks a crop up by its bytes; the networks are loaded for the first one that is new.

    Parameters
    ----------
    path
        Where the looks of a clip's crops are kept; nowhere if ``None``.
    embedder
        MobileFaceNet if ``None``: one for each thread.
    n_threads
        How many may work at once; an embedder that is given works in one.
    on_new
        Told how many crops were described anew, after each one.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        embedder: FaceEmbedder | None = None,
        n_threads: int = 1,
        on_new: Callable[[int], None] = lambda n_new: None,
    ) -> None:
        self._path = path
        self._embedders = [] if embedder is None else [embedder]
        self._n_threads = n_threads if embedder is None else 1
        self._looks = {} if path is None else _load(path)
        self._n_kept = len(self._looks)
        self._on_new, self._n_new = on_new, 0

    def describe(self, jpegs: Sequence[bytes]) -> list[CropLook]:
        """What crops look like.

        Raises
        ------
        ModelError
            A model file is damaged, or LiteRT does not load.
        """
        keys = [hashlib.blake2b(jpeg, digest_size=16).digest() for jpeg in jpegs]
        new = {key: jpeg for key, jpeg in zip(keys, jpegs, strict=True) if key not in self._looks}
        if new:
            with self._at_work(len(new)) as describe_each:
                for key, look in zip(new, describe_each(list(new.values())), strict=True):
                    self._looks[key] = look
                    self._n_new += 1
                    self._on_new(self._n_new)
        return [self._looks[key] for key in keys]

    @contextmanager
    def _at_work(self, n_crops: int) -> Iterator[Callable[[Iterable[bytes]], Iterable[CropLook]]]:
        """What describes crops, in their order; each thread has an embedder for itself."""
        n_threads = min(self._n_threads, n_crops)
        while len(self._embedders) < n_threads:
            self._embedders.append(_open())
        if n_threads < 2:
            yield lambda jpegs: (describe_crop(jpeg, self._embedders[0]) for jpeg in jpegs)
            return
        idle: SimpleQueue[FaceEmbedder] = SimpleQueue()
        for embedder in self._embedders:
            idle.put(embedder)

        def describe_one(jpeg: bytes) -> CropLook:
            embedder = idle.get()
            try:
                return describe_crop(jpeg, embedder)
            finally:
                idle.put(embedder)

        with ThreadPoolExecutor(n_threads, thread_name_prefix="speaker-boxes-faces") as pool:
            try:
                yield lambda jpegs: pool.map(describe_one, jpegs)
            finally:  # interrupted: what is not begun is left
                pool.shutdown(cancel_futures=True)

    def keep(self) -> None:
        """Write what is new; a full disk costs time the next time, and nothing else."""
        if self._path is None or len(self._looks) == self._n_kept:
            return
        looks = list(self._looks.values())
        content = io.BytesIO()
        np.savez(
            content,
            version=np.array(_VERSION),
            keys=np.array([list(key) for key in self._looks], np.uint8),
            vectors=np.stack([look.face.vector for look in looks]),
            scores=np.array([look.face.score for look in looks], np.float32),
            colours=np.stack([look.colours for look in looks]),
        )
        try:
            private_folder(self._path.parent)  # a face is known by its embedding
            write_private(self._path, content.getvalue())
        except (OSError, OutputError) as error:
            logger.warning("cannot keep what faces look like: %s", error)
        else:
            self._n_kept = len(self._looks)


def _open() -> FaceEmbedder:
    # LiteRT, which a clip whose crops are known needs not
    from speaker_boxes.track.looks.embedding import MobileFaceNet

    return MobileFaceNet()


def _load(path: Path) -> dict[bytes, CropLook]:
    """What was kept, if it is whole and by the same networks."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if str(kept["version"]) != _VERSION:
                return {}
            keys, vectors = kept["keys"], kept["vectors"]
            scores, colours = kept["scores"], kept["colours"]
    except (OSError, ValueError, KeyError, BadZipFile, EOFError):
        return {}
    n = len(keys)
    shapes = [(n, 16), (n, LENGTH), (n,), (n, 2, N_BINS)]
    types = ["uint8", "float32", "float32", "uint8"]
    for array, shape, kind in zip((keys, vectors, scores, colours), shapes, types, strict=True):
        if array.shape != shape or array.dtype != kind:
            return {}
    return {
        key.tobytes(): CropLook(FaceVector(vector, float(score)), each)
        for key, vector, score, each in zip(keys, vectors, scores, colours, strict=True)
    }
