"""Who appears in which half of the hard scenes; nobody is in both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

HALVES = ("tune", "report")

CAST: dict[str, tuple[str, ...]] = {
    "tune": (
        "left-man", "goatee-man", "crying-woman", "office-man", "hoodie-man", "student",
        "headphones-man", "floral-woman", "gif-glasses", "yellow-man", "curtain-man", "fair-woman",
        "crowd-boy", "elder-man", "gif-woman", "office-woman", "quiff-man", "smiling-woman",
        "grimace-man", "silver-woman", "striped-man", "hair-girl", "red-woman", "party-woman",
        "dreaming-woman", "bald-a-0", "bald-c-0",
    ),
    "report": (
        "right-man", "curly-woman", "kitchen-man", "tie-man", "door-man", "fringe-woman",
        "blue-man", "moustache-man", "plaid-man", "jacket-man", "dark-man", "blonde-woman",
        "glasses-man", "spectacles-man", "singer", "laughing-girl", "gif-beard", "young-man",
        "crowd-woman", "suit-man", "cyan-man", "ponytail-man", "grin-man",
        "bald-b-0", "bald-d-0",
    ),
}  # fmt: skip
"""Actors of each half; people of one photo are in one half, as they share its light."""
LOOKS = {
    half: tuple(tuple(f"{person}-{i}" for i in range(4)) for person in people)
    for half, people in (("tune", ("bald-a", "bald-c")), ("report", ("bald-b", "bald-d")))
}
"""Two people of each half in four pictures each."""
ALIKE_FILE = Path(__file__).parent / "alike.json"


class Casting:
    """Hands out the people of a half, each in turn."""

    def __init__(self, half: str) -> None:
        self._left: Iterator[str] = cycle(CAST[half])

    def next(self, count: int) -> list[str]:
        """The next few."""
        return list(islice(self._left, count))


def alike_pairs(half: str, count: int) -> list[tuple[str, str]]:
    """The pairs of a half that look most alike, nobody in two of them; most alike first."""
    table: dict[str, dict[str, tuple[str, float]]] = json.loads(ALIKE_FILE.read_text())
    ranked = sorted(table[half].items(), key=lambda entry: -entry[1][1])
    pairs: list[tuple[str, str]] = []
    for name, (other, _) in ranked:
        if not {name, other} & {each for pair in pairs for each in pair}:
            pairs.append((name, other))
    return pairs[:count]
