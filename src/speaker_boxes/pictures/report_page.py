"""A report as one page: the clip, its people over time, what is missing and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click, parse_click
from speaker_boxes.files import last_part, read_whole
from speaker_boxes.pictures.canvas import jpeg, resized
from speaker_boxes.pictures.charts import kind_of, lane, line_chart, speech_charts
from speaker_boxes.pictures.elements import drawing, element, page, picture
from speaker_boxes.pictures.faces import crops_of, head, spread
from speaker_boxes.pictures.people import People
from speaker_boxes.pictures.report_facts import ReportFacts, Run
from speaker_boxes.track.identity.persons import Person

_THUMB = 56
_MAX_ROWS = 200
"""Rows of a table, and lanes: what is more is counted."""
_WANTED = ("null: by hand", "null: nobody's turn", "null: not their turn")
"""Where somebody said that there is to be none: there is nothing to resolve."""
_KINDS = {
    "found": "a box",
    "filled": "interpolated",
    "drawn": "drawn by hand",
    "doubt": "none: in doubt",
    "null": "none",
    "seen": "the face is seen",
}
_MATCH_PX = 0.6
"""How far a face may be from the box, in sizes of the box, to be the one it was made from."""


def report_page(facts: ReportFacts) -> str:
    """Make the page.

    Returns
    -------
    str
        HTML that loads nothing and runs nothing.
    """
    name = last_part(facts.clip.get("source", facts.shown.name))
    style = read_whole(Path(__file__).with_name("report_style.css")).decode()
    main = element("main", *_sections(facts))
    head = element("header", element("h1", name), element("p", _reason(facts), class_="faint"))
    return page(f"{name}: speaker boxes", style, head, main)


def _sections(facts: ReportFacts) -> list[Element]:
    parts = [
        ("The clip", [_clip(facts)]),
        ("Over time", _timeline(facts)),
        ("Who speaks", _who_speaks(facts)),
        ("Shot by shot", _shots(facts)),
        ("Joined from", _joined(facts)),
        ("To resolve", _unresolved(facts)),
        ("Without a box", _nulls(facts)),
        ("What check says", _findings(facts)),
        ("Size, place and score", _charts(facts)),
    ]
    return [
        each
        for title, content in parts
        if content
        for each in (element("h2", title), element("section", *content))
    ]


def _reason(facts: ReportFacts) -> str:
    speaker = facts.shown.report.get("speaker")
    if speaker:
        return f"The speaker is {speaker['reason']}"
    speakers = facts.shown.report.get("speakers", {})
    return "Speakers by turns: " + ", ".join(speakers)


def _clip(facts: ReportFacts) -> Element:
    clip, summary = facts.clip, facts.shown.report.get("summary", {})
    n_boxes = int((~np.isnan(facts.shown.boxes[:, 0])).sum())
    rows = {
        "Frames that decode": f"{facts.n_frames}",
        "With a box": f"{n_boxes} ({n_boxes / facts.n_frames:.1%})",
        "Length": f"{clip.get('duration_s') or 0:.2f} s",
        "Size": f"{clip['width']} x {clip['height']}",
        "Rate": _rate(clip.get("rate")) + (", variable" if clip.get("variable_rate") else ""),
        "Shots": f"{len(facts.shown.cuts) + 1}",
        "Detector": f"{facts.shown.report.get('detector', 'unknown')}",
        "Header differs in": ", ".join(clip.get("claims_differ", [])) or "nothing",
        **{
            word[:1].upper() + word[1:]: str(n)
            for word, n in summary.items()
            if word not in ("frames", "boxes")
        },
    }
    cells = [
        element("div", element("dt", term), element("dd", value)) for term, value in rows.items()
    ]
    return element("dl", *cells)


def _rate(rate: str | None) -> str:
    return f"{float(Fraction(rate)):.3f}".rstrip("0").rstrip(".") + " fps" if rate else "none"


def _timeline(facts: ReportFacts) -> list[Element]:
    cuts, n = facts.shown.cuts, facts.n_frames
    boxes = lane(facts.runs, n, cuts, "The boxes, frame by frame")
    lanes = [_key(facts), _lane(element("strong", "Boxes"), boxes), *_turn_lanes(facts)]
    if facts.people is None:
        note = "The faces of this clip are not kept any more; track it again to see its people."
        return [*lanes, element("p", note, class_="faint")]
    for person in facts.people.persons[:_MAX_ROWS]:
        runs = _seen_runs(facts.people, person)
        drawn = lane(runs, n, cuts, f"Person {person.number}: when the face is seen")
        lanes.append(_lane(_who(facts.people, person), drawn))
    return lanes


def _turn_lanes(facts: ReportFacts) -> list[Element]:
    """Of boxes of whoever speaks: when it is each one's turn, and what there is then."""
    whose = facts.shown.whose
    if whose is None:
        return []
    lanes = []
    for name in facts.shown.report.get("speakers", {}):
        mine = np.array([who == name for who in whose], dtype=np.int8)
        borders = [0, *(np.flatnonzero(np.diff(mine) != 0) + 1).tolist(), len(mine)]
        turns = [(first, end) for first, end in pairwise(borders) if mine[first]]
        runs = [
            Run(max(run.first, first), min(run.end, end), run.word)
            for first, end in turns
            for run in facts.runs
            if run.first < end and first < run.end
        ]
        drawn = lane(runs, facts.n_frames, facts.shown.cuts, f"Turns of {name}")
        lanes.append(_lane(element("span", name), drawn))
    return lanes


def _who_speaks(facts: ReportFacts) -> list[Element]:
    """Nothing, where the speaker was not chosen by lips and sound."""
    speech = facts.speech
    if speech is None:
        return []
    heard = "voices and lips" if speech["heard"] == "voices" else "lips alone: there is no sound"
    note = element("p", f"By {heard}. Who has no curve was not looked at.", class_="faint")
    curves = _drawn([(title, values, 1.0) for title, values in speech_charts(facts)], facts)
    rows: list[list[Element | str]] = [
        [
            _thumb_at(facts, parse_click(one["at"])),
            f"{one['start_s']:.2f} s to {one['end_s']:.2f} s",
            one["reason"],
            element("code", f"--speaker {one['speaker']}={one['at']}"),
        ]
        for one in speech["unresolved"]
    ]
    heads = ["Face", "When", "Why it is open", "If it speaks, give it the turn, with"]
    return [note, curves, *([_table(heads, rows[:_MAX_ROWS]), *_more(len(rows))] if rows else [])]


def _key(facts: ReportFacts) -> Element:
    kinds = {kind_of(word) for word in facts.shown.words}
    if facts.people is not None:
        kinds.add("seen")
    items = [
        element(
            "li",
            drawing(10, 10, element("rect", width=10, height=10, class_=kind), label=words),
            words,
        )
        for kind, words in _KINDS.items()
        if kind in kinds
    ]
    return element("ul", *items, class_="key")


def _lane(who: Element, drawn: Element) -> Element:
    return element("div", element("div", who, class_="who"), drawn, class_="lane")


def _who(people: People, person: Person) -> Element:
    text = element(
        "div",
        element("strong", f"Person {person.number}"),
        element("br"),
        element("code", f"--at {person.click}"),
    )
    crops = spread(people.clip, crops_of(people.clip, people.tracks, person.tracks), 1)
    shown = [_thumb(people, crop, f"Person {person.number}") for crop in crops]
    return element("div", *shown, text, class_="who")


def _thumb(people: People, crop: int, alt: str) -> Element:
    image = resized(head(people.clip, crop), 2 * _THUMB, 2 * _THUMB)
    return picture(jpeg(image), alt, _THUMB)


def _seen_runs(people: People, person: Person) -> list[Run]:
    rows = np.isin(people.tracks.ids, person.tracks)
    frames = np.unique(people.tracks.faces.frame[rows])
    parts = np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1)
    return [Run(int(part[0]), int(part[-1]) + 1, "seen") for part in parts]


def _shots(facts: ReportFacts) -> list[Element]:
    rows: list[list[Element | str]] = [
        [
            str(shot["shot"]),
            f"{shot['start_s']:.2f} s to {shot['end_s']:.2f} s",
            f"{shot['first']} to {shot['last']}",
            ", ".join(shot["who"]) or "nobody",
            f"{shot['coverage']:.0%}",
            ", ".join(f"{word} {count}" for word, count in shot["null"].items()),
        ]
        for shot in facts.shots[:_MAX_ROWS]
    ]
    heads = ["Shot", "Time", "Frames", "Who", "With a box", "Frames without, and why"]
    return [_table(heads, rows), *_more(len(facts.shots))]


def _joined(facts: ReportFacts) -> list[Element]:
    """The speaker's tracks: where two of them meet the speaker was recognised, not followed."""
    infos = [
        info
        for info in facts.shown.report.get("tracks", [])
        if info.get("role") == "speaker" or info.get("speaker")
    ]
    rows: list[list[Element | str]] = [
        [
            _thumb_at(facts, parse_click(info["at"])),
            _span(facts, Run(info["first"], info["last"] + 1, "")),
            f"{info['mean_score']:.2f}",
            info.get("speaker") or "",
        ]
        for info in infos[:_MAX_ROWS]
    ]
    return [_table(["Face", "Frames", "Mean score", "Speaker"], rows), *_more(len(infos))]


def _unresolved(facts: ReportFacts) -> list[Element]:
    rows = []
    for name, run, click in facts.unresolved[:_MAX_ROWS]:
        option = f"--speaker {name}={click}" if name else f"--at {click}"
        rows.append([_thumb_at(facts, click), _span(facts, run), element("code", option), name])
    if not rows:
        return [element("p", "Whose face it is, is nowhere in doubt.", class_="faint")]
    more = _more(len(facts.unresolved))
    return [_table(["Face", "Frames", "If it is the speaker, add", "Speaker"], rows), *more]


def _nulls(facts: ReportFacts) -> list[Element]:
    nulls = [run for run in facts.runs if run.word.startswith("null")]
    if not nulls:
        return [element("p", "Every frame has a box.", class_="faint")]
    rows: list[list[Element | str]] = []
    for run in nulls[:_MAX_ROWS]:
        clicks = _clicks_in(facts, run)
        shown = [_thumb_at(facts, click) for click in clicks[:1]]
        option: Element | str = "no face is seen" if run.word not in _WANTED else ""
        if clicks:
            # of several speakers the page cannot know which
            flag = "--speaker NAME=" if "speakers" in facts.shown.report else "--at "
            option = element("code", f"{flag}{clicks[0]}")
        rows.append(
            [shown[0] if shown else "", _span(facts, run), run.word.removeprefix("null: "), option]
        )
    heads = ["A face there", "Frames", "Why", "If that is the speaker, add"]
    return [_table(heads, rows), *_more(len(nulls))]


def _clicks_in(facts: ReportFacts, run: Run) -> list[Click]:
    """Clicks on the faces of a span: those in doubt, else all, the one seen longest first."""
    if run.word == "null: unresolved":
        return [
            click
            for _, when, click in facts.unresolved
            if when.first < run.end and run.first < when.end
        ]
    if facts.people is None or run.word in _WANTED:
        return []
    tracks = facts.people.tracks
    overlap = np.minimum(tracks.last + 1, run.end) - np.maximum(tracks.first, run.first)
    order = np.argsort(-overlap, kind="stable")
    clicks = []
    for track in order[overlap[order] > 0].tolist():
        rows = tracks.rows(track)
        frames = tracks.faces.frame[rows]
        inside = rows[(frames >= run.first) & (frames < run.end)]
        if len(inside):
            clicks.append(tracks.click_on(int(inside[np.argmax(tracks.faces.score[inside])])))
    return clicks


def _thumb_at(facts: ReportFacts, click: Click) -> Element | str:
    """The picture nearest in time of the face under a click."""
    if facts.people is None or click.frame is None:
        return ""
    faces, crops = facts.people.tracks.faces, facts.people.clip.crops
    box = faces.box[crops.row]
    inside = (box[:, 0] <= click.x) & (click.x < box[:, 2]) & (box[:, 1] <= click.y)
    inside &= click.y < box[:, 3]
    if not inside.any():
        return ""
    away = np.where(inside, np.abs(faces.frame[crops.row] - click.frame), np.iinfo(np.int64).max)
    return _thumb(facts.people, int(np.argmin(away)), f"The face at {click}")


def _findings(facts: ReportFacts) -> list[Element]:
    if not facts.findings:
        return [element("p", "Nothing was found against it.", class_="faint")]
    rows: list[list[Element | str]] = [
        [finding.severity, finding.message, element("code", finding.code)]
        for finding in facts.findings
    ]
    return [_table(["Kind", "What", "Code"], rows)]


def _charts(facts: ReportFacts) -> list[Element]:
    boxes = facts.shown.boxes.astype(np.float64)
    size = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    width, height = facts.clip["width"], facts.clip["height"]
    largest = max(1.0, float(np.nanmax(size, initial=1)))
    charts = [
        (f"Size of the box, 0 to {largest:.0f} px", size, largest),
        (f"Place from the left, 0 to {width} px", (boxes[:, 0] + boxes[:, 2]) / 2, width),
        (f"Place from the bottom, 0 to {height} px",
         height - (boxes[:, 1] + boxes[:, 3]) / 2, height),
    ]  # fmt: skip
    if facts.people is not None:
        charts.append(("Score of the face, 0 to 1", _scores(facts.people, boxes), 1.0))
    return [_drawn(charts, facts)]


def _drawn(
    charts: Sequence[tuple[str, npt.NDArray[np.float64], float]], facts: ReportFacts
) -> Element:
    """Charts one below the other."""
    drawn = [
        element("div", element("h3", title), line_chart(values, facts.shown.cuts, top, title))
        for title, values, top in charts
    ]
    return element("div", *drawn, class_="charts")


def _scores(people: People, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The detector's score of the face that each box is on: (n_frames,), NaN without one."""
    faces = people.tracks.faces
    inside = faces.frame < len(boxes)
    frame, box, score = faces.frame[inside], faces.box[inside], faces.score[inside]
    theirs = boxes[frame]
    off = np.hypot(
        box[:, 0] + box[:, 2] - theirs[:, 0] - theirs[:, 2],
        box[:, 1] + box[:, 3] - theirs[:, 1] - theirs[:, 3],
    ) / 2  # fmt: skip
    near = off < _MATCH_PX * np.sqrt(np.prod(theirs[:, 2:] - theirs[:, :2], axis=1))
    out = np.full(len(boxes), np.nan)
    out[frame[near]] = score[near]
    return out


def _span(facts: ReportFacts, run: Run) -> str:
    n = run.end - run.first
    frames = f"{run.first}" if n == 1 else f"{run.first} to {run.end - 1}"
    return f"{frames} ({facts.seconds(run.first):.2f} s, {n} frame{'s' if n > 1 else ''})"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Element | str]]) -> Element:
    """A table; without the columns that hold nothing, as of names where there is one speaker."""
    full = [i for i in range(len(heads)) if not rows or any(row[i] != "" for row in rows)]
    head = element("tr", *(element("th", heads[i], scope="col") for i in full))
    body = [element("tr", *(element("td", row[i]) for i in full)) for row in rows]
    return element("table", element("thead", head), element("tbody", *body))


def _more(count: int) -> list[Element]:
    if count <= _MAX_ROWS:
        return []
    return [element("p", f"and {count - _MAX_ROWS} more", class_="faint")]
