"""Faces of clips kept on disk: the costly half of the work, done once for each clip.

A file a clip, named by what decides its content: the clip's digest, the stream, the detector and
its models, the options, the code of this stage, and the versions of the libraries. While a clip
is being done, its finished chunks are kept beside it, so that a run that was killed goes on where
it was.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

from speaker_boxes import detect, geometry
from speaker_boxes.abandoned import private_folder
from speaker_boxes.detect.detectors.open_detectors import model_digests
from speaker_boxes.detect.detectors.registry import DETECTORS, DetectorChoice
from speaker_boxes.detect.run.npz import (
    FORMAT,
    NpzError,
    dump_chunk,
    dump_clip,
    read_chunk,
    read_clip,
)
from speaker_boxes.detect.scan.builder import ChunkFaces
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.errors import OutputError
from speaker_boxes.files import read_whole, write_private

logger = logging.getLogger(__name__)

VARIABLE = "SPEAKER_BOXES_CACHE"
"""Environment variable that names another folder."""
MAX_BYTES = 2 << 30
"""What the files may take together; a minute of one face takes about 2 MB."""
_LIBRARIES = ("speaker-boxes", "av", "opencv-contrib-python")
"""Beside those that run the detector."""
_PATTERNS = (
    "*.npz", "*.npz.damaged", "*.parts/*.npz", "embeddings/*.npz", "pictures/*.npz"
)  # fmt: skip
"""All that is ours in the folder."""

_T = TypeVar("_T")


def default_folder() -> Path:
    """The user's cache folder of this system, or what SPEAKER_BOXES_CACHE names."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    return user_cache_path("speaker-boxes") / "faces"


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder with the faces of clips."""

    folder: Path = field(default_factory=default_folder)
    max_bytes: int = MAX_BYTES
    """When a clip is added, the ones unused for the longest time make room."""

    def entry(
        self, sha256: str, stream_index: int | None, choice: DetectorChoice, options: ScanOptions
    ) -> Entry:
        """Where the faces of a clip are, or would be.

        Parameters
        ----------
        sha256
            Digest of the clip's file.
        """
        what = {
            "clip": sha256,
            "stream": stream_index,
            "detector": choice.name,
            "models": model_digests(choice),
            "options": asdict(options),
            "format": FORMAT,
            "libraries": {
                name: _version(name) for name in (*_LIBRARIES, *DETECTORS[choice.name].libraries)
            },
            "code": _code_digest(),
        }
        key = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
        return Entry(self.folder / f"{key}.npz", self)

    def embeddings_path(self, sha256: str) -> Path:
        """Where the embeddings of a clip's faces are, or would be."""
        return self.folder / "embeddings" / f"{sha256}.npz"

    def pictures_path(self, sha256: str) -> Path:
        """Where the small pictures of a clip's faces are, or would be."""
        return self.folder / "pictures" / f"{sha256}.npz"

    def size(self) -> tuple[int, int]:
        """Number of clips, and bytes of everything."""
        files = self._files()
        return len({file for file, _, _ in files if file.parent == self.folder}), sum(
            size for _, size, _ in files
        )

    def clear(self) -> None:
        """Remove everything that is ours; other files of the folder stay."""
        for file, _, _ in self._files():
            _remove(file if file.parent == self.folder else file.parent)

    def make_room(self, keep: Path) -> None:
        """Remove what was unused for the longest time, but for ``keep``, until all fits."""
        files = sorted(self._files(), key=lambda found: found[2])
        total = sum(size for _, size, _ in files)
        for file, size, _ in files:
            if total <= self.max_bytes:
                break
            if file != keep:
                _remove(file)
                total -= size

    def _files(self) -> list[tuple[Path, int, float]]:
        """Each file with its size and the time of its last use."""
        found = []
        for pattern in _PATTERNS:
            for path in self.folder.glob(pattern):
                try:
                    stat = path.stat()
                except OSError:
                    continue  # another process removed it
                found.append((path, stat.st_size, stat.st_mtime))
        return found


@dataclass(frozen=True, slots=True)
class Entry:
    """The file of one clip, and its finished chunks."""

    path: Path
    cache: Cache

    def load(self, source: str) -> ClipFaces | None:
        """Read the faces of the clip, which is called ``source`` now, if they are there."""
        clip = _load(self.path, read_clip)
        if clip is None:
            return None
        with suppress(OSError):  # another process removed it
            os.utime(self.path)  # used now
        return replace(clip, video=replace(clip.video, source=source))

    def save(self, clip: ClipFaces) -> None:
        """Keep the faces of the clip; its chunks are no longer needed."""
        _save(self.path, dump_clip(clip))
        _remove(self._parts())
        self.cache.make_room(self.path)

    def load_chunk(self, number: int) -> ChunkFaces | None:
        """Read the faces of a chunk that an earlier run finished."""
        return _load(self._parts() / f"{number:06d}.npz", read_chunk)

    def save_chunk(self, number: int, chunk: ChunkFaces) -> None:
        """Keep the faces of a chunk for the case that this run is killed."""
        _save(self._parts() / f"{number:06d}.npz", dump_chunk(chunk))

    def _parts(self) -> Path:
        return self.path.with_suffix(".parts")


def _load(path: Path, read: Callable[[Path], _T]) -> _T | None:
    """Read a file, if it is there; one that cannot be read is set aside."""
    if not path.is_file():
        return None
    try:
        return read(path)
    except NpzError as error:
        aside = path.with_name(f"{path.name}.damaged")
        logger.warning(
            "cache file %s is damaged (%s); it is set aside as %s and made again",
            path, error, aside.name,
        )  # fmt: skip
        try:
            path.replace(aside)
        except OSError as problem:
            logger.warning("cannot set %s aside: %s", path, problem.strerror)
        return None


def _save(path: Path, data: bytes) -> None:
    """Write a file; a cache that cannot be written is no reason to stop."""
    try:
        private_folder(path.parent)  # pictures of faces are in it
        write_private(path, data)
    except (OSError, OutputError) as error:
        logger.warning("the faces are not kept for the next time: %s", error)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):  # it was not there, or another process has it open
        path.unlink()


@functools.cache
def _code_files() -> list[Path]:
    """Every module that decides which faces are found: this stage, in all its folders."""
    stage = Path(detect.__file__).parent
    return [*sorted(stage.rglob("*.py")), Path(geometry.__file__)]


def _code_digest() -> str:
    """SHA-256 of that code: a checkout changes without another version."""
    code = hashlib.sha256()
    for path in _code_files():
        code.update(path.name.encode() + read_whole(path))
    return code.hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
