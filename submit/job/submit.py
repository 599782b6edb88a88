"""Boxes in, generation out: the whole of a submission as one function, blocking or awaited."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from speaker_boxes.files import check_writable
from speaker_boxes.submit.api.client import AsyncClient, Client
from speaker_boxes.submit.api.endpoints import DEADLINE_S
from speaker_boxes.submit.http.responses import Generation
from speaker_boxes.submit.job.job_file import job_path_for
from speaker_boxes.submit.job.prepare import PreparedJob, prepare
from speaker_boxes.submit.job.run_job import RunOptions, run_job
from speaker_boxes.submit.job.spec import SubmitOptions
from speaker_boxes.submit.preflight.preflight import raise_for_findings
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import TurnBoxes


def submit_boxes(
    result: SpeakerBoxes | TurnBoxes,
    *,
    video: str | Path,
    audio: str | Path,
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
        The boxes. If they were not made from ``video`` itself, its frames are counted.
    video, audio
        Files, which are uploaded, or addresses, which the server fetches.
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
        prepared = _prepared(result, video, audio, options, output, strict)
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
    result: SpeakerBoxes | TurnBoxes,
    *,
    video: str | Path,
    audio: str | Path,
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
        prepare_job = partial(_prepared, result, video, audio, options, output, strict)
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


def _prepared(
    result: SpeakerBoxes | TurnBoxes,
    video: str | Path,
    audio: str | Path,
    options: SubmitOptions | None,
    output: Path | None,
    strict: bool,
) -> PreparedJob:
    if output is not None:
        check_writable(output, overwrite=False)
    prepared = prepare(
        video=video,
        audio=audio,
        rows=result.bounding_boxes,
        known=result.video.facts(),
        options=options,
        has_api_key=True,
    )
    raise_for_findings(prepared.findings, strict=strict)
    return prepared
