"""Whether lips go with the sound: over seconds, to tell who is dubbed.

LR-ASD hears little: a talking face under another's voice, a dub or a narrator, it calls
speaking. But what it reads of the lips alone, moment by moment, swells and falls with the voice
of whoever speaks, and does not with another's. So the two courses are correlated, over all the
time in which a person leads, and as sound and pictures may be apart, at the best of some lags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, uniform_filter1d

from speaker_boxes.track.speech.lr_asd import PER_PICTURE
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
_VOICE, _CHANGE = 0.22, 0.35
"""What both courses of the sound vary by, so that they count alike."""

_LEAST_S = 2.0
"""Below this nothing is said of a face."""
_OWN = 0.45
"""Correlation below which the sound is another's. Of the three talkers of the composed clips'
half ``tune``, in turns of 1 to 5 s that add up to 3, 6 and 12 s: their own sound gives 0.78,
0.67 and 0.74 at the mean, deviations 0.14, 0.07 and 0.05; each other's 0.22, 0.13 and 0.09,
deviations 0.36, 0.26 and 0.18."""


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
        How much a face speaks by its lips alone, not averaged: ``Network.lips``.
    sound : (n,)
        From ``sound_course``.
    mine : (n,)
        When the face might be speaking: whole runs, such as ``Decision.leads`` has. Moments
        picked by their scores would favour the sound in its place, whosever it is.
    speech : (n,)
        When anybody is heard. The silence around what the face might be saying counts too:
        lips that go on then, or that wait for a pause which does not come, tell much.
    """
    around = maximum_filter1d(mine.astype(np.uint8), 2 * _AROUND + 1) > 0
    at = np.flatnonzero(mine | (around & ~speech))
    x, y = _syllables(lips), _syllables(sound)
    found = nothing(float(mine.sum()) / PICTURE_RATE)
    for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1) if len(at) else []:
        here = x[run] - x[run].mean()
        # (lags, moments)
        there = y[np.clip(run - np.array(_LAGS)[:, None], 0, len(y) - 1)]
        there = there - there.mean(axis=1, keepdims=True)
        found.products[:] += there @ here
        found.sound[:] += (there**2).sum(axis=1)
        found = replace(found, lips=found.lips + float(here @ here))
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


def is_foreign(found: Sequence[Sync]) -> bool:
    """Whether the sound is another's than that of the person whose faces these are.

    What is said within two seconds is too little to tell by, so that a short dub passes.
    """
    return sum(each.seconds for each in found) >= _LEAST_S and agreement(found) < _OWN


def sound_course(voice: Course, features: npt.NDArray[np.float32]) -> Floats:
    """How much is being said, moment by moment: a voice is there, and its sound changes.

    Parameters
    ----------
    voice : (n,)
        In [0, 1]: that somebody speaks.
    features : (4 n, 13)
        From ``mfcc``. The level, its first column, does not count: a room has one too.
    """
    spectrum = features.reshape(-1, PER_PICTURE, features.shape[1]).mean(axis=1)[:, 1:]
    change = np.log(np.linalg.norm(np.diff(spectrum, axis=0), axis=1) + 1)
    return np.asarray(voice / _VOICE + np.concatenate([[0.0], change]) / _CHANGE)


def _syllables(values: Course) -> Floats:
    wide = values.astype(np.float64)
    return np.asarray(gaussian_filter1d(wide, 1.0) - uniform_filter1d(wide, _SLOW))
