"""Pairs of tracks of known people: who is compared with whom, and how well a score parts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from benchmarks.calibrate.face_tracks import Piece

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_BALANCE = 0.75
"""Power of the number of pairs of two people that they are weighed down by: 1 would give all
people the same say."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Tracks i and j of each of n pairs; never two copies of one stretch."""

    i: npt.NDArray[np.int64]
    j: npt.NDArray[np.int64]
    same: Flags
    weight: Floats
    """The same people's add up to 1, and so do those of different people."""

    def take(self, which: Flags) -> Pairs:
        """Some of the pairs."""
        same, weight = self.same[which], self.weight[which].copy()
        for kind in (same, ~same):
            weight[kind] /= weight[kind].sum()
        return Pairs(self.i[which], self.j[which], same, weight)


def pair_up(tracks: Sequence[Piece]) -> Pairs:
    """All pairs of different stretches."""
    _, person = np.unique([piece.person for piece in tracks], return_inverse=True)
    stretch = np.array([piece.stretch for piece in tracks])
    i, j = np.triu_indices(len(tracks), 1)
    other = stretch[i] != stretch[j]
    i, j = i[other], j[other]
    low, high = np.minimum(person[i], person[j]), np.maximum(person[i], person[j])
    _, inverse, count = np.unique(low * 10_000 + high, return_inverse=True, return_counts=True)
    weight = np.asarray(count[inverse] ** -_BALANCE, dtype=np.float64)
    return Pairs(i, j, person[i] == person[j], weight).take(np.ones(len(i), np.bool_))


def halves(tracks: Sequence[Piece]) -> npt.NDArray[np.int64]:
    """Which half each track's person is in: fitted on 0, reported on 1.

    Those with several stretches and the others are divided evenly, each at random.
    """
    random = np.random.default_rng(3)
    stretches: dict[str, set[int]] = {}
    for piece in tracks:
        stretches.setdefault(piece.person, set()).add(piece.stretch)
    people = sorted(stretches)
    half: dict[str, int] = {}
    for several in (True, False):
        some = [name for name in people if (len(stretches[name]) > 1) == several]
        half |= {name: i % 2 for i, name in enumerate(random.permutation(some).tolist())}
    return np.array([half[piece.person] for piece in tracks])


def most_alike(tracks: Sequence[Piece], vector: Floats, n: int) -> Flags:
    """(n_tracks, n_tracks): whether one's person is among the n most similar of the other's."""
    people, person = np.unique([piece.person for piece in tracks], return_inverse=True)
    clear = np.array([piece.kind == "clear" for piece in tracks])
    mean = np.array([vector[clear & (person == p)].mean(axis=0) for p in range(len(people))])
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    cosine = mean @ mean.T
    np.fill_diagonal(cosine, -1)
    rank = np.argsort(np.argsort(-cosine, axis=1), axis=1)
    near = np.minimum(rank, rank.T) < n
    return np.asarray(near[np.ix_(person, person)])


def figures(score: Floats, pairs: Pairs) -> tuple[float, float, float, float]:
    """AUC, equal error, and the share of the same people found at 1 % and at 0.1 % false."""
    order = np.argsort(-score, kind="stable")
    same, weight = pairs.same[order], pairs.weight[order]
    found, false = np.cumsum(weight * same), np.cumsum(weight * ~same)
    equal = int(np.argmin(np.abs(1 - found - false)))
    percent, permille = (float(found[np.searchsorted(false, limit)]) for limit in (0.01, 0.001))
    auc, error = np.trapezoid(found, false), (1 - found[equal] + false[equal]) / 2
    return float(auc), float(error), percent, permille


def fit_odds(features: Floats, pairs: Pairs) -> Floats:
    """Logistic regression in which both kinds of pairs weigh the same: log odds are ratios."""

    def loss(numbers: Floats) -> tuple[float, Floats]:
        z = features @ numbers
        wrong = np.logaddexp(0, np.where(pairs.same, -z, z))
        slope = features.T @ (pairs.weight * (1 / (1 + np.exp(-z)) - pairs.same))
        return float(pairs.weight @ wrong), slope

    start = np.zeros(features.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="BFGS").x, dtype=np.float64)


def odds_features(cosine: Floats, quality: Floats) -> Floats:
    """1, cosine, and both times the product of the qualities: (n, 4)."""
    return np.column_stack([np.ones(len(cosine)), cosine, quality, quality * cosine])
