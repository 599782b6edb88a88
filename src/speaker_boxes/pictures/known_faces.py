"""The faces of a clip, if they were found before: nothing is detected to look at what was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from speaker_boxes.detect.detectors.registry import DETECTORS, DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.errors import ModelError
from speaker_boxes.fetch.source import is_url
from speaker_boxes.file_digest import file_digest


def known_faces(
    source: str,
    cache: Cache | None,
    *,
    stream_index: int | None = None,
    detectors: Sequence[str] = tuple(DETECTORS),
) -> ClipFaces | None:
    """What the cache holds of a clip, by the first detector that has looked at it.

    Parameters
    ----------
    source
        Path of the clip; of an address nothing is known before it is fetched.
    """
    if cache is None or is_url(source) or not Path(source).is_file():
        return None
    sha256 = file_digest(Path(source))
    return faces_of(sha256, source, cache, streams=(stream_index,), detectors=detectors)


def faces_of(
    sha256: str,
    source: str,
    cache: Cache,
    *,
    streams: Sequence[int | None] = (None,),
    detectors: Sequence[str] = tuple(DETECTORS),
) -> ClipFaces | None:
    """The same, by the digest of a file that is called ``source`` and need not be here."""
    for name in detectors:
        for stream in streams:
            try:
                entry = cache.entry(sha256, stream, DetectorChoice(name), ScanOptions())
            except (ModelError, OSError, ValueError):  # a detector of somebody's own
                continue
            if (known := entry.load(source)) is not None:
                return known
    return None
