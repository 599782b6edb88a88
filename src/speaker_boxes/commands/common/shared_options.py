"""Single arguments and options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

Clip = Annotated[str, typer.Argument(metavar="CLIP", help="Path or http(s) URL of the video.")]
ClipOrSample = Annotated[
    str | None, typer.Argument(metavar="[CLIP]", help="Path or http(s) URL of the video.")
]
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
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]


def choose_source(clip: str | None, *, sample: bool) -> str:
    """The clip that the arguments mean.

    Raises
    ------
    typer.BadParameter
        Both are given, or neither.
    """
    if sample == (clip is not None):
        raise typer.BadParameter("give either a CLIP or --sample")
    if clip is not None:
        return clip
    from speaker_boxes.sample import clip_path

    return str(clip_path())
