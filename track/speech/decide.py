"""Who of the faces in a shot speaks, moment by moment, or why nobody can be named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.speech.windows import PICTURE_RATE

Scores = npt.NDArray[np.float32]
"""Shape (k, n): how much each of k faces speaks, 25 times a second; NaN where it is not seen or
cannot take a turn."""
Speech = npt.NDArray[np.bool_]
"""Shape (n,): whether somebody is heard to speak."""


class Why(IntEnum):
    """Why a moment is as it is."""

    SPEAKS = 0
    """A face speaks."""
    SILENCE = 1
    """Nobody is heard to speak."""
    NOBODY_SEEN = 2
    """Somebody is heard, and none of the faces that are seen speaks."""
    UNRESOLVED = 3
    """A face leads, but not clearly."""
    FOREIGN = 4
    """A face leads whose mouth does not go with the sound: a dub, a narrator, cross-talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOptions:
    """How clear it must be who speaks."""

    floor: float = 0.25
    """Score that nobody has: a face must speak more than this. Of -0.5 to 1, on half of the
    composed clips: from 0 on no listener is taken while a narrator speaks, and from 0.5 on
    weak moments of who speaks are lost."""
    nobody: float = 12.5
    """What it costs beyond ``stay`` to take nobody for a while, each way: a talker's weak
    moments are no reason to look elsewhere. With 0, a tenth of them is lost on that half."""
    stay: float = 25.0
    """Lead, summed over 25 moments a second, that it takes to give the turn to another: 1 for a
    second, as LR-ASD's faults ask for (chosen)."""
    min_margin: float = 0.75
    """Mean lead over the next face below which it is not clear who speaks. A guess: in the
    composed clips leads are far larger, where two talk at once they are below 1."""
    margin_s: float = 1.5
    """Seconds over which that mean is taken; as long as scores waver."""
    most: float = 4.0
    """Scores count no more than this either way, so that no burst outweighs seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """Who speaks in a shot."""

    who: npt.NDArray[np.int64]
    """Shape (n,): the face's place, -1 for nobody."""
    why: npt.NDArray[np.uint8]
    """Shape (n,): a ``Why`` each."""
    leads: npt.NDArray[np.int64]
    """Shape (n,): who would speak if unresolved and foreign moments were given, -1 for nobody."""
    margin: npt.NDArray[np.float32]
    """Shape (n,): how far that face leads, on average over a while; NaN for nobody."""


def decide(
    scores: Scores,
    speech: Speech,
    *,
    foreign: Collection[int] = (),
    options: DecideOptions | None = None,
) -> Decision:
    """Give each moment to a face, to nobody, or leave it open.

    Looks at the whole shot at once: a turn begins where the new speaker's lead does, not a
    second later, and needs that second all the same.

    Parameters
    ----------
    scores : (k, n)
    speech : (n,)
    foreign
        Faces that the sound is not of, by ``sync.is_foreign``. They take part, so that nobody
        else is given what they lead in, and get nothing.
    """
    options = options or DecideOptions()
    capped = np.clip(scores.astype(np.float64), -options.most, options.most)
    leads = _best_path(capped, speech, options) - 1
    leads[~speech] = -1
    margin = _margin(capped, leads, options)
    why = np.where(leads >= 0, Why.SPEAKS, np.where(speech, Why.NOBODY_SEEN, Why.SILENCE))
    why[margin < options.min_margin] = Why.UNRESOLVED
    why[np.isin(leads, list(foreign))] = Why.FOREIGN
    who = np.where(why == Why.SPEAKS, leads, -1)
    return Decision(who, why.astype(np.uint8), leads, margin.astype(np.float32))


def _best_path(
    capped: npt.NDArray[np.float64], speech: Speech, options: DecideOptions
) -> npt.NDArray[np.int64]:
    """The course with the most score, less what each change costs; 0 is nobody, 1 a face.

    Viterbi's algorithm (Viterbi 1967, doi:10.1109/TIT.1967.1054010). From face to face costs
    ``stay``, from a face to nobody and back half of it each, and ``nobody`` too.
    """
    k, n = capped.shape
    gain = np.vstack([np.full(n, options.floor), capped])
    gain[:, ~speech] = 0.0
    gain[1:][np.isnan(capped)] = -np.inf
    half = np.full(k + 1, options.stay / 2)
    half[0] = options.nobody
    total = gain[:, 0].copy()
    came_from = np.zeros((n, k + 1), dtype=np.int64)
    here = np.arange(k + 1)
    for i in range(1, n):
        leaving = int(np.argmax(total - half))
        change = total[leaving] - half[leaving] - half
        came_from[i] = np.where(change > total, leaving, here)
        total = np.maximum(total, change) + gain[:, i]
    path = np.empty(n, dtype=np.int64)
    path[-1] = int(np.argmax(total))
    for i in range(n - 1, 0, -1):
        path[i - 1] = came_from[i, path[i]]
    return path


def _margin(
    capped: npt.NDArray[np.float64], leads: npt.NDArray[np.int64], options: DecideOptions
) -> npt.NDArray[np.float64]:
    """Mean lead over the next face, within each turn; infinite where there is no other face."""
    n = len(leads)
    margin = np.full(n, np.nan)
    edges = np.flatnonzero(np.diff(leads)) + 1
    window = round(options.margin_s * PICTURE_RATE)
    for run in np.split(np.arange(n), edges):
        face = leads[run[0]]
        if face < 0:
            continue
        others = np.delete(capped[:, run], face, axis=0)
        rival = np.fmax.reduce(others, axis=0, initial=-np.inf)
        lead = np.minimum(capped[face, run] - rival, 2 * options.most)
        margin[run] = _mean_around(lead, window) if len(others) else lead
    return margin


def _mean_around(values: npt.NDArray[np.float64], window: int) -> npt.NDArray[np.float64]:
    # imported here: it takes a third of a second, and one face alone has no margin
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(values, min(window, len(values)), mode="nearest"))
