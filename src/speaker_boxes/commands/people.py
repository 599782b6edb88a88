"""``speaker-boxes people``: who is in a clip, and how each can be chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from speaker_boxes.commands.common.detection_options import DetectorOptions, WorkerOptions
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.outputs import check_made, identity_of
from speaker_boxes.commands.common.shared_options import (
    ClipOrSample,
    Json,
    Overwrite,
    Stream,
    choose_source,
)
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.commands.common.tracking import DetectionArgs, detection_options
from speaker_boxes.files import write_atomic
from speaker_boxes.progress import counted

if TYPE_CHECKING:
    from speaker_boxes.pictures.people import People
    from speaker_boxes.track.identity.persons import Person


@with_options
def people(
    clip: ClipOrSample = None,
    *,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="PEOPLE.png",
            help="Where a picture of them goes, numbered as the lines are.",
        ),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Use the sample clip that is installed with this.")
    ] = False,
    stream: Stream = None,
    detector_options: DetectorOptions,
    as_json: Json = False,
    worker_options: WorkerOptions,
    overwrite: Overwrite = False,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.pictures.people import list_people

    source = choose_source(clip, sample=sample)
    made_of = None if sheet is None else identity_of(source)
    if sheet is not None:
        check_made(sheet, made_of, overwrite=overwrite, inputs=[source])
    args = DetectionArgs(
        stream=stream,
        detectors=detector_options.choice(),
        workers=worker_options.workers,
        use_cache=not worker_options.no_cache,
    )
    with stderr_reporting() as progress:
        found = list_people(source, detection=detection_options(args, progress))
    if sheet is not None:
        from speaker_boxes.made_of import marked_png
        from speaker_boxes.pictures.canvas import png
        from speaker_boxes.pictures.people_sheet import draw_people

        write_atomic(sheet, marked_png(png(draw_people(found)), made_of or ""))
    if as_json:
        typer.echo(json.dumps(people_to_json(found), indent=1, ensure_ascii=False))
        return
    for person in found.persons:
        typer.echo(_line(person))
    if not found.persons:
        typer.echo("no face was found in any frame")


def people_to_json(found: People) -> dict[str, Any]:
    """Who is in a clip, as JSON takes it."""
    from speaker_boxes.track.output.shots import seconds

    return {
        "clip": {
            "source": found.clip.video.source,
            "sha256": found.clip.video.sha256,
            "width": found.clip.video.width,
            "height": found.clip.video.height,
        },
        "people": [
            {
                "person": person.number,
                "at": str(person.click),
                "seconds": person.seconds,
                "frames": person.n_frames,
                "first": person.first,
                "last": person.last,
                "start_s": seconds(found.clip.video, person.first),
                "end_s": seconds(found.clip.video, person.last + 1),
                "shots": (person.shots + 1).tolist(),
                "face_px": person.face_px,
                "tracks": person.tracks.tolist(),
            }
            for person in found.persons
        ],
    }


def _line(person: Person) -> str:
    shots = counted(len(person.shots), "shot")
    return (
        f"{person.number}: {person.seconds:.1f} s in {shots}, face of {person.face_px} px, "
        f"--at {person.click}"
    )
