"""How much less alike groups of one person's tracks are than each group is in itself.

    python -m benchmarks.calibrate.cohesion [VECTORS.npz]

The source of ``_MAX_DROP`` in ``track/identity/cohesion.py``. The stretches of each person are
joined by average linkage, and the greatest drop on the way is printed; VECTORS.npz is what
``calibrate.identity`` keeps.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.calibrate.identity import People, embed
from speaker_boxes.track.looks.face_odds import track_faces

_MIN_STRETCHES = 3
_MIN_QUALITY = 0.5
_KINDS = (("clear",), ("clear", "dark", "small", "pressed"))


def drops(people: People, kinds: Sequence[str]) -> Iterator[tuple[str, int, float, float]]:
    """``(person, n_tracks, drop, cosine between)`` of each person's least alike groups."""
    faces = track_faces(people.crops)
    person = np.array([piece.person for piece in people.tracks])
    stretch = np.array([piece.stretch for piece in people.tracks])
    seen = np.isin([piece.kind for piece in people.tracks], kinds)
    seen &= faces.quality >= _MIN_QUALITY
    for name in np.unique(person):
        ids = np.flatnonzero(seen & (person == name))
        if len(np.unique(stretch[ids])) >= _MIN_STRETCHES:
            cosine = faces.vector[ids] @ faces.vector[ids].T
            yield (str(name), len(ids), *_greatest_drop(cosine, stretch[ids]))


def _greatest_drop(
    cosine: npt.NDArray[np.float32], stretch: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Of all steps of average linkage: ``(drop, cosine between)``; cosine is (n, n)."""
    groups = [[i] for i in range(len(cosine))]
    worst = (-1.0, 1.0)
    while len(groups) > 1:
        pairs = list(combinations(range(len(groups)), 2))
        means = [float(cosine[np.ix_(groups[a], groups[b])].mean()) for a, b in pairs]
        best = int(np.argmax(means))
        a, b = pairs[best]
        within = [_within(cosine, stretch, groups[k]) for k in (a, b)]
        known = [value for value in within if value is not None]
        if known:
            worst = max(worst, (min(known) - means[best], means[best]))
        groups[a] += groups.pop(b)
    return worst


def _within(
    cosine: npt.NDArray[np.float32], stretch: npt.NDArray[np.int64], group: Sequence[int]
) -> float | None:
    """Mean cosine over pairs of different stretches; ``None`` if there are none."""
    pairs = [cosine[i, j] for i, j in combinations(group, 2) if stretch[i] != stretch[j]]
    return float(np.mean(pairs)) if pairs else None


def main() -> None:
    """Print the greatest drops."""
    people = embed(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    for kinds in _KINDS:
        print(", ".join(kinds))
        for name, n, drop, between in sorted(drops(people, kinds), key=lambda row: -row[2]):
            print(f"  {drop:.2f} of {name}, {n} tracks, {between:.2f} between")


if __name__ == "__main__":
    main()
