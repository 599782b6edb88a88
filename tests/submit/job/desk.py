"""A job and all that it is made of, on one desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.http.responses import Generation
from speaker_boxes.submit.job.job_file import Job
from speaker_boxes.submit.job.run_job import RunOptions, resume_job, run_job
from speaker_boxes.submit.job.spec import JobSpec, SubmitOptions
from speaker_boxes.submit.schema.media import read_source
from speaker_boxes.submit.schema.request import BoxesSelection
from tests.loopback.clock import Clock
from tests.loopback.state import FakeSync

Run = Callable[..., Generation]


class Desk:
    """A clip, a sound, boxes, a job file, and a client to run them."""

    def __init__(self, folder: Path, sync_api: FakeSync, clock: Clock) -> None:
        self.video, self.audio = folder / "talk.mp4", folder / "say.wav"
        self.video.write_bytes(b"picture" * 5000)
        self.audio.write_bytes(b"sound" * 5000)
        self.job = folder / "talk.job.json"
        self.result = folder / "result.mp4"
        self.api, self.clock = sync_api, clock

    def spec(self, boxes: list[Any] | None = None, **how: Any) -> JobSpec:
        rows = boxes or [[1, 2, 3, 4], None]
        multipart = how.pop("multipart", False)
        return JobSpec(
            video=read_source("video", self.video),
            sounds={"audio": read_source("audio", self.audio)},
            selection=BoxesSelection(bounding_boxes=rows),
            options=SubmitOptions(**how),
            multipart=multipart,
        )

    def client(self) -> Client:
        return Client(
            base_url=self.api.base_url, config=self.clock.config(attempts=2), sleep=self.clock.sleep
        )

    def run(self, spec: JobSpec | None = None, **run_options: Any) -> Generation:
        with self.client() as client:
            flow = run_job(
                spec or self.spec(),
                self.job,
                client.base_url,
                client.config,
                RunOptions(**run_options),
            )
            return client.driver.run(flow)

    def resume(self, **run_options: Any) -> Generation:
        with self.client() as client:
            return client.driver.run(resume_job(self.job, client.config, RunOptions(**run_options)))

    def read(self) -> Job:
        return Job.read(self.job)
