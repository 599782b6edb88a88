"""Prepare a job without sending anything: digests, frame counts, findings."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.submit.http.auth import has_key
from speaker_boxes.submit.job.spec import JobSpec, SubmitOptions
from speaker_boxes.submit.preflight.audio_length import measure_audio
from speaker_boxes.submit.preflight.boxes_file import Rows
from speaker_boxes.submit.preflight.clip_facts import measure_clip
from speaker_boxes.submit.preflight.preflight import Finding, PreflightInput, check
from speaker_boxes.submit.schema.media import LocalFile, Source, read_source
from speaker_boxes.submit.schema.multipart import form_body
from speaker_boxes.submit.schema.request import NO_SELECTION_MODELS, BoxesSelection, Selection
from speaker_boxes.submit.schema.sync_modes import STRETCHING_MODES

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedJob:
    """A job that could be sent, and what is to be said against it."""

    spec: JobSpec
    findings: list[Finding]
    clip: ClipFacts | None
    """Of the file that is sent, as far as it is known."""


def prepare(
    *,
    video: str | Path,
    audio: str | Path,
    selection: Selection | None = None,
    rows: Rows | None = None,
    known: ClipFacts | None = None,
    options: SubmitOptions | None = None,
    multipart: bool = False,
    trust_count: bool = False,
    has_api_key: bool | None = None,
    progress: Progress = no_progress,
) -> PreparedJob:
    """Look at everything that is to be sent.

    Parameters
    ----------
    selection
        Which face; ``rows`` sent along if ``None``.
    rows
        The boxes, sent along or hosted.
    known
        What is known of a clip; used if its digest is that of the file that is sent.
    trust_count
        Take ``known`` for the clip that is sent though no digest says so, and do not decode.
    has_api_key
        Whether there is a key; looked up in the environment if ``None``.

    Raises
    ------
    PreflightError
        A file is missing or of a kind that the API does not take, or the request is not valid.
    VideoError
        The clip does not open or decode.
    """
    options = options or SubmitOptions()
    sources = read_source("video", video), read_source("audio", audio)
    if selection is None:
        if rows is None:
            raise ValueError("needs boxes or a selection")
        selection = BoxesSelection(bounding_boxes=rows)
    spec = JobSpec(
        video=sources[0], audio=sources[1], selection=selection, options=options,
        multipart=multipart,
    )  # fmt: skip
    clip = known if trust_count else _facts(sources[0], known, rows is not None, progress)
    findings = check(
        PreflightInput(
            model=options.model,
            sync_mode=options.sync_mode,
            selection=selection,
            rows=rows,
            clip=clip,
            sound_s=_sound(sources[1], options.sync_mode),
            has_key=has_key() if has_api_key is None else has_api_key,
        )
    )
    if options.model not in NO_SELECTION_MODELS:  # that has a finding, in better words
        request = spec.request({file.kind: "asset" for file in spec.files})
        if multipart:
            form_body(request, spec.files, "checked")
    return PreparedJob(spec=spec, findings=findings, clip=clip)


def _facts(
    video: Source, known: ClipFacts | None, counted: bool, progress: Progress
) -> ClipFacts | None:
    if isinstance(video, LocalFile):
        if known is not None and known.sha256 == video.sha256:
            return known
        logger.info("%s: counting its frames", video.path)
        return measure_clip(video.path, progress=progress)
    # an address would have to be fetched for its digest too; without boxes it need not be
    return measure_clip(video.url, progress=progress) if counted else None


def _sound(audio: Source, sync_mode: str) -> float | None:
    # a file is looked at in any case: one without sound is found here and not after the upload
    if isinstance(audio, LocalFile) or sync_mode in STRETCHING_MODES:
        return measure_audio(audio)
    return None
