"""Boxes in, generation out: the whole of a submission as one function, blocking or awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from speaker_boxes.files import check_writable
from speaker_boxes.submit.api.client import AsyncClient, Client
from speaker_boxes.submit.api.endpoints import DEADLINE_S
from speaker_boxes.submit.http.responses import Generation
from speaker_boxes.submit.job.dialogue import DialogueOptions
from speaker_boxes.submit.job.job_file import job_path_for
from speaker_boxes.submit.job.prepare import PreparedJob, prepare
from speaker_boxes.submit.job.run_job import RunOptions, run_job
from speaker_boxes.submit.job.spec import SubmitOptions
from speaker_boxes.submit.preflight.preflight import raise_for_findings
from speaker_boxes.submit.schema.media import SoundGiven
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import Turn, TurnBoxes, merge_by_turns


def submit_boxes(
    result: SpeakerBoxes | TurnBoxes | Mapping[str, SpeakerBoxes],
    *,
    video: str | Path,
    audio: SoundGiven | Mapping[str, SoundGiven],
    turns: Sequence[Turn] | None = None,
    dialogue: DialogueOptions | None = None,
    options: SubmitOptions | None = None,
    job_file: Path | None = None,
    wait: bool = True,
    deadline_s: float = DEADLINE_S,
    output: Path | None = None,
    new: bool = False,
    strict: bool = False,
    client: Client | None = None,
) -> Generation:
    """Check a job, run it, and tell how it ended.

    Parameters
    ----------
    result
        The boxes. If they were not made from ``video`` itself, its frames are counted. Those of
        several speakers, from ``track_speakers``, become one array by ``turns``.
    video, audio
        Files, which are uploaded, or addresses, which the server fetches. The clip may be a
        picture, the sound a ``Script``; of several speakers a sound of each by name.
    turns
        Who of several speakers speaks when; taken from ``result`` if that has turns.
    dialogue
        How the sounds of several speakers are laid out, and where their faces are said.
    job_file
        Where the job is noted before it is sent; beside the video if ``None``, and in the current
        folder for an address. Calling again with the same request goes on with the same job.
    wait
        Until it has ended; else the generation is told as it was accepted.
    output
        Where to download the result to; it must not exist.
    new
        Pay for another generation though the job file holds one of the same request.
    strict
        Let warnings stop the job too.
    client
        Made from ``SYNC_API_KEY`` and ``SYNC_BASE_URL`` if ``None``, and closed at the end then.

    Raises
    ------
    PreflightError
        The job would fail or waste a paid generation; it was not sent.
    GenerationError
        It ended without a result.
    SubmitTimeoutError
        It had not ended by the deadline; calling again goes on waiting.
    SubmitError
        It could not be sent; see ``speaker_boxes.errors``.
    """
    made = client or Client()
    try:
        wanted = _Wanted(result, video, audio, turns, dialogue, options)
        prepared = _prepared(wanted, output, strict)
        run_options = RunOptions(
            wait=wait or output is not None, deadline_s=deadline_s, output=output, new=new
        )
        path = job_file or job_path_for(None, video)
        return made.driver.run(
            run_job(prepared.spec, path, made.base_url, made.config, run_options)
        )
    finally:
        if client is None:
            made.close()


async def submit_boxes_async(
    result: SpeakerBoxes | TurnBoxes | Mapping[str, SpeakerBoxes],
    *,
    video: str | Path,
    audio: SoundGiven | Mapping[str, SoundGiven],
    turns: Sequence[Turn] | None = None,
    dialogue: DialogueOptions | None = None,
    options: SubmitOptions | None = None,
    job_file: Path | None = None,
    wait: bool = True,
    deadline_s: float = DEADLINE_S,
    output: Path | None = None,
    new: bool = False,
    strict: bool = False,
    client: AsyncClient | None = None,
) -> Generation:
    """``submit_boxes``, to be awaited; parameters and errors are the same."""
    made = client or AsyncClient()
    try:
        # digests and frame counts take a while: not on the event loop
        wanted = _Wanted(result, video, audio, turns, dialogue, options)
        prepare_job = partial(_prepared, wanted, output, strict)
        prepared = await asyncio.to_thread(prepare_job)
        run_options = RunOptions(
            wait=wait or output is not None, deadline_s=deadline_s, output=output, new=new
        )
        path = job_file or job_path_for(None, video)
        return await made.driver.run(
            run_job(prepared.spec, path, made.base_url, made.config, run_options)
        )
    finally:
        if client is None:
            await made.close()


@dataclass(frozen=True, slots=True)
class _Wanted:
    result: SpeakerBoxes | TurnBoxes | Mapping[str, SpeakerBoxes]
    video: str | Path
    audio: SoundGiven | Mapping[str, SoundGiven]
    turns: Sequence[Turn] | None
    dialogue: DialogueOptions | None
    options: SubmitOptions | None


def _prepared(wanted: _Wanted, output: Path | None, strict: bool) -> PreparedJob:
    if output is not None:
        check_writable(output, overwrite=False)
    result = _merged(wanted.result, wanted.turns)
    spoken = isinstance(result, TurnBoxes) and isinstance(wanted.audio, Mapping)
    prepared = prepare(
        video=wanted.video,
        audio=wanted.audio,
        rows=result.bounding_boxes,
        turns=result.turns if spoken and isinstance(result, TurnBoxes) else None,
        dialogue=wanted.dialogue,
        pts_s=result.video.pts_s if spoken else None,
        known=result.video.facts(),
        options=wanted.options,
        has_api_key=True,
    )
    raise_for_findings(prepared.findings, strict=strict)
    return prepared


def _merged(
    result: SpeakerBoxes | TurnBoxes | Mapping[str, SpeakerBoxes], turns: Sequence[Turn] | None
) -> SpeakerBoxes | TurnBoxes:
    """One array.

    Raises
    ------
    ValueError
        There are turns and no boxes to choose from by them, or several people's and no turns.
    """
    if isinstance(result, Mapping):
        if turns is None:
            raise ValueError("boxes of several speakers need turns")
        return merge_by_turns(result, turns)
    if turns is not None:
        raise ValueError("turns go with boxes of several speakers, got one array")
    return result
