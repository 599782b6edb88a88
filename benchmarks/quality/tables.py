"""The figures of the quality benchmark on a screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.quality.rows import ClipRow, Row

_HEADS = ("cover", "IoU", "wrong", "false", "chin", "jitter", "label's")
_FIGURES = ("coverage", "mean_iou", "wrong_person", "false_box", "chin", "jitter", "truth_jitter")


def print_tables(console: Console, rows: Sequence[Row], clips: Sequence[ClipRow]) -> None:
    """One row a person and way, one a clip and way, and the means."""
    people = Table("clip", "person", "way", "clicks", *_HEADS)
    for row in rows:
        figures = [_shown(getattr(row.score, name)) for name in _FIGURES]
        people.add_row(row.clip, row.person, row.way, f"{row.clicks} {row.n_clicks}", *figures)
    console.print(people)
    faces = Table("clip", "way", "HOTA", "IDF1")
    for clip in clips:
        faces.add_row(clip.clip, clip.way, _shown(clip.tracks.hota), _shown(clip.tracks.idf1))
    console.print(faces)
    means = Table("mean of", "way", "clicks", "people", *_HEADS[:4], "worst |chin|")
    keys = dict.fromkeys((row.group, row.clicks, row.way) for row in rows)
    for group, clicks, way in sorted(keys):
        some = [r.score for r in rows if (r.group, r.clicks, r.way) == (group, clicks, way)]
        figures = [_shown(_mean([getattr(s, name) for s in some])) for name in _FIGURES[:4]]
        chin = max((abs(s.chin) for s in some if s.chin is not None), default=None)
        means.add_row(group, way, clicks, str(len(some)), *figures, _shown(chin))
    console.print(means)


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
