"""Score the pipeline, as the command runs it, from one click a person: by kind of clip and half."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.compose.scenes import SCENES
from benchmarks.compose.write import compose_all, default_folder
from benchmarks.hard.degrade import degrade
from benchmarks.hard.scenes import HARD_SCENES, half_of
from benchmarks.media import yunet_model
from benchmarks.quality.errors import draw_errors, find_errors
from benchmarks.quality.rows import spell_tables
from benchmarks.quality.scoring import Score, judge, score
from benchmarks.truth import Truth, labelled_truths
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.tracking import boxes_for_speaker, comparing_faces

LABELLED = "labelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which clips; an empty tuple leaves nothing out."""

    half: str = ""
    kinds: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    """Names of clips."""

    def takes(self, name: str, kind: str, half: str) -> bool:
        """Whether a clip is among them."""
        return (
            self.half in ("", half)
            and (not self.kinds or kind in self.kinds)
            and (not self.only or name in self.only)
        )


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things are kept."""

    clips: Path = field(default_factory=default_folder)
    faces: Path | None = None
    """Faces between runs, while only what follows them is worked on; nowhere if ``None``."""
    errors: Path | None = None
    """A picture of each error; none if ``None``."""


@dataclass(frozen=True, slots=True)
class Case:
    """One clip to be measured in one way."""

    kind: str
    half: str
    truth: Truth
    detector: str
    degraded: str
    folders: Folders


@dataclass(frozen=True, slots=True)
class HardRow:
    """One person of one clip, from one click."""

    kind: str
    half: str
    degraded: str
    clip: str
    person: str
    way: str
    n_frames: int
    n_wrong: int
    """Frames whose box lies on another labelled person."""
    errors: tuple[tuple[int, int, str], ...]
    """The runs of these: first frame, end, and who that is."""
    score: Score
    note: str = ""


def chosen_truths(chosen: Selection, folder: Path | None = None) -> list[tuple[str, str, Truth]]:
    """``(kind, half, labels)`` of each clip; composed ones that are not there yet are made."""
    cases = []
    for truth in labelled_truths():
        if chosen.takes(truth.name, LABELLED, half_of(truth.name)):
            cases.append((LABELLED, half_of(truth.name), truth))
    scenes = [
        scene
        for scene in (*SCENES, *HARD_SCENES)
        if chosen.takes(scene.name, scene.kind, scene.half or half_of(scene.name))
    ]
    made = compose_all(scenes, folder or default_folder())
    for scene, truth in zip(scenes, made, strict=True):
        cases.append((scene.kind, scene.half or half_of(scene.name), truth))
    return cases


def measure(case: Case) -> list[HardRow]:
    """Find the faces of one clip and follow each person from the first click."""
    truth = case.truth
    if case.degraded:
        truth = degrade(truth, case.degraded, case.folders.clips / "degraded")
    model = yunet_model() if case.detector == "yunet" else None
    cache = None if case.folders.faces is None else Cache(case.folders.faces)
    choice = DetectorChoice(case.detector, model)
    clip = find_faces(truth.clip, DetectionOptions(detectors=choice, workers=1, cache=cache))
    rows = []
    with comparing_faces(clip, cache) as describer:
        for name, person in truth.people.items():
            if not person.clicks:
                continue
            note, click = "", person.clicks[0]
            try:
                boxes = boxes_for_speaker(clip, at=[click], describer=describer).boxes
            except NoSpeakerError as error:
                boxes, note = np.full((truth.n_frames, 4), np.nan, np.float32), str(error)
            wrong = judge(boxes, truth, name).wrong
            errors = find_errors(wrong, boxes, truth)
            rows.append(
                HardRow(
                    case.kind, case.half, case.degraded, truth.name, name, case.detector,
                    truth.n_frames, int(wrong.sum()),
                    tuple((error.first, error.end, error.other) for error in errors),
                    score(boxes, truth, name), note,
                )
            )  # fmt: skip
            if case.folders.errors is not None:
                draw_errors(case.folders.errors, truth, name, click, boxes, errors, case.detector)
    return rows


def measure_all(cases: Sequence[Case], jobs: int | None = None) -> Iterator[list[HardRow]]:
    """The rows of each clip, in order; a process for each core."""
    jobs = jobs or os.cpu_count() or 1
    if jobs == 1 or len(cases) < 2:
        yield from map(measure, cases)
        return
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_one_thread
    ) as pool:
        yield from pool.map(measure, cases)


def _one_thread() -> None:
    """There is a process for each core already."""
    import cv2

    cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class KindRow:
    """All people of one kind of clip."""

    kind: str
    degraded: str
    way: str
    n_clips: int
    n_people: int
    coverage: float
    """Mean over people, as the next two."""
    wrong_person: float
    false_box: float
    n_wrong: int
    """Frames on another person, of all together."""
    n_errors: int


def by_kind(rows: Sequence[HardRow]) -> list[KindRow]:
    """One row a kind, degradation and way, and one for all composed kinds together."""
    keys = dict.fromkeys((row.degraded, row.way, row.kind) for row in rows)
    for degraded, way in dict.fromkeys((row.degraded, row.way) for row in rows):
        keys[degraded, way, "all composed"] = None
    return [_kind_row(kind, degraded, way, rows) for degraded, way, kind in keys]


def _kind_row(kind: str, degraded: str, way: str, rows: Sequence[HardRow]) -> KindRow:
    some = [
        row
        for row in rows
        if (row.degraded, row.way) == (degraded, way)
        and (row.kind == kind or (kind == "all composed" and row.kind != LABELLED))
    ]
    return KindRow(
        kind,
        degraded,
        way,
        len({row.clip for row in some}),
        len(some),
        float(np.mean([row.score.coverage for row in some] or [np.nan])),
        float(np.mean([row.score.wrong_person for row in some] or [np.nan])),
        float(np.mean([row.score.false_box for row in some] or [np.nan])),
        sum(row.n_wrong for row in some),
        sum(len(row.errors) for row in some),
    )


def print_kinds(console: Console, rows: Sequence[HardRow]) -> None:
    """The table of kinds."""
    heads = ("clips", "people", "coverage", "wrong_person", "false_box", "wrong frames", "errors")
    table = Table("kind", "", "way", *heads)
    for row in by_kind(rows):
        figures = (f"{row.coverage:.3f}", f"{row.wrong_person:.4f}", f"{row.false_box:.3f}")
        counts = (str(row.n_wrong), str(row.n_errors))
        table.add_row(
            row.kind, row.degraded, row.way, str(row.n_clips), str(row.n_people), *figures, *counts
        )
    console.print(table)


def spell_hard(rows: Sequence[HardRow]) -> str:
    """The figures as JSON."""
    return spell_tables({"kinds": by_kind(rows), "people": rows})


def run_hard(
    console: Console,
    chosen: Selection,
    detectors: Sequence[str],
    degraded: Sequence[str],
    *,
    folders: Folders,
    jobs: int | None = None,
) -> list[HardRow]:
    """Measure all chosen clips in all ways; prints the table."""
    truths = chosen_truths(chosen, folders.clips)
    cases = [
        Case(kind, half, truth, detector, how, folders)
        for detector in detectors
        for how in degraded or ("",)
        for kind, half, truth in truths
    ]
    rows: list[HardRow] = []
    for case, some in zip(cases, measure_all(cases, jobs), strict=True):
        rows += some
        n_wrong = sum(row.n_wrong for row in some)
        said = f"{case.detector}: {case.truth.name} {case.degraded}"
        console.print(f"{said}: {n_wrong} wrong", style="red" if n_wrong else "dim")
    print_kinds(console, rows)
    return rows
