"""The sound of a clip for listening to: mono, 16 kHz, on the clock of its pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from speaker_boxes.detect.decode.source import open_container, read_packets
from speaker_boxes.track.speech.mfcc import RATE

logger = logging.getLogger(__name__)

Samples = npt.NDArray[np.int16]

_MAX_SLIP_S = 0.02
"""How far a timestamp may be from where the samples before it end; more is a gap or a jump.
Half a picture at 25 a second; containers round times to a millisecond, or to a packet."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A stretch of sound without a gap."""

    start_s: float
    """By the sound's own timestamps, which are of one clock with the pictures'."""
    samples: Samples
    """Shape (n,), 16 kHz."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """All sound of a clip; what lies between its runs is silence."""

    runs: tuple[Run, ...]

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing but digital silence."""
        return not any(run.samples.any() for run in self.runs)

    def cut(self, start_s: float, n: int) -> Samples:
        """Take n samples from a moment on, zeros where there are none.

        Of runs that overlap, as after a clock that was set back, the later one is heard.
        """
        out = np.zeros(n, dtype=np.int16)
        for run in self.runs:
            at = round((run.start_s - start_s) * RATE)
            first, end = max(0, at), min(n, at + len(run.samples))
            if first < end:
                out[first:end] = run.samples[first - at : end - at]
        return out


def read_sound(path: Path, name: str) -> Sound | None:
    """Decode the sound of a clip.

    Parameters
    ----------
    name
        What messages call it.

    Returns
    -------
    Sound or None
        ``None`` if it has no sound that decodes. What breaks off is used as far as it goes.

    Raises
    ------
    VideoOpenError
        The clip does not open.
    """
    with open_container(path, name) as container:
        stream = container.streams.best("audio")
        if not isinstance(stream, AudioStream) or stream.codec_context is None:
            return None
        runs = tuple(_runs(_decode(container, stream, name)))
    return Sound(runs) if runs else None


def _runs(frames: Iterator[AudioFrame]) -> Iterator[Run]:
    """Join frames that follow each other, and bring each run to 16 kHz."""
    joined: list[AudioFrame] = []
    due_s = 0.0
    for frame in frames:
        starts_s = _start_s(frame)
        if joined and abs(starts_s - due_s) > _MAX_SLIP_S:
            yield _run(joined)
            joined = []
        due_s = (starts_s if not joined else due_s) + frame.samples / frame.sample_rate
        joined.append(frame)
    if joined:
        yield _run(joined)


def _run(frames: list[AudioFrame]) -> Run:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    start_s = _start_s(frames[0])
    out: list[Samples] = []
    for frame in [*frames, None]:
        if frame is not None:
            frame.pts = None  # the run has no gaps: nothing to correct
        out += [each.to_ndarray()[0] for each in resampler.resample(frame)]
    return Run(start_s, np.concatenate(out) if out else np.zeros(0, dtype=np.int16))


def _start_s(frame: AudioFrame) -> float:
    return float((frame.pts or 0) * (frame.time_base or 0))


def _decode(container: InputContainer, stream: AudioStream, name: str) -> Iterator[AudioFrame]:
    n_errors = 0
    try:
        for packet in read_packets(container, stream):
            try:
                frames = stream.codec_context.decode(packet)
            except av.error.FFmpegError:
                n_errors += 1
                continue
            yield from (frame for frame in frames if frame.pts is not None)
    except av.error.FFmpegError as error:
        logger.warning("%s: its sound breaks off: %s", name, error.strerror)
    if n_errors:
        logger.warning("%s: %d packets of its sound do not decode; silence instead", name, n_errors)
