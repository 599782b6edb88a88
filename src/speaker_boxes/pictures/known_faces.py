"""The faces of a clip, if they were found before: nothing is detected to look at what was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.errors import ModelError
from speaker_boxes.fetch import is_url
from speaker_boxes.file_digest import file_digest

_DETECTORS = ("mediapipe", "yunet")


def known_faces(
    source: str,
    cache: Cache | None,
    *,
    stream_index: int | None = None,
    detectors: Sequence[str] = _DETECTORS,
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
    for name in detectors:
        try:
            entry = cache.entry(sha256, stream_index, DetectorChoice(name), ScanOptions())
        except (ModelError, OSError):  # its model was never fetched
            continue
        if (known := entry.load(source)) is not None:
            return known
    return None
