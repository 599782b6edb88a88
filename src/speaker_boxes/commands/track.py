"""``speaker-boxes track``: a clip in, frame-aligned boxes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common import speaker_options
from speaker_boxes.commands.common.terminal import one_line
from speaker_boxes.commands.common.tracking import DetectionArgs, choose_detectors, follow
from speaker_boxes.files import check_writable, report_path_for, write_together

if TYPE_CHECKING:
    from speaker_boxes.track.output.result import SpeakerBoxes
    from speaker_boxes.track.output.turns import TurnBoxes

Stream = Annotated[
    int | None,
    typer.Option("--stream", metavar="N", help="Video stream to use, as `probe` numbers them."),
]
MaxGap = Annotated[
    float,
    typer.Option(
        "--max-gap", metavar="SECONDS", min=0, max=3600, help="Longest gap that gets a box."
    ),
]
Detector = Annotated[
    str,
    typer.Option(
        "--detector",
        metavar="NAME",
        help="What finds the faces: mediapipe or yunet. yunet finds more small and turned ones; "
        "its model is fetched from the OpenCV zoo on first use.",
    ),
]
Model = Annotated[
    Path | None,
    typer.Option(
        "--model",
        "--detector-model",
        metavar="FILE",
        help="A local model file for --detector yunet.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", min=1, help="Processes to use; as many as there are cores."
    ),
]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Neither look for this clip's faces nor keep them."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("track")(track)


def track(
    clip: Annotated[
        str | None, typer.Argument(metavar="[CLIP]", help="Path or http(s) URL of the video.")
    ] = None,
    at: speaker_options.At = None,
    face: speaker_options.Face = None,
    only_clicked_shots: speaker_options.OnlyClicked = False,
    speaker: speaker_options.Speaker = None,
    turns: speaker_options.Turns = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.json",
            help="Where the boxes go; the report goes to OUT.report.json beside it. Of several "
            "speakers without --turns: OUT.NAME.json and OUT.NAME.report.json each. - writes the "
            "boxes to stdout.",
        ),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Use the sample clip that is installed with this.")
    ] = False,
    stream: Stream = None,
    max_gap: MaxGap = 0.5,
    detector: Detector = "mediapipe",
    model: Model = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report instead of the summary line.")
    ] = False,
    workers: Workers = None,
    no_cache: NoCache = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write one box, or null, of the speaker for every frame that decodes."""
    source = choose_source(clip, sample=sample)
    speaker_args = speaker_options.read_speaker_args(
        at=at, face=face, only_clicked_shots=only_clicked_shots, speaker=speaker, turns=turns,
        sample=sample,
    )  # fmt: skip
    if output == "-" and as_json:
        raise typer.BadParameter("-o - and --json both write to stdout; use one of them")
    if output == "-" and speaker_args.names != [""]:
        raise typer.BadParameter("-o - is for one array; say who speaks when with --turns")
    paths = {}
    if output is not None and output != "-":
        paths = {name: boxes_path_for(Path(output), name) for name in speaker_args.names}
    for path in paths.values():
        check_outputs(source, path, overwrite=overwrite)
    detection = DetectionArgs(
        stream=stream,
        detectors=choose_detectors(detector, model),
        workers=workers,
        use_cache=not no_cache,
    )
    results = follow(source, speaker_args, detection, max_gap=max_gap, quiet=quiet)

    from speaker_boxes.track.output import report

    for name, path in paths.items():
        write_outputs(path, results[name])
    if output == "-":
        typer.echo(report.boxes_json(results[""]), nl=False)
    elif as_json:
        spelled = {name: report.report_to_json(result) for name, result in results.items()}
        typer.echo(report.as_json(spelled.get("", spelled)), nl=False)
    else:
        for name, result in results.items():
            typer.echo((f"{name}: " if name else "") + one_line(report.summary_line(result)))


def choose_source(clip: str | None, *, sample: bool) -> str:
    """The clip that the arguments mean."""
    if sample == (clip is not None):
        raise typer.BadParameter("give either a CLIP or --sample")
    if clip is not None:
        return clip
    from speaker_boxes.sample import clip_path

    return str(clip_path())


def boxes_path_for(boxes: Path, name: str) -> Path:
    """Where one speaker's boxes go: ``OUT.json``, or ``OUT.NAME.json`` of several."""
    return boxes.parent / f"{boxes.stem}.{name}{boxes.suffix}" if name else boxes


def check_outputs(source: str, boxes: Path, *, overwrite: bool) -> None:
    """Say before the work begins that the boxes or their report could not be written."""
    for path in (boxes, report_path_for(boxes)):
        check_writable(path, overwrite=overwrite, inputs=[source])


def write_outputs(boxes: Path, result: SpeakerBoxes | TurnBoxes) -> None:
    """Write the boxes, never without the report that belongs to them."""
    from speaker_boxes.track.output.report import boxes_json, report_json

    report = (report_path_for(boxes), report_json(result))
    write_together((boxes, boxes_json(result)), report)
