"""``speaker-boxes probe``: what a clip is, without looking for faces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import typer

from speaker_boxes.commands.common.shared_options import Clip, Json, Stream
from speaker_boxes.commands.common.terminal import one_line, stderr_reporting
from speaker_boxes.progress import counted

if TYPE_CHECKING:
    from speaker_boxes.detect.decode.metadata import VideoMetadata


def probe(clip: Clip, stream: Stream = None, as_json: Json = False) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.detect.decode.metadata_json import metadata_to_json
    from speaker_boxes.detect.decode.video import probe as probe_video

    with stderr_reporting() as progress:
        metadata = probe_video(clip, stream_index=stream, progress=progress)
    if as_json:
        typer.echo(json.dumps(metadata_to_json(metadata), indent=1, ensure_ascii=False))
    else:
        for line in describe(metadata):
            typer.echo(one_line(line))


def describe(metadata: VideoMetadata) -> Iterator[str]:
    """What is known for people, a line each; what is as usual is left out."""
    from speaker_boxes.geometry import turn_words

    rate = f"{_number(metadata.frame_rate)} fps" if metadata.frame_rate else "no rate"
    varies = ", variable" if metadata.variable_rate else ""
    size = f"{metadata.width}x{metadata.height}"
    yield f"{metadata.source}: {counted(metadata.n_frames, 'frame')}, {size}, {rate}{varies}"
    yield f"  first frame at {metadata.pts_s[0]:.3f} s, {metadata.duration_s:.3f} s long"
    if metadata.rotation or metadata.mirrored:
        yield f"  a player shows it {turn_words(metadata.rotation, metadata.mirrored)}"
    if metadata.pixel_aspect_ratio != 1:
        yield "  pixels are not square: {}:{}".format(
            *metadata.pixel_aspect_ratio.as_integer_ratio()
        )
    for stream in metadata.streams:
        marks = [
            mark for mark, on in (("cover", stream.attached_pic), ("used", stream.chosen)) if on
        ]
        words = [stream.kind, stream.codec or "unknown", *marks]
        yield f"  stream {stream.index}: {', '.join(words)}"
    if metadata.n_decode_errors:
        yield (
            f"  decode errors: {metadata.n_decode_errors}; "
            f"{metadata.n_frames_lost} frames after the first one do not count"
        )
    if metadata.n_resized:
        yield f"  {metadata.n_resized} frames have another size than the clip"
    if differ := _wrong_claims(metadata):
        yield f"  the header claims {differ}"


def _wrong_claims(metadata: VideoMetadata) -> str:
    """What the header says and was not seen."""
    from speaker_boxes.detect.decode.metadata import wrong_claims

    said = {
        "frames": f"{metadata.claims.n_frames} frames",
        "rate": f"{_number(metadata.claims.frame_rate)} fps",
        "duration_s": f"{metadata.claims.duration_s} s",
    }
    return ", ".join(said[key] for key in wrong_claims(metadata))


def _number(rate: Fraction | None) -> str:
    """``25``, ``30000/1001``, or a few digits of what is no usual rate."""
    usual = rate is None or rate.denominator in (1, 1001)
    return str(rate) if usual else f"{float(rate or 0):.3f}"
