"""``speaker-boxes track``: a clip in, frame-aligned boxes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.terminal import talk
from speaker_boxes.detect.detectors import DETECTORS, DetectorChoice
from speaker_boxes.files import check_writable, write_atomic

if TYPE_CHECKING:
    from speaker_boxes.track.click import Click
    from speaker_boxes.track.result import SpeakerBoxes

At = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="FRAME:X,Y",
        help="A point on the speaker's face: frame index (or seconds, as 9.6s) and pixels. "
        "Repeat it to say more about the same person, after a cut for example.",
    ),
]
Stream = Annotated[
    int | None,
    typer.Option("--stream", metavar="N", help="Video stream to use, as `probe` numbers them."),
]
MaxGap = Annotated[
    float,
    typer.Option("--max-gap", metavar="SECONDS", min=0, help="Longest gap that gets a box."),
]
Detector = Annotated[
    str,
    typer.Option(
        "--detector",
        metavar="NAME",
        help=f"What finds the faces: {' or '.join(DETECTORS)}. yunet finds more small and turned "
        "ones; its model is fetched from the OpenCV zoo on first use.",
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
    at: At = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.json",
            help="Where the boxes go; the report goes to OUT.report.json beside it. "
            "- writes the boxes to stdout.",
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
    source, clicks = choose_source(clip, at, sample=sample)
    if output == "-" and as_json:
        raise typer.BadParameter("-o - and --json both write to stdout; use one of them")
    to_file = output is not None and output != "-"
    paths = output_paths(Path(output)) if output is not None and to_file else ()
    for path in paths:
        check_writable(path, overwrite=overwrite)
    result = follow(
        source,
        clicks,
        choose_detectors(detector, model),
        stream=stream,
        max_gap=max_gap,
        workers=workers,
        use_cache=not no_cache,
        quiet=quiet,
    )

    from speaker_boxes.track.report import boxes_json, report_json, summary_line

    boxes, report = boxes_json(result), report_json(result)
    # the report first: boxes are never there without the report that belongs to them
    for path, content in zip(paths, (boxes, report), strict=False):
        write_atomic(path, content)
    if output == "-":
        typer.echo(boxes, nl=False)
    else:
        typer.echo(report if as_json else summary_line(result), nl=not as_json)


def choose_source(
    clip: str | None, at: list[str] | None, *, sample: bool
) -> tuple[str, list[Click]]:
    """The clip and the clicks that the arguments mean."""
    from speaker_boxes.track.click import parse_click

    if sample == (clip is not None):
        raise typer.BadParameter("give either a CLIP or --sample")
    try:
        clicks = [parse_click(text) for text in at or []]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error
    if clip is not None:
        return clip, clicks
    from speaker_boxes.sample import clip_path, sample_clicks

    return str(clip_path()), clicks or [parse_click(text) for text in sample_clicks()]


def choose_detectors(name: str, model: Path | None = None) -> DetectorChoice:
    """What finds faces."""
    try:
        return DetectorChoice(name, model)
    except ValueError as error:
        hint = "--detector" if "detector must" in str(error) else "--model"
        raise typer.BadParameter(str(error), param_hint=hint) from error


def follow(
    source: str,
    clicks: list[Click],
    detectors: DetectorChoice,
    *,
    stream: int | None,
    max_gap: float,
    workers: int | None = None,
    use_cache: bool = True,
    quiet: bool,
) -> SpeakerBoxes:
    """Track with a progress bar on a terminal, and with our warnings on stderr."""
    from speaker_boxes.detect.cache import Cache
    from speaker_boxes.pipeline import track_speaker
    from speaker_boxes.track.options import TrackOptions

    with talk(quiet=quiet) as progress:
        return track_speaker(
            source,
            at=clicks,
            stream=stream,
            detectors=detectors,
            options=TrackOptions(max_gap_s=max_gap),
            workers=workers,
            cache=Cache() if use_cache else None,
            progress=progress,
        )


def output_paths(boxes: Path) -> tuple[Path, Path]:
    """Where the boxes and their report go: ``OUT.json`` and ``OUT.report.json``."""
    return boxes, boxes.with_name(f"{boxes.stem}.report.json")
