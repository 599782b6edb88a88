"""All that is measured of who speaks in one shot; deciding needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.speech.decide import Scores, Speech, decide
from speaker_boxes.track.speech.fitness import unfit
from speaker_boxes.track.speech.pictures import FaceTrack
from speaker_boxes.track.speech.sound import Sound
from speaker_boxes.track.speech.sync import (
    Course,
    Sync,
    lips_course,
    loudness,
    measure_sync,
    sound_course,
)
from speaker_boxes.track.speech.voice import Voice, within
from speaker_boxes.track.speech.windows import (
    PICTURE_RATE,
    at_picture_rate,
    features_of,
    look,
    score,
    smooth_lips,
)

if TYPE_CHECKING:
    from speaker_boxes.track.speech.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class ShotScores:
    """How much each face of a shot speaks, 25 times a second."""

    start_s: float
    scores: Scores
    """Shape (k, n): NaN where a face is not seen, and all along if it is unfit."""
    speech: Speech
    """Shape (n,): whether somebody is heard; always, if only the lips are known."""
    unfit: tuple[str | None, ...]
    """Of each face why it cannot take a turn."""
    sync: tuple[Sync | None, ...]
    """Of each face how well it goes with the sound while it leads; nothing if not compared."""
    by_lips: bool
    """Whether there was no sound to go by."""

    def at(self, pts_s: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Which moment is nearest to each frame's time: (m,)."""
        nearest = np.rint((pts_s - self.start_s) * PICTURE_RATE).astype(np.int64)
        return np.clip(nearest, 0, len(self.speech) - 1)


def measure_shot(
    network: Network, faces: Sequence[FaceTrack], sound: Sound | None, voice: Voice
) -> ShotScores:
    """Measure who speaks in a shot.

    Parameters
    ----------
    faces
        All that are followed in it, k of them, one at least.
    sound
        The clip's; ``None``, or nothing but digital silence, leaves the lips alone to go by.
    voice
        What is heard of voices in it.
    """
    start_s = min(float(face.pts_s[0]) for face in faces)
    end_s = max(float(face.pts_s[-1]) for face in faces)
    n = round((end_s - start_s) * PICTURE_RATE) + 1
    heard = None if sound is None or sound.is_silent else sound
    time_s = start_s + np.arange(n) / PICTURE_RATE
    speech = np.ones(n, dtype=bool) if heard is None else within(voice.spans(), time_s)
    reasons = tuple(unfit(face) for face in faces)
    scores = np.full((len(faces), n), np.nan, dtype=np.float32)
    measured: list[_Face | None] = [None] * len(faces)
    for i, face in enumerate(faces):
        if reasons[i] is None and speech.any():
            first = round((face.pts_s[0] - start_s) * PICTURE_RATE)
            found = _measure(network, face, heard, voice, first)
            scores[i, first : first + len(found.score)] = found.score[: n - first]
            measured[i] = found
    sync: list[Sync | None] = [None] * len(faces)
    if heard is not None:
        leads = decide(scores, speech).leads
        sync = [
            None if found is None else _sync(found, leads == i, speech)
            for i, found in enumerate(measured)
        ]
    return ShotScores(start_s, scores, speech, reasons, tuple(sync), heard is None)


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """What was measured of one face, n moments of it."""

    first: int
    """Its first moment in the shot."""
    score: npt.NDArray[np.float32]
    lips: Course
    """By the lips alone."""
    sound: Course
    """What is said meanwhile, whoever says it; empty without sound."""


def _measure(
    network: Network, face: FaceTrack, sound: Sound | None, voice: Voice, first: int
) -> _Face:
    face = at_picture_rate(face)
    seen = look(network, face)
    by_lips = network.lips(seen.embedding)
    lips = lips_course(by_lips, face.pictures)
    if sound is None:
        return _Face(first, smooth_lips(by_lips), lips, np.zeros(0))
    features = features_of(sound, seen)
    heard = np.interp(seen.time_s, voice.time_s, voice.probability)
    course = sound_course(heard, features, loudness(sound, seen.start_s, len(heard)))
    return _Face(first, score(network, seen, network.hear(features)), lips, course)


def _sync(face: _Face, leads: Speech, speech: Speech) -> Sync:
    """Compare a face with the sound where it leads; where it listens it need not move."""
    n = len(face.lips)
    here = slice(face.first, face.first + n)
    mine, heard = (np.pad(each[here], (0, n - len(each[here]))) for each in (leads, speech))
    return measure_sync(face.lips, face.sound, mine, heard)
