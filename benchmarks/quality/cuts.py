"""Cuts found, missed and false, over the labelled and all composed clips, plain and degraded.

    python -m benchmarks.quality.cuts [--half tune] [--only NAME] [-o FILE] [--before FILE]

A cut is found if one is reported in its frame or in one beside it. What is reported where only a
part of the picture changes, or within a dissolve, counts neither way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import av
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.compose.render import timeline
from benchmarks.compose.scenes import SCENES
from benchmarks.hard.degrade import Degradation
from benchmarks.hard.scenes import HARD_SCENES
from benchmarks.machine import describe_machine
from benchmarks.quality.by_kind import Selection, chosen_truths
from benchmarks.truth import Truth
from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.scan.cuts import FrameDiffMeter, find_cuts, thumbnail
from speaker_boxes.detect.scan.hard_cuts import FrameDiffs

CONDITIONS = ("plain", "strobe", "darker", "smear")
_NEAR = 1
"""Frames between a cut and the report of it."""
_SOFT_NEAR = 8
"""Frames around a dissolve in which it may be reported."""


@dataclass(frozen=True, slots=True)
class CutRow:
    """One clip in one condition."""

    kind: str
    clip: str
    condition: str
    n_cuts: int
    missed: tuple[int, ...]
    """Cuts that were not reported."""
    false: tuple[int, ...]
    """Reports where nothing changes at once."""
    at_changes: tuple[int, ...]
    """Reports where a part of the picture changes, or within a dissolve: neither right nor not."""


def compare(
    found: Sequence[int], truth: Truth, soft: Sequence[tuple[int, int]]
) -> tuple[list[int], list[int], list[int]]:
    """``(missed, false, at changes)``: each cut takes the nearest report, and each report one cut.

    Parameters
    ----------
    soft
        First and last frame of each dissolve or fade.
    """
    left, missed = list(found), []
    for cut in truth.cuts:
        nearest = min(left, key=lambda frame: abs(frame - cut), default=None)
        if nearest is None or abs(nearest - cut) > _NEAR:
            missed.append(cut)
        else:
            left.remove(nearest)
    excused = [
        frame
        for frame in left
        if any(abs(frame - change) <= _NEAR for change in truth.frame_diffs)
        or any(first - _SOFT_NEAR <= frame <= last + _SOFT_NEAR for first, last in soft)
    ]
    return missed, [frame for frame in left if frame not in excused], excused


def soft_spans(name: str) -> list[tuple[int, int]]:
    """First and last frame of the dissolves, fades and melts of a composed clip."""
    for scene in (*SCENES, *HARD_SCENES):
        if scene.name == name:
            return [
                # a fade darkens for half of its frames before its shot begins
                (start - shot.blend // 2 - 1, start + shot.blend)
                for shot, (start, _) in zip(scene.shots, timeline(scene), strict=True)
                if shot.after in ("dissolve", "fade", "melt")
            ]
    return []


def measure_changes(truth: Truth) -> dict[str, FrameDiffs]:
    """How each frame differs from those around it, in each condition; decodes once."""
    meters = {condition: FrameDiffMeter() for condition in CONDITIONS}
    degradations = {how: Degradation(how, truth) for how in CONDITIONS if how != "plain"}
    with open_video(truth.clip) as video:
        for frame in video.frames():
            meters["plain"].measure(thumbnail(frame.picture))
            image = frame.picture.rgb()
            for how, degradation in degradations.items():
                shown = degradation.apply(image, frame.index)
                picture = av.VideoFrame.from_ndarray(shown, format="rgb24")
                height, width = shown.shape[:2]
                meters[how].measure(thumbnail(FrameImage(picture, UPRIGHT, width, height)))
    return {how: np.array(meter.rows, dtype=np.float32) for how, meter in meters.items()}


def measure(kind: str, truth: Truth) -> list[CutRow]:
    """All conditions of one clip."""
    rows = []
    for condition, frame_diffs in measure_changes(truth).items():
        found = find_cuts(frame_diffs).tolist()
        parts = map(tuple, compare(found, truth, soft_spans(truth.name)))
        rows.append(CutRow(kind, truth.name, condition, len(truth.cuts), *parts))
    return rows


def measure_all(cases: Sequence[tuple[str, str, Truth]]) -> list[CutRow]:
    """All clips, a process for each core."""
    kinds, _, truths = zip(*cases, strict=True)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return [row for rows in pool.map(measure, kinds, truths) for row in rows]


def print_rows(console: Console, rows: Sequence[CutRow]) -> None:
    """One line a kind and condition."""
    table = Table("kind", "condition", "clips", "cuts", "found", "missed", "false", "at changes")
    kinds = dict.fromkeys((row.kind, row.condition) for row in rows)
    every = [replace(row, kind="all") for row in rows]
    for kind, condition in (*kinds, *(("all", each) for each in CONDITIONS)):
        some = [row for row in (*rows, *every) if (row.kind, row.condition) == (kind, condition)]
        cuts, missed = sum(row.n_cuts for row in some), sum(len(row.missed) for row in some)
        false, soft = sum(len(row.false) for row in some), sum(len(row.at_changes) for row in some)
        counts = (len(some), cuts, cuts - missed, missed, false, soft)
        table.add_row(kind, condition, *map(str, counts))
    console.print(table)


def print_difference(console: Console, before: Path, rows: Sequence[CutRow]) -> None:
    """What is missed or false now and was not, and the other way round."""
    known = {
        (row["clip"], row["condition"]): row for row in json.loads(before.read_text())["clips"]
    }
    for row in rows:
        earlier = known.get((row.clip, row.condition), {"missed": [], "false": []})
        for what, now in (("missed", row.missed), ("false", row.false)):
            new, mended = set(now) - set(earlier[what]), set(earlier[what]) - set(now)
            if new or mended:
                said = f"{row.clip} {row.condition}: {what} now {sorted(new)}, no more"
                console.print(f"{said} {sorted(mended)}", style="red" if new else "green")


def spell(rows: Sequence[CutRow]) -> str:
    """JSON with one line a clip and condition."""
    head = json.dumps({"machine": describe_machine()}, indent=1).removesuffix("\n}")
    lines = ",\n  ".join(json.dumps(asdict(row)) for row in rows)
    return f'{head},\n "clips": [\n  {lines}\n ]\n}}\n'


def main(
    half: Annotated[str, typer.Option(help="tune or report; both if not given.")] = "",
    kind: Annotated[list[str] | None, typer.Option(help="Kind of clip; repeat it.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Name of a clip; repeat it.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="JSON.")] = None,
    before: Annotated[Path | None, typer.Option(help="An earlier JSON to compare with.")] = None,
) -> None:
    """Score the cuts of all clips."""
    console = Console()
    chosen = Selection(half=half, kinds=tuple(kind or ()), only=tuple(only or ()))
    rows = measure_all(chosen_truths(chosen))
    print_rows(console, rows)
    if before is not None:
        print_difference(console, before, rows)
    if output is not None:
        output.write_text(spell(rows))


if __name__ == "__main__":
    typer.run(main)
