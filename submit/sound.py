"""How long a sound is, by decoding it: what its header says is a claim."""

from __future__ import annotations

import logging

import av
import av.error

from speaker_boxes.errors import PreflightError
from speaker_boxes.submit.media import LocalFile, Source

logger = logging.getLogger(__name__)

# containers only, never lists of other files
_FORMATS = "aac,aiff,asf,avi,flac,matroska,mov,mp3,ogg,w64,wav"
_TIMEOUT_S = (20.0, 30.0)


def measure_sound(source: Source) -> float | None:
    """Seconds of the first audio stream; ``None`` for an address that cannot be read from here.

    Raises
    ------
    PreflightError
        A file of ours that does not open or holds no sound.
    """
    try:
        return _decode_length(source)
    except (av.error.FFmpegError, OSError, IndexError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it holds no sound"
        if isinstance(source, LocalFile):
            raise PreflightError(f"cannot use {source.path} as audio: {reason}") from error
        logger.warning("the length of the remote audio is not known: %s", reason)
        return None


def _decode_length(source: Source) -> float:
    local = isinstance(source, LocalFile)
    name = f"file:{source.path}" if isinstance(source, LocalFile) else source.url
    options = {
        "protocol_whitelist": "file" if local else "http,https,tcp,tls",
        "format_whitelist": _FORMATS,
    }
    with av.open(name, options=options, timeout=None if local else _TIMEOUT_S) as container:
        stream = container.streams.audio[0]
        seconds = 0.0
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue  # a player drops it too
            seconds += sum(frame.samples / frame.sample_rate for frame in frames)
    if seconds <= 0:
        raise ValueError("no sample decodes")
    return seconds
