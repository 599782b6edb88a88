"""Single arguments and options that several commands take."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from speaker_boxes.commands.common.loudness import note_json
from speaker_boxes.errors import VideoOpenError


def read_clip(context: typer.Context, clip: str | None) -> str | None:
    """What a command is to read: what comes through a pipe is kept as a file while it runs.

    Raises
    ------
    typer.BadParameter
        It is -, and nothing is piped in.
    VideoOpenError
        What is piped in cannot be kept, or does not end.
    """
    from speaker_boxes.fetch.source import plain_source

    if clip is None or context.resilient_parsing:
        return clip
    if clip != "-":
        return plain_source(clip)
    if sys.stdin is None or sys.stdin.isatty():
        raise typer.BadParameter("- reads a clip from a pipe, and nothing is piped in")
    return str(context.with_resource(_piped()))


@contextmanager
def _piped() -> Iterator[Path]:
    from speaker_boxes.abandoned import scratch_folder
    from speaker_boxes.fetch.source import called

    with scratch_folder() as folder:
        path = folder / "stdin"
        try:
            _keep_piped(path)
        except OSError as error:
            raise VideoOpenError(f"cannot open stdin: {error.strerror}") from error
        with called(path, "stdin"):
            yield path


def _keep_piped(path: Path) -> None:
    """Copy what is piped in to a file: a clip is read more than once."""
    from speaker_boxes.fetch.source import MAX_BYTES

    n_bytes = 0
    with path.open("wb") as file:
        while piece := sys.stdin.buffer.read(1 << 20):
            n_bytes += len(piece)
            if n_bytes > MAX_BYTES:
                most = f"{MAX_BYTES >> 20} MB"
                raise VideoOpenError(f"cannot open stdin: it is longer than {most}")
            file.write(piece)


_HELP = "Path or http(s) URL of the video; - for one that is piped in."
Clip = Annotated[str, typer.Argument(metavar="CLIP", help=_HELP, callback=read_clip)]
ClipOrSample = Annotated[str | None, typer.Argument(metavar="CLIP", help=_HELP, callback=read_clip)]
SentClip = Annotated[
    str | None,
    typer.Argument(metavar="CLIP", help="Path or http(s) URL of the video.", callback=read_clip),
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
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=note_json,
        help="Print JSON, and nothing else, on stdout; of a failure too.",
    ),
]


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
