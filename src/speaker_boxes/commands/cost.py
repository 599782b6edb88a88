"""``speaker-boxes cost``: what a generation would cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common import job_options as opt
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.shared_options import Json
from speaker_boxes.commands.common.terminal import stderr_reporting

if TYPE_CHECKING:
    from speaker_boxes.submit.job.prepare import PreparedJob


PICTURE_RATE = 30.0
"""Frames a second of what is made of a picture: the estimate's own default."""


@with_options
def cost(
    boxes: Annotated[
        Path | None,
        typer.Argument(help="A boxes file; or a folder of job files.", metavar="OUT.json|FOLDER"),
    ] = None,
    *,
    media: opt.MediaOptions,
    model: opt.ModelOptions,
    base_url: opt.BaseUrl = None,
    as_json: Json = False,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.commands.common.job_input import JobInput, read_options
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.job.job_file import looks_like_job
    from speaker_boxes.submit.schema.serialize import parse_request

    if boxes is not None and boxes.is_dir():
        _print_folder(boxes, base_url, as_json=as_json)
        return
    if boxes is not None and looks_like_job(boxes):
        raise typer.BadParameter(f"{boxes} is a job file; give the folder that it lies in")
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


def _print_folder(folder: Path, base_url: str | None, *, as_json: bool) -> None:
    """What all jobs of a folder would cost, each and together; noted in their files."""
    from speaker_boxes.commands.jobs import jobs_of, print_asked
    from speaker_boxes.submit.api.client import Client
    from speaker_boxes.submit.http.responses import Cost
    from speaker_boxes.submit.job.job_folder import ask_cost

    with stderr_reporting(), Client(base_url=base_url) as client:
        answers = list(ask_cost(jobs_of(folder, some=True), client))
    print_asked(answers, as_json=as_json)
    if as_json:
        return
    costs = [
        one.answer.estimated_generation_cost
        for one in answers
        if isinstance(one.answer, Cost) and one.answer.estimated_generation_cost is not None
    ]
    print(f"about {sum(costs):g} for {len(costs)} of {len(answers)} jobs (the server names no "
          "currency)")  # fmt: skip


def _length(prepared: PreparedJob, sync_mode: str) -> tuple[float, float]:
    """Seconds and frames per second of the result."""
    from speaker_boxes.errors import PreflightError
    from speaker_boxes.submit.preflight.audio_length import measure_audio
    from speaker_boxes.submit.preflight.clip_facts import measure_clip
    from speaker_boxes.submit.schema.media import Remote, Script

    spec = prepared.spec
    video = spec.video.url if isinstance(spec.video, Remote) else spec.video.path
    clip = prepared.clip or measure_clip(video)
    sounds_s = [
        None if isinstance(sound, Script) else measure_audio(sound)
        for sound in spec.sounds.values()
    ]
    if spec.video.kind == "image":
        length_s, rate = sounds_s[0], PICTURE_RATE
    elif spec.segments:
        length_s, rate = clip.duration_s, float(clip.frame_rate or 0)
    else:
        length_s = _trimmed(clip.duration_s, sounds_s[0], sync_mode)
        rate = float(clip.frame_rate or 0)
    if length_s is None or not rate:
        raise PreflightError(
            "the length of the clip or of what is said is not known, that of a text never before "
            "it is spoken"
        )
    return length_s, rate


def _trimmed(video_s: float | None, sound_s: float | None, sync_mode: str) -> float | None:
    if video_s is None or sound_s is None:
        return None
    lengths = {"cut_off": min(video_s, sound_s), "silence": max(video_s, sound_s)}
    return lengths.get(sync_mode, sound_s)
