"""Whether lips go with the sound: over seconds, to tell who is dubbed.

LR-ASD hears little: a talking face under another's voice, a dub or a narrator, it calls
speaking. But what it reads of the lips alone, moment by moment, and how the mouth moves, swell
and fall with the voice of whoever speaks, and do not with another's. So both courses are
correlated, over all the time in which a person leads, and as sound and pictures may be apart, at
the best of some lags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.track.speech.lr_asd import PER_PICTURE
from speaker_boxes.track.speech.mfcc import RATE
from speaker_boxes.track.speech.sound import Sound
from speaker_boxes.track.speech.windows import PICTURE_RATE

Floats = npt.NDArray[np.float64]
Course = npt.NDArray[np.float32] | Floats
"""Shape (n,): a value each of 25 moments a second."""
Speech = npt.NDArray[np.bool_]
"""Shape (n,): whether somebody is heard to speak, 25 times a second."""

_LAGS = range(-7, 6)
"""Pictures by which the lips may be ahead of the sound (below 0) or behind: late sound, by a
fifth of a second and a bit, is still a person's own."""
_SLOW = 150
"""Pictures: what changes over more than 6 s is the head's or the room's, not of speech."""
_AROUND = PICTURE_RATE
"""Pictures of silence that are compared on either side: a second."""
_LIPS, _MOTION = 1.1, 0.45
_VOICE, _CHANGE, _LEVEL_DB = 0.33, 0.33, 7.5
"""What each of these varies by in talk, so that they count alike."""
_QUIET_DB = -50.0
_MOUTH = slice(66, 108), slice(28, 84)
"""Rows and columns of a face's picture in which the mouth is."""
_SMALL = (28, 21)

_DUBBED = 0.33
"""Correlation over all persons below which a clip is dubbed. Of the talkers of the composed
clips' half ``tune``, 12 s each, in turns of 1 to 5 s: under their own sound 0.78 together, 0.71
at least; under each other's 0.08, 0.29 at most. Set just above that, not half way: there are
talkers whose lips tell less."""
_FOREIGN = 0.15
"""The same of one person, while others' lips go with the sound: for 12 s another's gives 0.10,
with a deviation of 0.17. Not higher, as it is rare that one of several is dubbed."""
_LEAST_S = 6.0
"""Seconds of speech from which either is said. Chosen: over 3 s another's sound gives the talkers
of that half 0.13 with a deviation of 0.34, and a mouth behind a microphone tells nothing for as
long."""


@dataclass(frozen=True, slots=True, eq=False)
class Sync:
    """How lips and sound go together in a stretch, as sums that add up over stretches."""

    seconds: float
    """Of speech that was compared."""
    products: Floats
    """Of lips and sound, a sum each lag."""
    lips: float
    """Sum of squares."""
    sound: Floats
    """The same of what sounds then, each lag."""


def measure_sync(lips: Course, sound: Course, mine: Speech, speech: Speech) -> Sync:
    """Compare a face with the sound, over all the time that it might be speaking.

    Parameters
    ----------
    lips : (n,)
        From ``lips_course``.
    sound : (n,)
        From ``sound_course``.
    mine : (n,)
        When the face might be speaking: whole runs, such as ``Decision.leads`` has. Moments
        picked by their scores would favour the sound in its place, whosever it is.
    speech : (n,)
        When anybody is heard. The silence around what the face might be saying counts too:
        lips that go on then, or that wait for a pause which does not come, tell much.
    """
    # imported here: it takes a third of a second, and one face alone has no network to compare
    from scipy.ndimage import maximum_filter1d

    around = maximum_filter1d(mine.astype(np.uint8), 2 * _AROUND + 1) > 0
    at = np.flatnonzero(mine | (around & ~speech))
    x, y = _syllables(lips), _syllables(sound)
    found = nothing(float(mine.sum()) / PICTURE_RATE)
    for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1) if len(at) else []:
        here = x[run] - x[run].mean()
        # (lags, moments)
        there = y[np.clip(run - np.array(_LAGS)[:, None], 0, len(y) - 1)]
        there = there - there.mean(axis=1, keepdims=True)
        # not ``@``: BLAS shares it out to threads, which then wait in circles
        found.products[:] += np.einsum("lt,t->l", there, here)
        found.sound[:] += (there**2).sum(axis=1)
        found = replace(found, lips=found.lips + float(np.einsum("t,t->", here, here)))
    return found


def nothing(seconds: float = 0.0) -> Sync:
    """What is known before anything is compared."""
    return Sync(seconds, np.zeros(len(_LAGS)), 0.0, np.zeros(len(_LAGS)))


def agreement(found: Sequence[Sync]) -> float:
    """How well lips and sound go together: a correlation, at the lag that is best for all."""
    both = sum((each.products for each in found), start=np.zeros(len(_LAGS)))
    sound = sum((each.sound for each in found), start=np.zeros(len(_LAGS)))
    scale = np.sqrt(sum(each.lips for each in found) * sound)
    return float(np.max(both / np.where(scale > 0, scale, np.inf)))


def is_dubbed(found: Sequence[Sync]) -> bool:
    """Whether the sound of a clip is nobody's, by all that was compared of everybody.

    A dub is of a clip, as a rule, so that persons are evidence for each other.
    """
    return _seconds(found) >= _LEAST_S and agreement(found) < _DUBBED


def is_foreign(found: Sequence[Sync]) -> bool:
    """Whether the sound is another's than that of the person whose faces these are."""
    return _seconds(found) >= _LEAST_S and agreement(found) < _FOREIGN


def lips_course(lips: Course, pictures: npt.NDArray[np.uint8]) -> Floats:
    """How much a mouth does, moment by moment: what the network reads of it, and its motion.

    Parameters
    ----------
    lips : (n,)
        From ``Network.lips``.
    pictures : (n, 112, 112)
    """
    small = [cv2.resize(each[_MOUTH], _SMALL, interpolation=cv2.INTER_AREA) for each in pictures]
    change = np.abs(np.diff(np.array(small, dtype=np.float64), axis=0)).mean(axis=(1, 2))
    motion = np.log(np.concatenate([[0.0], change]) + 0.5)
    return np.asarray(lips / _LIPS + motion / _MOTION)


def sound_course(voice: Course, features: npt.NDArray[np.float32], level_db: Course) -> Floats:
    """How much is said, moment by moment: a voice is there, its sound changes, and it is loud.

    Parameters
    ----------
    voice : (n,)
        In [0, 1]: that somebody speaks.
    features : (4 n, 13)
        From ``mfcc``.
    level_db : (n,)
        From ``loudness``.
    """
    spectrum = features.reshape(-1, PER_PICTURE, features.shape[1]).mean(axis=1)[:, 1:]
    change = np.log(np.linalg.norm(np.diff(spectrum, axis=0), axis=1) + 1)
    loud = np.maximum(level_db, _QUIET_DB) / _LEVEL_DB
    return np.asarray(voice / _VOICE + np.concatenate([[0.0], change]) / _CHANGE + loud)


def loudness(sound: Sound, start_s: float, n: int) -> Floats:
    """Level in dB of full scale, 25 times a second from ``start_s`` on: (n,)."""
    step = RATE // PICTURE_RATE
    samples = sound.cut(start_s, n * step).astype(np.float64).reshape(n, step)
    return np.asarray(10 * np.log10(np.mean(samples**2, axis=1) / 32768**2 + 1e-12))


def _seconds(found: Sequence[Sync]) -> float:
    return sum(each.seconds for each in found)


def _syllables(values: Course) -> Floats:
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d

    wide = values.astype(np.float64)
    return np.asarray(gaussian_filter1d(wide, 1.0) - uniform_filter1d(wide, _SLOW))
