"""``speaker-boxes normalize``: a clip as every reader counts it alike."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common.loudness import say
from speaker_boxes.commands.common.outputs import place_beside
from speaker_boxes.commands.common.shared_options import Clip, Overwrite, Stream
from speaker_boxes.commands.common.terminal import one_line, stderr_reporting

if TYPE_CHECKING:
    from speaker_boxes.detect.normalize.normalize import NormalizeResult

_NTSC = (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001))


def normalize(
    clip: Clip,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.mp4",
            help="Where the new clip goes; CLIP.normalized.mp4 beside the clip if left out.",
        ),
    ] = None,
    fps: Annotated[
        str | None,
        typer.Option(
            "--fps",
            metavar="RATE",
            help="Frames per second, as 25 or 30000/1001. Without it the nearest of 24, 25 and "
            "30, and of their NTSC relatives where the clip keeps one rate.",
        ),
    ] = None,
    stream: Stream = None,
    overwrite: Overwrite = False,
) -> None:
    """See ``COMMANDS``."""
    rate = parse_rate(fps) if fps is not None else None
    output = output or place_beside(clip, "normalized.mp4")
    if output.suffix.lower() != ".mp4":
        raise typer.BadParameter(f"{output} must end in .mp4", param_hint="--output")

    from speaker_boxes.detect.normalize.normalize import normalize as normalize_video
    from speaker_boxes.submit.preflight.preflight import RATES

    with stderr_reporting() as progress:
        done = normalize_video(
            clip,
            output,
            frame_rate=rate,
            stream_index=stream,
            overwrite=overwrite,
            progress=progress,
        )
    say(one_line(summary_line(done)))
    if done.frame_rate not in RATES:
        nearest = min(RATES, key=lambda known: abs(known - done.frame_rate))
        say(
            f"speaker-boxes: {done.frame_rate} fps is kept, and check will warn of it: 24, 25 and "
            f"30 are recommended, and the server may change others; --fps {nearest} makes it so",
            err=True,
        )


def parse_rate(text: str) -> Fraction:
    """``25``, ``30000/1001`` or ``29.97``, which means the latter."""
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 1 <= rate <= 120:
        raise typer.BadParameter(
            f"{text} is no rate from 1 to 120, as 25 or 30000/1001", param_hint="--fps"
        )
    return next((ntsc for ntsc in _NTSC if abs(ntsc - rate) < Fraction(6, 1000)), rate)


def summary_line(done: NormalizeResult) -> str:
    """What came of it: ``out.mp4: 171 frames in, 169 out at 25 fps, 3 repeated, 5 dropped; …``."""
    cut = f", {done.cut_s:.3f} s of it cut off before the first frame" if done.cut_s else ""
    return (
        f"{done.path}: {done.n_in} frames in, {done.n_out} out at {done.frame_rate} fps, "
        f"{done.n_repeated} repeated, {done.n_dropped} dropped; "
        f"{done.width}x{done.height}, {done.audio}{cut}"
    )
