"""Group tracks into people: groups are joined by the mean over all pairs, not by the best one.

Average linkage (Sokal and Michener 1958) on log odds, weighted by how much each pair says, with
some pairs forbidden. A single likeness of two relatives then joins nothing: it is outvoted by all
other pairs of the two groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.geometry import check_shape

Labels = npt.NDArray[np.int64]
"""Shape (n,): the group of each item; the numbers mean nothing else."""
_Matrix = npt.NDArray[np.float32]


def average_linkage(
    log_odds: _Matrix,
    weight: _Matrix,
    cannot_link: npt.NDArray[np.bool_],
    *must_link: npt.NDArray[np.int64],
    min_odds: float,
    two_people: Callable[[Labels, Labels], bool] | None = None,
) -> Labels:
    """Join the two groups whose mean is greatest, again and again, while it is great enough.

    Parameters
    ----------
    log_odds, weight : (n, n)
        Symmetric; weights above 0.
    cannot_link : (n, n)
        Pairs that may not be in one group.
    must_link : (k,) each
        Items that are in one group for certain.
    min_odds
        Mean log odds over all pairs of two groups from which they are joined.
    two_people
        Says of the items of two groups, each (k,), which are to be joined, that they may not be.

    Returns
    -------
    (n,) int64
        Groups numbered from 0 in the order of their first items.
    """
    check_shape(weight, log_odds.shape, "weight")
    groups = _Groups(log_odds, weight, cannot_link)
    for items in must_link:
        for item in items[1:].tolist():
            groups.join(int(items[0]), int(item))
    while (pair := groups.best()) is not None and groups.mean[pair] >= min_odds:
        if two_people is not None and two_people(*(groups.items(i) for i in pair)):
            groups.part(*pair)
        else:
            groups.join(*pair)
    return np.unique(groups.label, return_inverse=True)[1].astype(np.int64)


class _Groups:
    """Groups as they grow, named by their first items; sums over all pairs of two groups."""

    def __init__(
        self, log_odds: _Matrix, weight: _Matrix, cannot_link: npt.NDArray[np.bool_]
    ) -> None:
        n = len(log_odds)
        self.label = np.arange(n)
        self._weight = weight.astype(np.float32)
        self._sum = self._weight * log_odds
        self._apart = cannot_link.copy()
        self.mean = np.divide(self._sum, self._weight)
        self.mean[self._apart] = -np.inf
        np.fill_diagonal(self.mean, -np.inf)
        self._nearest = self.mean.argmax(axis=1) if n else np.empty(0, np.int64)
        self._greatest = self.mean.max(axis=1, initial=-np.inf)

    def best(self) -> tuple[int, int] | None:
        """The two groups with the greatest mean; ``None`` if none may be joined."""
        if not len(self._greatest):
            return None
        i = int(self._greatest.argmax())
        return None if np.isneginf(self._greatest[i]) else (i, int(self._nearest[i]))

    def join(self, i: int, j: int) -> None:
        """Make one group of the two that hold items i and j."""
        i, j = sorted((int(self.label[i]), int(self.label[j])))
        if i == j:
            return
        self.label[self.label == j] = i
        for sums in (self._sum, self._weight):
            sums[i] += sums[j]
            sums[:, i] = sums[i]
        self._apart[i] |= self._apart[j]
        self._apart[:, i] = self._apart[i]
        row = np.divide(self._sum[i], self._weight[i])
        row[self._apart[i]] = -np.inf
        row[self.label != np.arange(len(self.label))] = -np.inf  # joined to others before
        row[i] = -np.inf
        self.mean[j] = self.mean[:, j] = -np.inf
        self.mean[i] = self.mean[:, i] = row
        self._update(i, j, row)

    def items(self, i: int) -> Labels:
        """All items of the group that is named by item i: (k,), rising."""
        return np.flatnonzero(self.label == i)

    def part(self, i: int, j: int) -> None:
        """Never join two groups, nor what they become."""
        self._apart[i, j] = self._apart[j, i] = True
        self.mean[i, j] = self.mean[j, i] = -np.inf
        for k in (i, j):
            self._nearest[k] = self.mean[k].argmax()
            self._greatest[k] = self.mean[k, self._nearest[k]]

    def _update(self, i: int, j: int, row: _Matrix) -> None:
        """Find the nearest group anew where it was one of the two."""
        self._greatest[j] = -np.inf
        stale = np.flatnonzero((self._nearest == i) | (self._nearest == j))
        for k in {i, *stale.tolist()}:
            self._nearest[k] = self.mean[k].argmax()
            self._greatest[k] = self.mean[k, self._nearest[k]]
        nearer = row > self._greatest
        self._nearest[nearer], self._greatest[nearer] = i, row[nearer]


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """How much speaks for each item being of each group: n items, g groups."""

    mean: npt.NDArray[np.float32]
    """Shape (n, g): mean log odds with the others of the group; 0 if there are none."""
    forbidden: npt.NDArray[np.bool_]
    """Shape (n, g): whether one of the group may not be with it."""

    def rival(self, groups: Sequence[int]) -> npt.NDArray[np.float32]:
        """The most that speaks for any group but some: (n,); 0 at least, for a stranger."""
        other = np.where(self.forbidden, -np.inf, self.mean)
        other[:, list(groups)] = -np.inf
        return np.asarray(other.max(axis=1, initial=0.0), dtype=np.float32)


def support(
    log_odds: _Matrix, weight: _Matrix, cannot_link: npt.NDArray[np.bool_], label: Labels
) -> Support:
    """Mean log odds of each item with each group, itself left out."""
    n_groups = int(label.max(initial=-1)) + 1
    member = (label[:, None] == np.arange(n_groups)).astype(np.float32)
    total = (weight * log_odds) @ member
    counted = weight @ member
    own = np.arange(len(label)), label
    total[own] -= weight.diagonal() * log_odds.diagonal()
    counted[own] -= weight.diagonal()
    mean = np.divide(total, counted, out=np.zeros_like(total), where=counted > 1e-6)
    return Support(mean, cannot_link @ (member > 0))
