"""``speaker-boxes cost``: what a generation would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from speaker_boxes.commands.common import job_options as opt
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.shared_options import Json
from speaker_boxes.commands.common.terminal import stderr_reporting

if TYPE_CHECKING:
    from speaker_boxes.submit.job.prepare import PreparedJob


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cost")(cost)


@with_options
def cost(
    boxes: opt.BoxesFile = None,
    *,
    media: opt.MediaOptions,
    model: opt.ModelOptions,
    base_url: opt.BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Ask what a generation would cost: by its request for URLs, by its length for files.

    Nothing is uploaded or generated.
    """
    from speaker_boxes.commands.common.job_input import JobInput, read_options
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.schema.serialize import parse_request

    options = read_options(model)
    face = opt.FaceOptions(auto=boxes is None)
    wanted = JobInput(boxes=boxes, media=media, options=options, face=face, trust_count=True)
    with stderr_reporting() as progress, Client(base_url=base_url) as client:
        prepared = wanted.prepared(progress=progress)
        if prepared.spec.files:
            length, rate = _length(prepared, options.sync_mode)
            found = client.estimate(model=options.model, duration_s=length, rate=rate)
        else:
            found = client.cost(parse_request(prepared.spec.request({})))
    if as_json:
        print(found.model_dump_json())
        return
    parts = []
    if found.estimated_generation_cost is not None:
        parts.append(f"about {found.estimated_generation_cost:g} (the server names no currency)")
    if found.estimated_frame_count is not None:
        parts.append(f"{found.estimated_frame_count:g} frames")
    print(", ".join(parts))


def _length(prepared: PreparedJob, sync_mode: str) -> tuple[float, float]:
    """Seconds and frames per second of the result."""
    from speaker_boxes.errors import PreflightError
    from speaker_boxes.submit.preflight.audio_length import measure_audio
    from speaker_boxes.submit.preflight.clip_facts import measure_clip
    from speaker_boxes.submit.schema.media import Remote

    video = prepared.spec.video
    clip = prepared.clip or measure_clip(video.url if isinstance(video, Remote) else video.path)
    video_s, sound_s = clip.duration_s, measure_audio(prepared.spec.audio)
    if video_s is None or sound_s is None or clip.frame_rate is None:
        raise PreflightError("the length of the clip or of the sound is not known")
    lengths = {"cut_off": min(video_s, sound_s), "silence": max(video_s, sound_s)}
    return lengths.get(sync_mode, sound_s), float(clip.frame_rate)
