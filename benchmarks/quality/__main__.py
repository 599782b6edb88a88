"""Boxes against labels: the pipeline beside three plain ways.

    python -m benchmarks.quality [--detector mediapipe] [--only NAME] [--overlays FOLDER]
    python -m benchmarks.quality --half tune [--kind tile-cut] [--degraded dark] [--errors FOLDER]

The second form takes the short, hard scenes too, one click a person, and tells kinds of clips.

``benchmarks/README.md`` says what is measured and on what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from benchmarks.compose.write import composed_truths, default_folder
from benchmarks.hard.cast import HALVES
from benchmarks.hard.degrade import FILTERS
from benchmarks.media import RESULTS, yunet_model
from benchmarks.quality.by_kind import Folders, Selection, run_hard, spell_hard
from benchmarks.quality.mot import TrackScore, track_score
from benchmarks.quality.overlays import draw_worst
from benchmarks.quality.plain import (
    detect_whole_frames,
    follow_clicks,
    link_by_overlap,
    whole_frame_detectors,
)
from benchmarks.quality.rows import ClipRow, Row, spell
from benchmarks.quality.scoring import score
from benchmarks.quality.tables import print_tables
from benchmarks.truth import Truth, labelled_truths
from speaker_boxes.click import Click
from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.registry import DETECTORS, open_detectors
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.geometry import BoxArray
from speaker_boxes.track.identity.speakers import Speaker, choose_speakers
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.tracking import boxes_for_speaker, link_clip

_WIDTH = 160
"""Columns where there is no terminal."""
RESULT = RESULTS / "quality.json"


@dataclass(frozen=True, slots=True)
class Found:
    """What one way made of one clip: boxes for clicks, and how good its tracks are."""

    follow: Callable[[Sequence[Click]], BoxArray]
    tracks: TrackScore | None


def run_pipeline(truth: Truth, pair: DetectorPair) -> dict[str, Found]:
    """Find all faces once; each choice of clicks, and each way to join shots, is then cheap."""
    clip = find_faces(truth.clip, DetectionOptions(detectors=pair))
    describer = CachedDescriber()
    joins: dict[str, dict[str, Any]] = {
        f"{pair.name}, clicked shots": {"only_clicked_shots": True},
        pair.name: {},
    }
    return {
        way: Found(
            partial(_boxes, clip, describer=describer, **how),
            _tracks(clip, truth, describer, **how),
        )
        for way, how in joins.items()
    }


def _boxes(clip: ClipFaces, clicks: Sequence[Click], **how: Any) -> BoxArray:
    return boxes_for_speaker(clip, at=clicks, **how).boxes


def _tracks(
    clip: ClipFaces,
    truth: Truth,
    describer: CropDescriber,
    *,
    only_clicked_shots: bool = False,
) -> TrackScore | None:
    """All tracks, those of each labelled person joined from the first click on each."""
    tracks = link_clip(clip, describer, TrackOptions())
    clicks = {
        name: Speaker(person.clicks[:1]) for name, person in truth.people.items() if person.clicks
    }
    joined = tracks.ids.copy()
    with suppress(NoSpeakerError):  # a face that was not found: all stays apart
        people = choose_speakers(
            clip, tracks, clicks, describer, only_clicked_shots=only_clicked_shots
        )
        for _, identity in people.values():
            joined[np.isin(tracks.ids, identity.tracks)] = identity.tracks[0]
    return track_score(clip.faces, joined, truth)


@contextmanager
def plain_ways() -> Iterator[Callable[[Truth], dict[str, Found]]]:
    """Open what the plain ways need."""
    with whole_frame_detectors() as detectors:

        def run(truth: Truth) -> dict[str, Found]:
            faces = detect_whole_frames(truth.clip, detectors)
            return {
                name: Found(
                    partial(follow_clicks, found, truth.n_frames),
                    track_score(found, link_by_overlap(found, truth.n_frames), truth),
                )
                for name, found in faces.items()
            }

        yield run


def score_people(
    group: str, truth: Truth, way: str, found: Found
) -> Iterator[tuple[Row, BoxArray]]:
    """Score everybody who can be clicked, with one click and with all of them."""
    for name, person in truth.people.items():
        choices = {"all": person.clicks}
        if len(person.clicks) > 1:
            choices = {"first": person.clicks[:1], "all": person.clicks}
        for label, clicks in choices.items():
            if not clicks:
                continue
            note = ""
            try:
                boxes = found.follow(clicks)
            except NoSpeakerError as error:
                boxes, note = np.full((truth.n_frames, 4), np.nan, np.float32), str(error)
            figures = score(boxes, truth, name)
            yield Row(group, truth.name, name, way, label, len(clicks), figures, note), boxes


def main(
    detector: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(DETECTORS)}; all if not given.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Name of a clip; repeat it.")] = None,
    plain: Annotated[bool, typer.Option(help="Measure the plain ways too.")] = True,
    composed: Annotated[bool, typer.Option(help="Measure the composed clips too.")] = True,
    clips_folder: Annotated[
        Path | None, typer.Option(help="Where the composed clips are or go; the user's cache.")
    ] = None,
    overlays: Annotated[Path | None, typer.Option(help="Folder for pictures.")] = None,
    output: Annotated[Path | None, typer.Option(help="Where the JSON goes.")] = None,
    half: Annotated[
        str | None, typer.Option(help="tune, report or both: hard scenes by kind, one click each.")
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Kind of scene; repeat it.")] = None,
    degraded: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(FILTERS)}; repeat it.")
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="Folder for a picture of each error.")] = None,
    faces: Annotated[
        Path | None, typer.Option(help="Folder that keeps faces between runs of --half.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes of --half; one a core.")] = None,
) -> None:
    """Score the pipeline and the plain ways on every labelled clip."""
    if half or kind or degraded:
        if half not in (None, *HALVES, "both"):
            raise typer.BadParameter(f"--half must be {', '.join(HALVES)} or both, got {half}")
        chosen = Selection(
            half="" if half in (None, "both") else half,
            kinds=tuple(kind or ()),
            only=tuple(only or ()),
        )
        rows_by_kind = run_hard(
            Console(width=None if Console().is_terminal else _WIDTH),
            chosen,
            detector or list(DETECTORS),
            degraded or [],
            folders=Folders(clips_folder or default_folder(), faces, errors or overlays),
            jobs=jobs,
        )
        if output is not None:
            output.write_text(spell_hard(rows_by_kind))
        return
    cases = [("labelled", truth) for truth in labelled_truths()]
    if composed:
        cases += [("composed", truth) for truth in composed_truths(clips_folder)]
    cases = [case for case in cases if not only or case[1].name in only]
    console = Console(width=None if Console().is_terminal else _WIDTH)
    rows: list[Row] = []
    clips: list[ClipRow] = []

    def take(group: str, truth: Truth, way: str, found: Found) -> None:
        if found.tracks is not None:
            clips.append(ClipRow(group, truth.name, way, found.tracks))
        for row, boxes in score_people(group, truth, way, found):
            rows.append(row)
            if overlays is not None and way in DETECTORS:
                label = f"{way}-{row.clicks}".replace(" ", "")
                draw_worst(overlays, truth, row.person, boxes, label)

    for name in detector or DETECTORS:
        model = yunet_model() if name == "yunet" else None
        with open_detectors(name, model=model) as pair:
            for group, truth in cases:
                console.print(f"{name}: {truth.name}", style="dim")
                for way, found in run_pipeline(truth, pair).items():
                    take(group, truth, way, found)
    if plain:
        with plain_ways() as run:
            for group, truth in cases:
                console.print(f"plain ways: {truth.name}", style="dim")
                for way, found in run(truth).items():
                    take(group, truth, f"plain {way}", found)
    print_tables(console, rows, clips)
    path = output or (None if only else RESULT)
    if path is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(spell(rows, clips))
        console.print(f"written to {path}")


if __name__ == "__main__":
    typer.run(main)
