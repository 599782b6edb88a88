"""Charts of a report as SVG: who is seen and who speaks when, how large, where and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from speaker_boxes.pictures.elements import drawing, element
from speaker_boxes.pictures.report_facts import ReportFacts, Run

WIDTH = 1000
"""Units across every chart: one below the other, a frame is at one place in all."""
LANE, CHART = 26, 90
_MAX_POINTS = 2000
"""More than a screen has pixels across."""
_MOST = 4.0
"""How much a face speaks is drawn from -4 to 4, as far as it counts; more lies at the edge."""


def lane(runs: Sequence[Run], n_frames: int, cuts: Sequence[int], label: str) -> Element:
    """One line of the timeline: spans by what is said of them, cuts as thin lines."""
    scale = WIDTH / max(1, n_frames)
    spans = [
        element(
            "rect",
            element("title", f"frames {run.first} to {run.end - 1}: {run.word}"),
            x=f"{run.first * scale:.2f}",
            y=0,
            width=f"{max(0.8, (run.end - run.first) * scale):.2f}",
            height=LANE,
            class_=kind_of(run.word),
        )
        for run in runs
    ]
    return drawing(WIDTH, LANE, *spans, *_cut_lines(cuts, scale, LANE), label=label)


def kind_of(word: str) -> str:
    """The class that colours a span."""
    kinds = {"detected": "found", "interpolated": "filled", "drawn by hand": "drawn",
             "null: unresolved": "doubt", "seen": "seen"}  # fmt: skip
    return kinds.get(word, "null" if word.startswith("null") else "found")


def line_chart(
    values: npt.NDArray[np.float64], cuts: Sequence[int], top: float, label: str
) -> Element:
    """One value a frame over time, from 0 at the bottom to ``top``; NaN is a gap.

    Parameters
    ----------
    values : (n_frames,)
    """
    step = max(1, len(values) // _MAX_POINTS)
    x = np.arange(0, len(values), step)
    y = CHART - np.clip(values[x] / top, 0, 1) * (CHART - 4) - 2
    there = ~np.isnan(y)
    borders = np.flatnonzero(np.diff(there.astype(np.int8)) != 0) + 1
    scale = WIDTH / max(1, len(values))
    lines = [
        element(
            "polyline",
            points=" ".join(
                f"{a * scale:.1f},{b:.1f}" for a, b in zip(x[part], y[part], strict=True)
            ),
            class_="line",
        )
        for part in np.split(np.arange(len(x)), borders)
        if len(part) and there[part[0]]
    ]
    return drawing(WIDTH, CHART, *_cut_lines(cuts, scale, CHART), *lines, label=label)


def speech_charts(facts: ReportFacts) -> list[tuple[str, npt.NDArray[np.float64]]]:
    """The voice, and how much each person speaks whose face was looked at.

    Returns
    -------
    list of (title, (n_frames,))
        In [0, 1], NaN where nothing was measured; empty if nobody was listened to.
    """
    if facts.speech is None:
        return []
    curves = facts.speech["curves"]
    when = np.array([facts.seconds(i) for i in range(facts.n_frames)])
    at = np.floor((when - curves["start_s"]) * curves["per_second"]).astype(np.int64)
    charts = [("A voice is heard, 0 to 1", _on_frames(curves["voice"], at))]
    for name, values in curves["speakers"].items():
        title = f"{name}: how much the face speaks, -{_MOST:.0f} to {_MOST:.0f}"
        charts.append((title, (_on_frames(values, at) + _MOST) / (2 * _MOST)))
    return charts


def _on_frames(values: list[float | None], at: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A value for each frame: (n_frames,), NaN where there is none."""
    known = np.array([*values, None], dtype=np.float64)
    inside = (at >= 0) & (at < len(values))
    return np.asarray(known[np.where(inside, at, len(values))], dtype=np.float64)


def _cut_lines(cuts: Sequence[int], scale: float, height: int) -> list[Element]:
    return [
        element("line", x1=f"{c * scale:.2f}", x2=f"{c * scale:.2f}", y1=0, y2=height, class_="cut")
        for c in cuts
    ]
