"""``speaker-boxes probe``: what a clip is, without looking for faces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import typer

from speaker_boxes.commands.common.shared_options import Clip, Json, Quiet, Stream
from speaker_boxes.commands.common.terminal import stderr_reporting

if TYPE_CHECKING:
    from speaker_boxes.detect.decode.metadata import VideoMetadata


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("probe")(probe)


def probe(clip: Clip, stream: Stream = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """Decode a clip to its end and tell what came out, and where its header says otherwise."""
    from speaker_boxes.detect.decode.metadata import metadata_to_json
    from speaker_boxes.detect.decode.video import probe as probe_video

    with stderr_reporting(quiet=quiet) as progress:
        facts = probe_video(clip, stream=stream, progress=progress)
    if as_json:
        typer.echo(json.dumps(metadata_to_json(facts), indent=1, ensure_ascii=False))
    else:
        for line in describe(facts):
            typer.echo(line)


def describe(facts: VideoMetadata) -> Iterator[str]:
    """The facts for people, a line each; what is as usual is left out."""
    rate = f"{_number(facts.rate)} fps" if facts.rate else "no rate"
    varies = ", variable" if facts.variable_rate else ""
    yield f"{facts.source}: {facts.n_frames} frames, {facts.width}x{facts.height}, {rate}{varies}"
    yield f"  first frame at {facts.pts_s[0]:.3f} s, {facts.duration_s:.3f} s long"
    if facts.rotation or facts.mirrored:
        flipped = "flipped left to right, then " if facts.mirrored else ""
        yield f"  to stand upright it is {flipped}turned by {facts.rotation} degrees to the left"
    if facts.pixel_aspect_ratio != 1:
        yield "  pixels are not square: {}:{}".format(*facts.pixel_aspect_ratio.as_integer_ratio())
    for stream in facts.streams:
        marks = [
            mark for mark, on in (("cover", stream.attached_pic), ("used", stream.chosen)) if on
        ]
        words = [stream.kind, stream.codec or "unknown", *marks]
        yield f"  stream {stream.index}: {', '.join(words)}"
    if facts.n_decode_errors:
        yield (
            f"  decode errors: {facts.n_decode_errors}; "
            f"{facts.n_frames_lost} frames after the first one do not count"
        )
    if facts.n_resized:
        yield f"  {facts.n_resized} frames have another size than the first"
    if differ := _wrong_claims(facts):
        yield f"  the header claims {differ}"


def _wrong_claims(facts: VideoMetadata) -> str:
    """What the header says and was not seen."""
    from speaker_boxes.detect.decode.metadata import wrong_claims

    said = {
        "frames": f"{facts.claims.n_frames} frames",
        "rate": f"{_number(facts.claims.rate)} fps",
        "duration_s": f"{facts.claims.duration_s} s",
    }
    return ", ".join(said[key] for key in wrong_claims(facts))


def _number(rate: Fraction | None) -> str:
    """``25``, ``30000/1001``, or a few digits of what is no usual rate."""
    usual = rate is None or rate.denominator in (1, 1001)
    return str(rate) if usual else f"{float(rate or 0):.3f}"
