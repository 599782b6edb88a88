"""What the API takes at most, and what only some models take: sizes, plans, pictures, texts."""

from __future__ import annotations

from collections.abc import Iterator

from speaker_boxes.errors import Remedy
from speaker_boxes.submit.preflight.finding import Finding, error, warning
from speaker_boxes.submit.preflight.inputs import PreflightInput
from speaker_boxes.submit.schema.request import AutoSelection, BoxesUrlSelection, PointSelection
from speaker_boxes.submit.schema.serialize import to_bytes

PLAN_LENGTHS_S = {"Creator": 300.0, "Growth": 600.0, "Scale": 1800.0}
"""Seconds of a clip, by the API's billing pages; plans below Creator select no speaker."""
IMAGE_MODEL = "sync-3"
LONG_SCRIPT = 5000
"""Characters; a guess: about five minutes of speech, and as much as the strictest models of
ElevenLabs take at once. The API has a code for a text that is too long
(``generation_text_length_exceeded``), but names no number."""
MAX_INLINE = 10**6
"""Bytes; the API's limit is unknown, its documentation wants long arrays by address."""


def check_limits(job: PreflightInput) -> Iterator[Finding]:
    """Everything that is over a limit."""
    yield from _check_size(job)
    yield from _check_plan(job)
    yield from _check_image(job)
    yield from _check_text(job)


def _check_size(job: PreflightInput) -> Iterator[Finding]:
    size = job.n_request_bytes
    if size is None and job.rows is not None and not isinstance(job.selection, BoxesUrlSelection):
        size = len(to_bytes(job.rows))
    if size is not None and size > MAX_INLINE:
        in_segments = job.dialogue is not None and job.selection is None
        yield warning(
            "inline_size",
            f"the boxes take {size} bytes in the request",
            Remedy("say the faces once for all turns", "select_in_options")
            if in_segments
            else Remedy("host the boxes file and send its address", "host_boxes"),
        )


def _check_plan(job: PreflightInput) -> Iterator[Finding]:
    """By the plans' documented lengths; which one the key is of is not known here."""
    length_s = job.clip.duration_s if job.clip else None
    if length_s is None or (job.selection is None and job.dialogue is None):
        return
    plans = [name for name, most_s in PLAN_LENGTHS_S.items() if length_s <= most_s]
    if len(plans) < len(PLAN_LENGTHS_S):
        needed = plans[0] if plans else "Enterprise"
        yield warning(
            "plan_length",
            f"the clip lasts {length_s:.0f} s, which takes the plan {needed} or a larger one; "
            "cut the clip if the account has a smaller one",
        )


def _check_image(job: PreflightInput) -> Iterator[Finding]:
    if not job.is_image:
        return
    if job.model != IMAGE_MODEL:
        yield error(
            "image_model",
            f"{job.model} takes no picture, only {IMAGE_MODEL} does",
            Remedy(f"ask for {IMAGE_MODEL}", "other_model"),
        )
    if isinstance(job.selection, AutoSelection):
        yield error(
            "image_auto",
            "the server finds a speaker by how lips move, and refuses to in a still picture",
            Remedy("choose the face by a point, or by a box", "choose_face_in_picture"),
        )
    if isinstance(job.selection, PointSelection) and job.selection.frame_number != 0:
        yield error(
            "image_frame",
            f"frame {job.selection.frame_number} is chosen; a picture is frame 0, choose in that",
        )
    if job.dialogue is not None:
        yield error("image_turns", "turns are of a clip, a picture has no times; send one sound")


def _check_text(job: PreflightInput) -> Iterator[Finding]:
    if job.script is None:
        return
    if not job.script.strip():
        yield error("text_empty", "the text is empty; say what is to be spoken")
    elif len(job.script) > LONG_SCRIPT:
        yield warning(
            "text_long",
            f"the text has {len(job.script)} characters, and the server refuses texts over a "
            f"length that is not documented; keep it under {LONG_SCRIPT}, or part it",
        )
