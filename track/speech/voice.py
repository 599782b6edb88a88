"""When somebody is heard to speak, whoever it is: a voice detector, and a gate by level.

Silero VAD 6.2 (Silero Team, MIT, github.com/snakers4/silero-vad) is packaged: 1.25 MB, 4 ms of
one core for a second of sound (``voice_network.py``). On a film's music, on noise and on tones it
hears nobody; the WebRTC detector, much smaller, takes most music for speech.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.errors import ModelError
from speaker_boxes.files import read_whole
from speaker_boxes.track.speech.mfcc import RATE
from speaker_boxes.track.speech.sound import Samples, Sound
from speaker_boxes.track.speech.voice_network import (
    CHUNK,
    CONTEXT,
    NOTHING_HEARD,
    Floats,
    VoiceNetwork,
)

MODEL = "silero_vad_16k_sequence.onnx"
DIGEST = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"
"""SHA-256 of the packaged file, unchanged from the wheel silero-vad 6.2.3."""
_FOLDER = Path(__file__).with_name("models")
_REMEDY = "install it again: pip install --force-reinstall --no-deps speaker-boxes"

CHUNK_S = CHUNK / RATE
"""Seconds a probability: 32 ms."""
_ON, _OFF = 0.5, 0.35
"""Probability from which speech begins, and below which it ends; as in Silero's
``utils_vad.py``, and so are the next two."""
_MIN_SPEECH_S = 0.25
_PAD_S = 0.03
_MIN_PAUSE_S = 0.3
"""Shorter pauses are within what somebody says. Chosen: Silero's 0.1 cuts at stops, and turns
need no finer times than 0.4 s."""
_MIN_DB = -60.0
"""Level in dB of full scale below which nobody is heard; a guess, 20 below quiet speech."""
_BLOCK = 2000
"""Probabilities at once: a minute."""

Spans = npt.NDArray[np.float64]
"""Shape (k, 2): start and end of each, in seconds, rising, without overlap."""


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """What is heard of voices over a stretch of a clip, in steps of 32 ms."""

    start_s: float
    probability: Floats
    """Shape (n,), in [0, 1]: that somebody speaks."""
    level_db: Floats
    """Shape (n,): of full scale, -96 for digital silence."""

    @property
    def time_s(self) -> npt.NDArray[np.float64]:
        """Shape (n,): the middle of each step."""
        steps = np.arange(len(self.probability), dtype=np.float64)
        return self.start_s + (steps + 0.5) * CHUNK_S

    def spans(self) -> Spans:
        """When somebody speaks."""
        on = _held(self.probability, self.level_db)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
        spans = self.start_s + edges.reshape(-1, 2) * CHUNK_S
        spans = spans[spans[:, 1] - spans[:, 0] >= _MIN_SPEECH_S] + np.array([-_PAD_S, _PAD_S])
        return _joined(spans)


def hear_voice(sound: Sound, start_s: float, end_s: float) -> Voice:
    """Listen for voices.

    Parameters
    ----------
    start_s, end_s
        The stretch, in seconds on the clip's clock.

    Raises
    ------
    ModelError
        The packaged model is missing or damaged.
    """
    n = max(1, int(np.ceil((end_s - start_s) / CHUNK_S)))
    network, memory = _network(), NOTHING_HEARD
    probabilities, levels = [], []
    for first in range(0, n, _BLOCK):
        count = min(_BLOCK, n - first)
        before = start_s + first * CHUNK_S - CONTEXT / RATE
        samples = sound.cut(before, count * CHUNK + CONTEXT)
        probability, memory = network.run(_chunks(samples), memory)
        probabilities.append(probability)
        levels.append(_level_db(samples[CONTEXT:].reshape(count, CHUNK)))
    return Voice(start_s, np.concatenate(probabilities), np.concatenate(levels))


def within(spans: Spans, time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether each time is in one of the spans: (n,)."""
    if not len(spans):
        return np.zeros(len(time_s), dtype=bool)
    at = np.searchsorted(spans[:, 0], time_s, side="right") - 1
    return np.asarray((at >= 0) & (time_s < spans[at, 1]), dtype=bool)


def _chunks(samples: Samples) -> Floats:
    scaled = samples.astype(np.float32) / 32768
    windows = np.lib.stride_tricks.sliding_window_view(scaled, CHUNK + CONTEXT)
    return np.ascontiguousarray(windows[::CHUNK])


def _level_db(chunks: Samples) -> Floats:
    power = np.mean(chunks.astype(np.float32) ** 2, axis=1)
    return np.asarray(10 * np.log10(np.maximum(power, 0.25) / 32768**2), dtype=np.float32)


def _held(probability: Floats, level_db: Floats) -> npt.NDArray[np.bool_]:
    """On from one border, off below a lower one."""
    above = (probability >= _ON) & (level_db > _MIN_DB)
    below = (probability < _OFF) | (level_db <= _MIN_DB)
    # the last step that decided holds
    decided = np.where(above | below, np.arange(len(probability)), -1)
    last = np.maximum.accumulate(decided)
    return np.asarray((last >= 0) & above[np.maximum(last, 0)], dtype=bool)


def _joined(spans: Spans) -> Spans:
    if len(spans) < 2:
        return spans
    gap = spans[1:, 0] - spans[:-1, 1] >= _MIN_PAUSE_S
    return np.column_stack([spans[np.append(True, gap), 0], spans[np.append(gap, True), 1]])


@cache
def _network() -> VoiceNetwork:
    path = _FOLDER / MODEL
    try:
        data = read_whole(path)
    except OSError as error:
        raise ModelError(f"cannot read model {path}: {error.strerror}; {_REMEDY}") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != DIGEST:
        raise ModelError(f"model {path} is damaged: its SHA-256 is {digest[:12]}...; {_REMEDY}")
    return VoiceNetwork(data)
