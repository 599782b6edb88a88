"""Any order and number of correct clicks: one more may never take boxes away or make them wrong.

    python -m benchmarks.quality.clicks [--half tune] [--detector NAME] [--kind KIND] [--only NAME]

For each person of the composed clips up to four clicks in four orders; prints each violation.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from benchmarks.media import yunet_model
from benchmarks.quality.by_kind import LABELLED, Selection, chosen_truths
from benchmarks.quality.scoring import judge
from benchmarks.truth import Truth
from speaker_boxes.click import Click
from speaker_boxes.detect.detectors.registry import DETECTORS, DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.geometry import BoxArray
from speaker_boxes.tracking import boxes_for_speaker, comparing_faces

MAX_CLICKS = 4
Follow = Callable[[Sequence[Click]], BoxArray]


@dataclass(frozen=True, slots=True)
class Violation:
    """A correct click that made things worse."""

    clip: str
    person: str
    clicks: tuple[Click, ...]
    """Of which the last one did."""
    hits: tuple[int, int]
    """Frames on the person, before and after."""
    wrong: tuple[int, int]
    """Frames on somebody else."""
    note: str = ""


def orders(clicks: Sequence[Click]) -> list[tuple[Click, ...]]:
    """Up to four clicks, spread over all: in order, backwards, and shuffled twice."""
    places = np.linspace(0, len(clicks) - 1, min(MAX_CLICKS, len(clicks))).round().astype(int)
    some = [clicks[i] for i in places.tolist()]
    random = np.random.default_rng(len(clicks))
    shuffled = [[some[i] for i in random.permutation(len(some))] for _ in range(2)]
    return list(dict.fromkeys(tuple(each) for each in (some, some[::-1], *shuffled)))


def check_person(truth: Truth, name: str, follow: Follow) -> Iterator[Violation]:
    """Add the clicks one by one, in each order."""
    known: dict[tuple[Click, ...], tuple[int, int, str]] = {}
    for order in orders(truth.people[name].clicks):
        for count in range(1, len(order) + 1):
            now = order[:count]
            if now not in known:
                known[now] = _count(truth, name, follow, now)
            if count == 1:
                continue
            (hits, wrong, _), (hits_now, wrong_now, note) = known[now[:-1]], known[now]
            if hits_now < hits or wrong_now > wrong:
                yield Violation(truth.name, name, now, (hits, hits_now), (wrong, wrong_now), note)


def _count(
    truth: Truth, name: str, follow: Follow, clicks: Sequence[Click]
) -> tuple[int, int, str]:
    """Frames on the person, frames on others, and what was said if there was no result."""
    try:
        frames = judge(follow(clicks), truth, name)
    except NoSpeakerError as error:
        return 0, 0, str(error)
    return int(frames.hit.sum()), int(frames.wrong.sum()), ""


@dataclass(frozen=True, slots=True)
class Checked:
    """One clip."""

    name: str
    n_people: int
    violations: tuple[Violation, ...]


def check_clip(truth: Truth, detector: str, faces: Path | None) -> Checked:
    """Find the faces once, and click."""
    cache = None if faces is None else Cache(faces)
    choice = DetectorChoice(detector, yunet_model() if detector == "yunet" else None)
    clip = find_faces(truth.clip, DetectionOptions(detectors=choice, workers=1, cache=cache))
    with comparing_faces(clip, cache) as describer:

        def follow(clicks: Sequence[Click]) -> BoxArray:
            return boxes_for_speaker(clip, at=clicks, describer=describer).boxes

        several = [name for name, person in truth.people.items() if len(person.clicks) > 1]
        found = [each for name in several for each in check_person(truth, name, follow)]
    return Checked(truth.name, len(several), tuple(found))


def main(
    detector: Annotated[str, typer.Option(help=f"One of {', '.join(DETECTORS)}.")] = "mediapipe",
    half: Annotated[str, typer.Option(help="tune or report; both if not given.")] = "",
    kind: Annotated[list[str] | None, typer.Option(help="Kind of clip; repeat it.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Name of a clip; repeat it.")] = None,
    faces: Annotated[Path | None, typer.Option(help="Folder that keeps faces.")] = None,
) -> None:
    """Check all composed clips; exit status 1 if there is a violation."""
    console = Console()
    chosen = Selection(half=half, kinds=tuple(kind or ()), only=tuple(only or ()))
    truths = [truth for kind_, _, truth in chosen_truths(chosen) if kind_ != LABELLED]
    n, rest = len(truths), [detector] * len(truths)
    n_people = n_worse = 0
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for checked in pool.map(check_clip, truths, rest, [faces] * n):
            n_people += checked.n_people
            n_worse += len(checked.violations)
            for each in checked.violations:
                frames = [click.frame for click in each.clicks]
                hits, wrong = "{} -> {}".format(*each.hits), "{} -> {}".format(*each.wrong)
                said = f"clicks in frames {frames}: on the person {hits}, on others {wrong}"
                console.print(f"{each.clip} {each.person}: {said} {each.note}", style="red")
    console.print(f"{n} clips, {n_people} people, {n_worse} clicks that made it worse")
    sys.exit(1 if n_worse else 0)


if __name__ == "__main__":
    typer.run(main)
