"""Who talks and who listens in the composed conversations: pictures, faces and sound in time.

People of ``footage.py``; of each it was seen by eye whether the mouth talks, and those who talk
are heard in their clips. Halves share no person: what is tuned is tuned on one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from benchmarks.compose.footage import ACTORS, Footage, load
from benchmarks.media import clip_file
from speaker_boxes.track.speech.mfcc import RATE as SOUND_RATE
from speaker_boxes.track.speech.sound import Sound, read_sound
from speaker_boxes.track.speech.voice import Spans, hear_voice, within

RATE = 25
"""Frames a second of what is composed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an actor's footage."""

    start_s: float
    """In the footage, whose first frame is at 0."""
    end_s: float
    rate: float
    """Frames a second of the footage, near enough."""
    clip_s: float
    """Time of the footage's first frame in its clip."""


TALKERS = {
    "tune": {
        "kitchen-man": Part(0.4, 15.9, 25, 0.0),
        "plaid-man": Part(0.0, 7.2, 30, 1.5),
        "blue-man": Part(0.0, 2.9, 25, 0.0),
    },
    "report": {
        "curtain-man": Part(0.0, 8.9, 30, 0.0),
        "right-man": Part(8.3, 11.9, 25, 0.0),
    },
}
LISTENERS = {
    "tune": {
        "crying-woman": Part(0.0, 11.0, 23.976, 7.92),
        "dark-man": Part(0.0, 1.8, 16.8, 5.28),
        "headphones-man": Part(0.0, 1.7, 29.3, 0.0),
    },
    "report": {
        "hoodie-man": Part(0.0, 2.5, 30, 0.03),
        "door-man": Part(0.0, 2.4, 26.5, 3.95),
        "glasses-man": Part(0.0, 1.0, 24, 0.0),
        "left-man": Part(10.2, 11.9, 25, 0.0),
    },
}


def talking_frames(name: str, half: str, start_s: float, n: int) -> npt.NDArray[np.int64]:
    """Footage frames of someone who talks, forwards, from ``start_s`` after the part begins."""
    part = TALKERS[half][name]
    times = part.start_s + start_s + np.arange(n) / RATE
    return np.clip(np.rint(times * part.rate), 0, _last(name)).astype(np.int64)


def listening_frames(name: str, half: str, start_s: float, n: int) -> npt.NDArray[np.int64]:
    """Footage frames of someone who listens, to the end of the part and back, for ever."""
    part = LISTENERS[half][name]
    length = part.end_s - part.start_s
    at = (start_s + np.arange(n) / RATE) % (2 * length)
    times = part.start_s + np.where(at > length, 2 * length - at, at)
    return np.clip(np.rint(times * part.rate), 0, _last(name)).astype(np.int64)


def pictures(name: str) -> Footage:
    """All pictures of an actor."""
    return load(name)


def voice_of(name: str, half: str, start_s: float, n: int) -> npt.NDArray[np.int16]:
    """What is heard while ``talking_frames`` are seen: 16 kHz."""
    at = _clip_s(name, half, start_s)
    return _sound(ACTORS[name].clip).cut(at, round(n / RATE * SOUND_RATE))


def is_heard(name: str, half: str, start_s: float, n: int) -> npt.NDArray[np.bool_]:
    """In which of those frames it is more than a pause."""
    times = _clip_s(name, half, start_s) + np.arange(n) / RATE
    return within(_spans(ACTORS[name].clip), times)


def length_of(name: str, half: str) -> float:
    """Seconds of talk there are."""
    part = TALKERS[half][name]
    return part.end_s - part.start_s


def _clip_s(name: str, half: str, start_s: float) -> float:
    part = TALKERS[half][name]
    return part.clip_s + part.start_s + start_s


def _last(name: str) -> int:
    return len(load(name).jpegs) - 1


@cache
def _sound(clip: str) -> Sound:
    sound = read_sound(clip_file(clip), clip)
    if sound is None:
        raise ValueError(f"{clip} has no sound")
    return sound


@cache
def _spans(clip: str) -> Spans:
    return hear_voice(_sound(clip), 0.0, 30.0).spans()
