"""Prepare a job without sending anything: digests, frame counts, findings."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.submit.http.auth import has_key
from speaker_boxes.submit.job.dialogue import (
    DialogueOptions,
    dialogue_of,
    make_spec,
    read_sounds,
)
from speaker_boxes.submit.job.spec import JobSpec, SubmitOptions
from speaker_boxes.submit.preflight.audio_length import measure_audio
from speaker_boxes.submit.preflight.boxes_file import Rows
from speaker_boxes.submit.preflight.clip_facts import measure_clip
from speaker_boxes.submit.preflight.finding import Finding
from speaker_boxes.submit.preflight.inputs import PreflightInput
from speaker_boxes.submit.preflight.preflight import check
from speaker_boxes.submit.schema.media import (
    LocalFile,
    Remote,
    Script,
    Sound,
    SoundGiven,
    Source,
    read_source,
    visual_kind,
)
from speaker_boxes.submit.schema.multipart import form_body
from speaker_boxes.submit.schema.request import BoxesSelection, Selection
from speaker_boxes.submit.schema.serialize import to_bytes, to_wire
from speaker_boxes.track.output.turns import Turn

logger = logging.getLogger(__name__)

_SAID_BETTER = frozenset(
    {"model_selects_nobody", "image_model", "image_auto", "image_turns", "text_empty"}
)
"""Findings about what the request itself would be refused for."""


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
    audio: SoundGiven | Mapping[str, SoundGiven],
    selection: Selection | None = None,
    rows: Rows | None = None,
    turns: Sequence[Turn] | None = None,
    dialogue: DialogueOptions | None = None,
    pts_s: npt.NDArray[np.float64] | None = None,
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
    video
        A clip or a picture: a file or an address.
    audio
        A file, an address or a text; with ``turns`` one of each speaker by name.
    selection
        Which face; ``rows`` sent along if ``None``.
    rows
        The boxes, sent along or hosted; with ``turns`` of whoever speaks.
    turns
        Who speaks when, if it is a dialogue.
    dialogue
        How the sounds of a dialogue are laid out, and where its faces are said.
    pts_s : (n_frames,)
        Time of each frame; by the clip's rate if ``None``.
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
    source = read_source(visual_kind(video), video)
    sounds = read_sounds(audio, turns)
    if selection is None:
        if rows is None:
            raise ValueError("needs boxes or a selection")
        selection = BoxesSelection(bounding_boxes=rows)
    clip = known if trust_count else _facts(source, known, rows is not None, progress)
    wanted = dialogue or DialogueOptions()
    looked_at = None
    if turns is not None:
        looked_at = dialogue_of(
            sounds, turns, wanted, sync_mode=options.sync_mode, rows=rows, clip=clip, pts_s=pts_s
        )
    spec = make_spec(source, sounds, selection, looked_at, wanted, options, multipart=multipart)
    findings = check(
        PreflightInput(
            model=options.model,
            sync_mode=options.sync_mode,
            selection=spec.selection,
            rows=rows,
            clip=clip,
            sound_s=None if turns is not None else _sound(sounds["audio"], clip),
            has_key=has_key() if has_api_key is None else has_api_key,
            dialogue=looked_at,
            is_image=source.kind == "image",
            script=_script(sounds),
            n_request_bytes=_segment_bytes(spec),
        )
    )
    # what has a finding is said there in better words than the request's own
    if not any(one.code in _SAID_BETTER for one in findings):
        request = spec.request(dict.fromkeys(spec.files, "asset"))
        if multipart:
            form_body(request, list(spec.files.values()), "checked")
    return PreparedJob(spec=spec, findings=findings, clip=clip)


def look(
    *,
    video: str | Path | None,
    selection: Selection | None = None,
    rows: Rows | None = None,
    known: ClipFacts | None = None,
    options: SubmitOptions | None = None,
    trust_count: bool = False,
    progress: Progress = no_progress,
) -> list[Finding]:
    """What can be said before there is a sound, or a key.

    Parameters as in ``prepare``; without a ``video`` the clip is what is ``known`` of it.

    Raises
    ------
    PreflightError, VideoError
        As from ``prepare``.
    """
    options = options or SubmitOptions()
    clip, is_image = known, False
    if video is not None and not trust_count:
        source = read_source(visual_kind(video), video)
        clip, is_image = _facts(source, known, rows is not None, progress), source.kind == "image"
    if selection is None and rows is not None:
        selection = BoxesSelection(bounding_boxes=rows)
    return check(
        PreflightInput(
            model=options.model,
            sync_mode=options.sync_mode,
            selection=selection,
            rows=rows,
            clip=clip,
            is_image=is_image,
        )
    )


def _script(sounds: Mapping[str, Sound]) -> str | None:
    texts = [sound.text for sound in sounds.values() if isinstance(sound, Script)]
    return max(texts, key=len) if texts else None


def _segment_bytes(spec: JobSpec) -> int | None:
    """Bytes of the segments, if they hold boxes; else the boxes alone are counted."""
    if spec.selection is not None or not spec.segments:
        return None
    return len(to_bytes([to_wire(segment) for segment in spec.segments]))


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


def _sound(audio: Sound, clip: ClipFacts | None) -> float | None:
    # a file is looked at in any case: one without sound is found here and not after the upload
    if isinstance(audio, LocalFile):
        return measure_audio(audio)
    # an address is fetched only where there is a length to compare with
    return measure_audio(audio) if isinstance(audio, Remote) and clip is not None else None
