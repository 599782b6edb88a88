"""Who speaks, on the page of a report: a curve a person, and what is left open."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click, parse_click
from speaker_boxes.pictures.charts import line_chart
from speaker_boxes.pictures.elements import element
from speaker_boxes.pictures.report_facts import ReportFacts

_MOST = 4.0
"""Scores are drawn from -4 to 4; what is beyond lies at the edge. As far as they count."""


def speech_curves(facts: ReportFacts) -> list[Element]:
    """A chart of the voice, and one for each person whose face was looked at."""
    speech = _speech(facts)
    if speech is None:
        return []
    curves = speech["curves"]
    when = np.array([facts.seconds(i) for i in range(facts.n_frames)])
    at = np.floor((when - curves["start_s"]) * curves["per_second"]).astype(np.int64)
    charts = [
        ("A voice is heard, 0 to 1", _on_frames(curves["voice"], at)),
        *(
            (f"{name}: how much the face speaks, -{_MOST:.0f} to {_MOST:.0f}",
             (_on_frames(values, at) + _MOST) / (2 * _MOST))
            for name, values in curves["speakers"].items()
        ),
    ]  # fmt: skip
    drawn = [
        element("div", element("h3", title), line_chart(values, facts.shown.cuts, 1.0, title))
        for title, values in charts
    ]
    heard = "voices and lips" if speech["heard"] == "voices" else "lips alone: there is no sound"
    note = element("p", f"By {heard}. Persons without a curve were not looked at.", class_="faint")
    return [note, element("div", *drawn, class_="charts")]


def speech_doubts(facts: ReportFacts) -> list[tuple[Click, str, str, str]]:
    """What is open of who speaks: a click on the face that leads, when, why, and who it is."""
    speech = _speech(facts)
    return [
        (
            parse_click(each["at"]),
            f"{each['start_s']:.2f} s to {each['end_s']:.2f} s",
            each["reason"],
            each["speaker"],
        )
        for each in (speech["unresolved"] if speech else [])
    ]


def _speech(facts: ReportFacts) -> dict[str, Any] | None:
    found: dict[str, Any] | None = facts.shown.report.get("speech")
    return found


def _on_frames(values: list[float | None], at: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A value for each frame: (n_frames,), NaN where nothing was measured."""
    known = np.array([*values, None], dtype=np.float64)
    inside = (at >= 0) & (at < len(values))
    return np.asarray(known[np.where(inside, at, len(values))])
