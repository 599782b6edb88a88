"""What is kept of each clip: how much it takes, and since when it was not asked for."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speaker_boxes.detect.run.cache import Cache


@dataclass(frozen=True, slots=True)
class KeptClip:
    """All that is kept of one clip."""

    source: str
    """What it was called when it was kept."""
    sha256: str
    files: tuple[Path, ...]
    n_bytes: int
    used_s: float
    """When it was last asked for, in seconds since 1970."""


def kept_clips(cache: Cache) -> list[KeptClip]:
    """Every clip of which something is kept whole, the one used last first."""
    sources: dict[str, str] = {}
    files: dict[str, list[Path]] = {}
    for path in sorted(cache.folder.glob("*.npz")):
        source, sha256 = _clip_of(path)
        sources[sha256] = source
        files.setdefault(sha256, []).append(path)
    found = [_describe(cache, sources[sha256], sha256, each) for sha256, each in files.items()]
    return sorted(found, key=lambda clip: (-clip.used_s, clip.source))


def forget(clips: Collection[KeptClip]) -> None:
    """Remove what is kept of these clips."""
    for path in (path for clip in clips for path in clip.files):
        with suppress(OSError):  # another process removed it
            path.unlink()


def _clip_of(path: Path) -> tuple[str, str]:
    """Name and digest of the clip; of a file that cannot be read, its own name for both."""
    try:
        with np.load(path, allow_pickle=False) as file:
            video = json.loads(file["head"].tobytes())["video"]
        return str(video["source"]), str(video["sha256"])
    except Exception:  # whatever a damaged file leads to: it is listed, and can be removed
        return path.name, path.name


def _describe(cache: Cache, source: str, sha256: str, files: list[Path]) -> KeptClip:
    beside = [cache.embeddings_path(sha256), cache.pictures_path(sha256)]
    sizes, used = [], []
    there = [*files, *(path for path in beside if path.is_file())]
    for path in there:
        with suppress(OSError):
            stat = path.stat()
            sizes.append(stat.st_size)
            used.append(stat.st_mtime)
    return KeptClip(source, sha256, tuple(there), sum(sizes), max(used, default=0.0))
