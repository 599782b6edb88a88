"""Whether two groups of tracks are two people who look alike: each is more alike in itself.

What a likeness proves depends on the person. Relatives reach what another person's shots reach in
other light; but shots of one of them are then much more alike still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speaker_boxes.track.looks.face_odds import TrackFaces
from speaker_boxes.track.tracklets.tracks import Ids

_CLEAR = 0.6
"""Product of two qualities from which a pair counts: heads that turn away look unlike themselves.
Chosen; both faces near the camera and nearly frontal."""
_MAX_DROP = 0.3
"""How much less alike, as a cosine, one person's groups may be than each is in itself. On the
composed half to choose by, in colour and in grey, one person's were by up to 0.15, in photos of
other years by 0.22; stretches of real clips by 0.19, made worse by 0.23 but for single ones
(``benchmarks/calibrate/cohesion.py``); two people who were taken for one by 0.36."""
_MAX_PAIRS = 2000
"""Of two groups that are compared; more say nothing new."""


@dataclass(frozen=True, slots=True, eq=False)
class Cohesion:
    """How alike the n tracks of a clip are, within and between groups of them."""

    faces: TrackFaces
    shot: Ids
    """Shape (n,): the shot of each track."""

    def two_people(self, one: Ids, other: Ids) -> bool:
        """Whether two groups are clearly less alike than each is in itself.

        Only clear faces count, and within a group those of different shots. ``False`` where
        neither group has any.
        """
        i, j = (each.ravel() for each in np.meshgrid(one, other, indexing="ij"))
        between = self._mean(i, j)
        if between is None or between + _MAX_DROP >= 1:
            return False
        within = [self._within(group) for group in (one, other)]
        known = [value for value in within if value is not None]
        return bool(known) and min(known) - between > _MAX_DROP

    def _within(self, group: Ids) -> float | None:
        a, b = np.triu_indices(len(group), 1)
        i, j = group[a], group[b]
        other_shot = self.shot[i] != self.shot[j]
        return self._mean(i[other_shot], j[other_shot])

    def _mean(self, i: Ids, j: Ids) -> float | None:
        """Mean cosine of k pairs, the clearer ones with more weight; ``None`` if none is clear."""
        vector, quality = self.faces.vector, self.faces.quality
        clear = quality[i] * quality[j] >= _CLEAR
        i, j = i[clear], j[clear]
        if not len(i):
            return None
        step = -(-len(i) // _MAX_PAIRS)
        i, j = i[::step], j[::step]
        cosine = np.einsum("kd,kd->k", vector[i], vector[j])
        return float(np.average(cosine, weights=quality[i] * quality[j]))
