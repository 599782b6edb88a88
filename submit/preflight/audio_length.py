"""How long the sound of a job is, whether it is a file of ours or an address."""

from __future__ import annotations

import logging
from pathlib import Path

from speaker_boxes.detect.decode.audio_duration import audio_duration
from speaker_boxes.errors import PreflightError, VideoOpenError
from speaker_boxes.fetch.http import download
from speaker_boxes.fetch.source import redacted_url
from speaker_boxes.submit.schema.media import LocalFile, Source

logger = logging.getLogger(__name__)


def measure_audio(source: Source) -> float | None:
    """Seconds of the first audio stream; ``None`` for an address that cannot be read from here.

    Raises
    ------
    PreflightError
        A file of ours that does not open or holds no sound.
    """
    if isinstance(source, LocalFile):
        return _length(source.path, str(source.path))
    name = redacted_url(source.url)
    try:
        with download(source.url) as fetched:
            return _length(fetched.path, name)
    except (VideoOpenError, PreflightError) as error:
        # only a warning hangs on it, and the server may be let in where we are not
        logger.warning("the length of the sound is not known: %s", error)
        return None


def _length(path: Path, name: str) -> float:
    try:
        return audio_duration(path, name)
    except VideoOpenError as error:
        reason = str(error).removeprefix(f"cannot open {name}: ")
        raise PreflightError(f"cannot use {name} as audio: {reason}") from error
