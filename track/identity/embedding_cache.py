"""Face embeddings kept on disk: one takes 64 ms, and choosing again asks for the same ones."""

from __future__ import annotations

import hashlib
import io
import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.abandoned import private_folder
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.errors import OutputError
from speaker_boxes.files import write_private
from speaker_boxes.track.identity.embedding import (
    LENGTH,
    FaceEmbedder,
    open_embedder,
    version_of_network,
)

logger = logging.getLogger(__name__)


class CachedEmbedder:
    """Looks an embedding up by its crop; dlib is loaded for the first one that is not known."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._embedder: FaceEmbedder | None = None
        self._vectors = {} if path is None else _load(path)
        self._n_kept = len(self._vectors)

    def embed(self, crop: Image) -> npt.NDArray[np.float64]:
        """Vector of shape (LENGTH,)."""
        key = hashlib.blake2b(np.ascontiguousarray(crop).data, digest_size=16).hexdigest()
        if key not in self._vectors:
            self._embedder = self._embedder or open_embedder()
            self._vectors[key] = self._embedder.embed(crop)
        return self._vectors[key]

    def keep(self) -> None:
        """Write what is new; a full disk costs time the next time, and nothing else."""
        if self._path is None or len(self._vectors) == self._n_kept:
            return
        content = io.BytesIO()
        np.savez(
            content,
            version=np.array(version_of_network()),
            keys=np.array(list(self._vectors)),
            vectors=np.stack(list(self._vectors.values())),
        )
        try:
            private_folder(self._path.parent)  # a face is known by its embedding
            write_private(self._path, content.getvalue())
        except (OSError, OutputError) as error:
            logger.warning("cannot keep the face embeddings: %s", error)


def _load(path: Path) -> dict[str, npt.NDArray[np.float64]]:
    """What was kept, if it is whole and by the same network."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            keys, vectors = kept["keys"], kept["vectors"]
            same = str(kept["version"]) == version_of_network()
    # zipfile and NumPy raise of all kinds at damage: NotImplementedError, TokenError, MemoryError
    except Exception:
        return {}
    if not same or vectors.shape != (len(keys), LENGTH) or vectors.dtype != np.float64:
        return {}
    return dict(zip(keys.tolist(), vectors, strict=True))
