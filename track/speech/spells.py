"""What was decided of a shot as stretches of time: who speaks from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from speaker_boxes.track.speech.decide import Decision, Why
from speaker_boxes.track.speech.windows import PICTURE_RATE


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch in which one face leads and is taken, or is not clear enough to be."""

    start_s: float
    end_s: float
    """Seconds, exclusive."""
    face: int
    """Its place in the shot's scores."""
    resolved: bool
    margin: float
    """Mean lead over the next face; infinite if there is no other."""


def spells(decision: Decision, start_s: float) -> tuple[Spell, ...]:
    """Join the moments of a decision, in order of time; silence and nobody's are left out.

    Parameters
    ----------
    start_s
        Time of the first moment: ``ShotScores.start_s``.
    """
    state = decision.leads * 2 + (decision.why == Why.SPEAKS)
    edges = [0, *(np.flatnonzero(np.diff(state)) + 1).tolist(), len(state)]
    found = []
    for first, end in pairwise(edges):
        face = int(decision.leads[first])
        if face < 0:
            continue
        found.append(
            Spell(
                # a moment stands for half of its time before it and half after
                start_s=start_s + (first - 0.5) / PICTURE_RATE,
                end_s=start_s + (end - 0.5) / PICTURE_RATE,
                face=face,
                resolved=bool(decision.why[first] == Why.SPEAKS),
                margin=float(decision.margin[first:end].mean()),
            )
        )
    return tuple(found)
