"""What the quality benchmark measures: rows of figures, and how they are written down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks.machine import describe_machine
from benchmarks.quality.mot import TrackScore
from benchmarks.quality.scoring import Score

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Row:
    """One person of one clip, found in one way from some clicks."""

    group: str
    """labelled or composed."""
    clip: str
    person: str
    way: str
    clicks: str
    """first: only the first click; all: each that the labels have."""
    n_clicks: int
    score: Score
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClipRow:
    """All faces of one clip, found in one way."""

    group: str
    clip: str
    way: str
    tracks: TrackScore


def spell(rows: Sequence[Row], clips: Sequence[ClipRow]) -> str:
    """The figures as JSON."""
    return spell_tables({"people": rows, "clips": clips})


def spell_tables(tables: Mapping[str, Sequence[DataclassInstance]]) -> str:
    """JSON with one line a row, so that a change reads well; the machine first."""
    head = json.dumps({"machine": describe_machine()}, indent=1)
    parts = [head.removesuffix("\n}")]
    for key, entries in tables.items():
        lines = ",\n  ".join(json.dumps(_rounded(asdict(entry))) for entry in entries)
        parts.append(f' "{key}": [\n  {lines}\n ]')
    return ",\n".join(parts) + "\n}\n"


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return round(value, 4) if isinstance(value, float) else value
