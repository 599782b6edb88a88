"""Whether a mouth moves with the sound: over long stretches, to tell who is dubbed.

LR-ASD hears little: a talking face under another's voice, a dub or a narrator, it calls
speaking. Over seconds two things tell them apart, and together they do it best. The score is
higher with the sound in its place than with the same sound moved elsewhere in the stretch; and
the mouth moves where the sound swells. Of five people under their own and each other's voices,
the sum put the own one above another's in 95 % of pairs of 4 s, 99 % of 6 s, all of 9 s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from speaker_boxes.track.speech.mfcc import RATE
from speaker_boxes.track.speech.network import Embedding, Network
from speaker_boxes.track.speech.sound import Sound
from speaker_boxes.track.speech.windows import PICTURE_RATE, Seen, score

Floats = npt.NDArray[np.float64]
Speech = npt.NDArray[np.bool_]
"""Shape (n,): whether somebody is heard to speak, 25 times a second."""

_MOUTH = slice(66, 108), slice(28, 84)
"""Rows and columns of a face's picture in which the mouth is."""
_SMALL = (28, 21)
_QUIET_DB = -50.0
_MAX_LAG = 5
"""Pictures by which sound and lips may be apart: 0.2 s either way."""
_SLOW = 75
"""Pictures: what changes over more than 3 s is the head's or the room's, not of syllables. Of
1.5, 3 s and no limit the best on the five people."""
_N_MOVES = 8
_NEAREST_MOVE = PICTURE_RATE // 2
"""Half a second: nearer, the sound is still nearly in step."""

_LEAST_S = 1.0
"""Below this nothing is compared."""
_OWN = 0.7
"""Sum of who speaks with small lips: the lowest of five people over 9 to 20 s, where another's
sound gave 0.15 at the median and 0.6 at most."""
_SPREAD = 0.6
"""Standard deviation of the sum over a second; over more it falls with the square root."""
_DEVIATIONS = 2.0
"""By which the sum must be below that. Chosen to err on the side of no veto: of 40 faces under
their own sound, 2 to 10 s each, none is as low."""


@dataclass(frozen=True, slots=True)
class Sync:
    """How well a mouth and the sound go together."""

    seconds: float
    """Of speech that was compared."""
    surplus: float
    """Some 0.7 to 1.3 for who speaks, 0 to 0.5 for who moves the mouth to something else."""


def measure_sync(
    network: Network,
    seen: Seen,
    heard: Embedding,
    mine: Speech,
    speech: Speech,
    *,
    motion: Floats,
    level_db: Floats,
) -> Sync:
    """Compare a face with the sound, over all the time that it might be speaking.

    Parameters
    ----------
    heard : (n, 128)
        From ``listen``.
    mine : (n,)
        When the face might be speaking: whole runs, such as ``Decision.leads`` has. Moments
        picked by their scores would favour the sound in its place, whosever it is.
    speech : (n,)
        When anybody is heard.
    motion : (n,)
        From ``mouth_motion``.
    level_db : (n,)
        From ``loudness``.
    """
    seconds = float(mine.sum()) / PICTURE_RATE
    if seconds < _LEAST_S:
        return Sync(seconds, 0.0)
    in_place = _in_place(network, seen, heard, mine, speech)
    return Sync(seconds, in_place + _in_step(motion, np.maximum(level_db, _QUIET_DB), mine))


def is_foreign(found: Sequence[Sync]) -> bool:
    """Whether the sound is another's than that of the person whose faces these are.

    The longer it was compared the surer: below 0.1 in 4 s, 0.4 in 16 s. Of 20 pairs of a face
    and another's voice, 5 to 11 s each, 12 were found out; of the five people's own none. So a
    short dub passes.
    """
    seconds = sum(each.seconds for each in found)
    if seconds < _LEAST_S:
        return False
    mean = sum(each.seconds * each.surplus for each in found) / seconds
    return mean < _OWN - _DEVIATIONS * _SPREAD / math.sqrt(seconds)


def mouth_motion(pictures: npt.NDArray[np.uint8]) -> Floats:
    """Change of the mouth from each picture to the next: (n, 112, 112) to (n,), a logarithm."""
    small = [cv2.resize(each[_MOUTH], _SMALL, interpolation=cv2.INTER_AREA) for each in pictures]
    change = np.abs(np.diff(np.array(small, dtype=np.float64), axis=0)).mean(axis=(1, 2))
    return np.log(np.concatenate([[0.0], change]) + 0.5)


def loudness(sound: Sound, start_s: float, n: int) -> Floats:
    """Level in dB of full scale, 25 times a second from ``start_s`` on: (n,)."""
    step = RATE // PICTURE_RATE
    samples = sound.cut(start_s - 0.5 / PICTURE_RATE, n * step).astype(np.float64).reshape(n, step)
    return np.asarray(10 * np.log10(np.mean(samples**2, axis=1) / 32768**2 + 1e-12))


def _in_place(
    network: Network, seen: Seen, heard: Embedding, mine: Speech, speech: Speech
) -> float:
    """How much higher the score is with the sound in its place than with the same sound moved."""
    n = len(heard)
    base = score(network, seen, heard, overlap=False)
    gains = []
    for move in np.linspace(_NEAREST_MOVE, n - _NEAREST_MOVE, _N_MOVES).astype(int).tolist():
        # compared only where both are speech: silence would tell by itself
        both = mine & np.roll(speech, move)
        if both.any():
            moved = score(network, seen, np.roll(heard, move, axis=0), overlap=False)
            gains.append(float((base[both] - moved[both]).mean()))
    return float(np.mean(gains)) if gains else 0.0


def _in_step(motion: Floats, level_db: Floats, mine: Speech) -> float:
    """Correlation of the mouth's motion with the level, at the best lag."""
    at = np.flatnonzero(mine)
    x, y = _syllables(motion), _syllables(level_db)
    found = []
    for lag in range(-_MAX_LAG, _MAX_LAG + 1):
        both = at[(at + lag >= 0) & (at + lag < len(y))]
        found.append(_correlation(x[both], y[both + lag]))
    return max(found)


def _syllables(values: Floats) -> Floats:
    return np.asarray(gaussian_filter1d(values, 1.0) - uniform_filter1d(values, _SLOW))


def _correlation(x: Floats, y: Floats) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else 0.0
