"""Group tracks into people: one objective over all pairs, solved together.

Correlation clustering (Bansal, Blum, Chawla 2004): choose groups so that the sum of the log odds
of all pairs within groups is greatest, with some pairs forbidden. Greedy joining of whole groups
gives a start (GAEC: Keuper et al. 2015, arXiv:1505.06973); then single tracks move, and groups
join, for as long as the sum rises.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]
"""Shape (n,): the group of each item; the numbers mean nothing else."""

_FORBIDDEN = -1e9


def correlation_cluster(
    log_odds: npt.NDArray[np.float64],
    cannot_link: npt.NDArray[np.bool_],
    *must_link: npt.NDArray[np.int64],
) -> Labels:
    """Group n items.

    Parameters
    ----------
    log_odds : (n, n)
        Symmetric: gain of having two items in one group, or loss if below 0.
    cannot_link : (n, n)
        Pairs that may not be in one group.
    must_link : (k,) each
        Items that are in one group for certain; none of them apart. Items of different ones may
        come into one group too, unless they are apart.

    Returns
    -------
    (n,) int64
        Groups numbered from 0 in the order of their first items.
    """
    n = len(log_odds)
    weight = np.where(cannot_link, _FORBIDDEN, log_odds)
    np.fill_diagonal(weight, 0)
    label = np.arange(n)
    for items in must_link:
        if len(items):
            label[items] = items.min()
    free = np.setdiff1d(np.arange(n), np.concatenate([*must_link, np.empty(0, np.int64)]))
    label = _join_groups(weight, label)
    for _ in range(n + 1):
        moved = _join_groups(weight, _move_items(weight, label, free))
        if (moved == label).all():
            break
        label = moved
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def total(log_odds: npt.NDArray[np.float64], label: Labels) -> float:
    """Sum of the odds of all pairs within groups: what ``correlation_cluster`` makes great."""
    same = label[:, None] == label
    return float(np.triu(np.where(same, log_odds, 0), 1).sum())


def _join_groups(weight: npt.NDArray[np.float64], label: Labels) -> Labels:
    """Join the two groups with the greatest gain, again and again, while there is a gain."""
    label = label.copy()
    names = np.unique(label)
    member = (label == names[:, None]).astype(np.float64)
    gain = member @ weight @ member.T
    np.fill_diagonal(gain, 0)
    while len(names) > 1:
        i, j = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[i, j] <= 0:
            break
        i, j = min(i, j), max(i, j)
        label[label == names[j]] = names[i]
        gain[i] += gain[j]
        gain[:, i] = gain[i]
        gain[i, i] = 0
        keep = np.arange(len(names)) != j
        gain, names = gain[np.ix_(keep, keep)], names[keep]
    return label


def _move_items(
    weight: npt.NDArray[np.float64], label: Labels, free: npt.NDArray[np.int64]
) -> Labels:
    """Move single items to where they gain most, also into groups of their own."""
    label = label.copy()
    for item in free.tolist():
        label[item] = -1
        names = np.unique(label[label >= 0])
        gain = (label == names[:, None]).astype(np.float64) @ weight[item]
        alone = int(label.max()) + 1
        best = int(np.argmax(gain)) if len(gain) else 0
        label[item] = names[best] if len(gain) and gain[best] > 1e-9 else alone
    # each group is named by its first item, so that equal groupings are equal arrays
    _, first, place = np.unique(label, return_index=True, return_inverse=True)
    return first[place].astype(np.int64)
