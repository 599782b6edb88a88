"""What the page of a report is made from: report, boxes, and the faces if they are still known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from speaker_boxes.click import Click, parse_click
from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.detect.decode.metadata_json import facts_from_json
from speaker_boxes.detect.detectors.registry import DETECTORS
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.errors import BoxesFileError
from speaker_boxes.files import report_path_for
from speaker_boxes.geometry import to_rows
from speaker_boxes.pictures.boxes_input import ShownBoxes, read_shown
from speaker_boxes.pictures.known_faces import faces_of
from speaker_boxes.pictures.people import People, people_of
from speaker_boxes.submit.job.spec import SubmitOptions
from speaker_boxes.submit.preflight.finding import Finding
from speaker_boxes.submit.preflight.inputs import PreflightInput
from speaker_boxes.submit.preflight.preflight import check
from speaker_boxes.submit.schema.request import BoxesSelection
from speaker_boxes.tracking import comparing_faces

_SUFFIX = ".report.json"


@dataclass(frozen=True, slots=True)
class Run:
    """Frames ``[first, end)`` of which one thing is said."""

    first: int
    end: int
    word: str


@dataclass(frozen=True, slots=True, eq=False)
class ReportFacts:
    """All that the page shows."""

    shown: ShownBoxes
    people: People | None
    """``None`` if the faces of the clip are not kept any more."""
    findings: list[Finding]
    """What ``check`` would say of the boxes and the clip, without a sound."""

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.shown.boxes)

    @property
    def clip(self) -> dict[str, Any]:
        """The clip, as the report has it."""
        clip: dict[str, Any] = self.shown.report["clip"]
        return clip

    @property
    def runs(self) -> list[Run]:
        """What is said of the frames, one after the other."""
        runs, first = [], 0
        for word, group in groupby(self.shown.words):
            end = first + len(list(group))
            runs.append(Run(first, end, word))
            first = end
        return runs

    @property
    def shots(self) -> list[dict[str, Any]]:
        """What came of each shot; reports of former versions do not say it."""
        shots: list[dict[str, Any]] = self.shown.report.get("shots", [])
        return shots

    @property
    def unresolved(self) -> list[tuple[str, Run, Click]]:
        """Tracks that may be a speaker's: whose, when, and the click that says so."""
        said = self.shown.report.get("unresolved", [])
        named = said if isinstance(said, dict) else {"": said}
        return [
            (name, Run(one["first"], one["last"] + 1, "unresolved"), parse_click(one["at"]))
            for name, entries in named.items()
            for one in entries
        ]

    @property
    def speech(self) -> dict[str, Any] | None:
        """Who speaks, as the report has it, if that was found."""
        found: dict[str, Any] | None = self.shown.report.get("speech")
        return found

    def seconds(self, frame: int) -> float:
        """When a frame is shown."""
        if self.people is not None and frame < self.people.clip.video.n_frames:
            return float(self.people.clip.video.pts_s[frame])
        length = self.clip.get("duration_s") or 0.0
        return float(self.clip.get("first_pts_s") or 0.0) + length * frame / max(1, self.n_frames)


def read_facts(report: Path, cache: Cache | None) -> ReportFacts:
    """Read a report and what belongs to it.

    Parameters
    ----------
    report
        ``OUT.report.json``; its boxes, ``OUT.json``, lie beside it.
    cache
        Where the faces of its clip may be.

    Raises
    ------
    BoxesFileError
        It is no report, or its boxes are not there.
    """
    boxes = report.with_name(report.name.removesuffix(_SUFFIX) + ".json")
    if not report.name.endswith(_SUFFIX) or report_path_for(boxes) != report:
        raise BoxesFileError(f"{report} is no report: it is not called OUT{_SUFFIX}")
    if not report.is_file():
        raise BoxesFileError(f"cannot read report {report}: no such file")
    shown = read_shown(boxes)
    try:
        facts = facts_from_json(shown.report.get("clip", {}))
    except ValueError as error:
        raise BoxesFileError(f"{report} is no report: clip.{error}") from error
    return ReportFacts(shown, _people(shown, cache), _findings(shown, facts))


def doubt_lines(facts: ReportFacts) -> list[str]:
    """For a terminal: where it is not clear who is who or who speaks, and the click that says."""
    lines = []
    for name, run, click in facts.unresolved:
        option = f"--speaker {name}={click}" if name else f"--at {click}"
        begin, end = facts.seconds(run.first), facts.seconds(run.end)
        who = name or "the speaker"
        lines.append(f"unresolved {begin:.2f} s to {end:.2f} s: if that is {who}, add {option}")
    for one in (facts.speech or {}).get("unresolved", []):
        lines.append(
            f"unclear {one['start_s']:.2f} s to {one['end_s']:.2f} s, {one['reason']}: if "
            f"{one['speaker']} speaks, add a turn, with --speaker {one['speaker']}={one['at']}"
        )
    return lines


def _people(shown: ShownBoxes, cache: Cache | None) -> People | None:
    clip = shown.report["clip"]
    if cache is None:
        return None
    known = faces_of(
        clip.get("sha256") or "",
        clip.get("source", shown.name),
        cache,
        streams=(None, clip.get("stream")),
        detectors=(shown.report.get("detector", ""), *DETECTORS),
    )
    if known is None:
        return None
    with comparing_faces(known, cache) as describer:
        return people_of(known, describer=describer)


def _findings(shown: ShownBoxes, facts: ClipFacts) -> list[Finding]:
    options = SubmitOptions()
    rows = to_rows(shown.boxes)
    return check(
        PreflightInput(
            model=options.model,
            sync_mode=options.sync_mode,
            selection=BoxesSelection(bounding_boxes=rows),
            rows=rows,
            clip=facts,
        )
    )
