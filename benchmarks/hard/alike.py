"""Who looks most like whom, to a face embedding; written to ``alike.json`` for the scenes.

    python -m benchmarks.hard.alike

Others are looked for within a half only, and photos of one person are no look-alikes.
"""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt

from benchmarks.compose.footage import load, person_of
from benchmarks.hard.cast import ALIKE_FILE, CAST
from benchmarks.hard.embed import MobileFaceNet, SceneEmbedder

_N_FRAMES = 6


def describe(actor: str, embedder: SceneEmbedder) -> npt.NDArray[np.float64]:
    """The mean over a few frames in which the actor's face is certain: a vector of length 1."""
    footage = load(actor)
    sure = np.flatnonzero(footage.sure)
    picked = sure[np.linspace(0, len(sure) - 1, _N_FRAMES).astype(int)]
    vectors = [embedder.embed(footage.image(int(i))) for i in picked]
    total = np.sum([vector for vector in vectors if vector is not None], axis=0)
    return np.asarray(total / np.linalg.norm(total), dtype=np.float64)


def most_alike(
    vectors: dict[str, npt.NDArray[np.float64]],
) -> dict[str, tuple[str, float]]:
    """For each actor the other person with the largest cosine, and that."""
    table = {}
    for name, vector in vectors.items():
        cosines = {
            other: float(vector @ theirs)
            for other, theirs in vectors.items()
            if person_of(other) != person_of(name)
        }
        best = max(cosines, key=lambda other: cosines[other])
        table[name] = (best, round(cosines[best], 3))
    return table


def choose(embedder: SceneEmbedder) -> dict[str, dict[str, tuple[str, float]]]:
    """The table of each half."""
    return {
        half: most_alike({name: describe(name, embedder) for name in cast})
        for half, cast in CAST.items()
    }


def main() -> None:
    """Write the table, a line a person."""
    parts = []
    for half, table in choose(MobileFaceNet()).items():
        lines = ",\n  ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
        parts.append(f" {json.dumps(half)}: {{\n  {lines}\n }}")
    ALIKE_FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()
