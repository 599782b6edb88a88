"""The job file: one payment for one request, whatever happens in between."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.errors import (
    GenerationError,
    JobFileError,
    PreflightError,
    SubmitConnectionError,
    SubmitError,
    SubmitStatusError,
    SubmitTimeoutError,
)
from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.http.responses import Generation
from speaker_boxes.submit.job.job_file import Job, job_path_for
from speaker_boxes.submit.job.lock import lock_file
from speaker_boxes.submit.job.run_job import RunOptions, resume_job, run_job
from speaker_boxes.submit.job.spec import JobSpec, SubmitOptions
from speaker_boxes.submit.schema.media import read_source
from speaker_boxes.submit.schema.request import BoxesSelection
from tests.loopback import (
    RESULT,
    Clock,
    FakeSync,
    Fault,
    cut_result,
    cut_upload,
    drop,
    refuse,
    take_and_drop,
    take_and_send,
)

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
            audio=read_source("audio", self.audio),
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


@pytest.fixture
def desk(tmp_path: Path, sync_api: FakeSync, clock: Clock) -> Desk:
    return Desk(tmp_path, sync_api, clock)


def test_a_job_from_files_to_result(desk: Desk) -> None:
    """Two uploads, one create, looks, a download; the file tells it all."""
    generation = desk.run(output=desk.result)

    assert generation.completed
    assert desk.result.read_bytes() == RESULT
    [create] = desk.api.calls("create")
    assert create.json == {
        "model": "lipsync-2",
        "input": [
            {"type": "video", "assetId": "asset-1"},
            {"type": "audio", "assetId": "asset-2"},
        ],
        "options": {
            "sync_mode": "cut_off",
            "active_speaker_detection": {
                "auto_detect": False,
                "bounding_boxes": [[1, 2, 3, 4], None],
            },
        },
    }
    job = desk.read()
    assert (job.state, job.status, job.generation_id) == ("ended", "COMPLETED", "gen-1")
    assert create.headers["idempotency-key"] == job.idempotency_key
    assert job.request == create.json
    assert job.output == str(desk.result)
    left = {path.name for path in desk.job.parent.iterdir()}
    assert left == {"talk.mp4", "say.wav", "talk.job.json", "result.mp4"}


def test_the_key_is_on_disk_before_it_is_sent(desk: Desk) -> None:
    """When the create arrives, the file already holds its key and its body."""
    seen: list[Job] = []

    def look(handler: Any, good: Callable[[], None]) -> None:
        seen.append(desk.read())
        good()

    desk.api.faults["create"] = [look]
    desk.run(wait=False)

    [create] = desk.api.calls("create")
    assert seen[0].state == "sending"
    assert seen[0].idempotency_key == create.headers["idempotency-key"]
    assert seen[0].request == create.json


def test_an_ended_job_is_not_paid_again(desk: Desk) -> None:
    """The same request once more: the same generation, and no create."""
    desk.run()
    again = desk.run(output=desk.result)

    assert again.id == "gen-1"
    assert desk.result.read_bytes() == RESULT
    assert len(desk.api.calls("create")) == 1
    assert len(desk.api.calls("put")) == 2


def test_a_new_job_can_be_forced(desk: Desk) -> None:
    """Another key, another payment, no second upload; the old file is kept."""
    desk.run()
    old = desk.read()
    again = desk.run(new=True)

    assert again.id == "gen-2"
    assert len(desk.api.jobs) == 2
    assert len(desk.api.calls("put")) == 2
    kept = desk.job.with_name(f"talk.job.{old.idempotency_key[:8]}.json")
    assert Job.read(kept) == old


def test_another_request_after_an_ended_job_is_a_new_one(desk: Desk) -> None:
    desk.run()
    desk.run(desk.spec([None, [5, 6, 7, 8]]))

    assert len(desk.api.jobs) == 2
    assert len(desk.api.calls("put")) == 2


@pytest.mark.parametrize(
    "change",
    [{"boxes": [[9, 9, 10, 10], None]}, {"model": "sync-3"}, {"sync_mode": "silence"}],
    ids=["boxes", "model", "mode"],
)
@pytest.mark.parametrize("fault", [None, take_and_drop], ids=["accepted", "unknown"])
def test_another_request_does_not_take_over_an_open_job(
    desk: Desk, change: dict[str, Any], fault: Fault | None
) -> None:
    """The key of an open job is neither used for another request nor dropped."""
    desk.api.faults["create"] = [fault, fault]
    try:
        desk.run(wait=False)
    except SubmitConnectionError:
        assert fault is not None
    before = desk.job.read_bytes()
    sent = len(desk.api.seen)

    with pytest.raises(JobFileError, match=r"holds another request .*; .*ask for a new one"):
        desk.run(desk.spec(**change))

    assert desk.job.read_bytes() == before
    assert len(desk.api.seen) == sent


def test_another_server_does_not_get_an_open_job(desk: Desk, monkeypatch: Any) -> None:
    """The same request to another server is another job."""
    desk.run(wait=False)
    monkeypatch.setattr(desk.api, "base_url", desk.api.base_url.replace("127.0.0.1", "localhost"))

    with pytest.raises(JobFileError, match=r"holds another request"):
        desk.run()


@pytest.mark.parametrize(
    "fault",
    [take_and_drop, take_and_send(b"<html>", "text/html"), take_and_send(b"{", "text/plain", 9)],
    ids=["dropped", "HTML", "truncated"],
)
@pytest.mark.parametrize("by_file", [False, True], ids=["same command", "job file alone"])
def test_a_lost_answer_is_asked_for_with_the_same_key(
    desk: Desk, fault: Fault, by_file: bool
) -> None:
    """All tries fail; the next run sends the same bytes with the same key."""
    desk.api.faults["create"] = [fault, fault]
    with pytest.raises(SubmitError):
        desk.run()
    assert desk.read().state == "sending"

    generation = desk.resume() if by_file else desk.run()

    assert generation.completed
    assert list(desk.api.jobs.values()) == ["gen-1"]
    assert len({seen.body for seen in desk.api.calls("create")}) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 413, 422, 429])
def test_a_refused_request_may_be_changed(desk: Desk, status: int) -> None:
    """The server holds no job: another request, or the same one, gets a key of its own."""
    desk.api.faults["create"] = [refuse(status, {"message": "no"})] * (2 if status == 429 else 1)
    with pytest.raises(SubmitStatusError):
        desk.run()
    first = desk.read()
    desk.run(desk.spec(model="sync-3"))

    assert first.state == "refused"
    assert first.error is not None
    assert desk.read().idempotency_key != first.idempotency_key
    assert len(desk.api.jobs) == 1
    assert len(desk.api.calls("put")) == 2


def test_a_refusal_after_a_lost_answer_proves_nothing(desk: Desk) -> None:
    """The first try may have been taken: the key is kept."""
    desk.api.faults["create"] = [
        take_and_drop,
        refuse(401, {"message": "Unauthorized"}),
    ]
    with pytest.raises(SubmitStatusError):
        desk.run()
    assert desk.read().state == "sending"

    desk.run()

    assert list(desk.api.jobs.values()) == ["gen-1"]


def test_a_server_that_was_not_reached_changes_nothing(desk: Desk) -> None:
    """No connection, no job: another request may take the file."""
    spec = desk.spec()
    good, desk.api.base_url = desk.api.base_url, "http://127.0.0.1:9"
    with pytest.raises(SubmitConnectionError):
        desk.run(spec)
    desk.api.base_url = good

    assert desk.read().state == "new"
    assert desk.run(desk.spec(model="sync-3")).completed


@pytest.mark.parametrize(
    ("route", "fault", "puts"),
    [
        ("put", cut_upload, 2), ("register", drop, 2), ("upload", refuse(500, {}), 2),
        ("create", refuse(402, {}), 2),
    ],
    ids=["bytes", "asset", "place", "create"],
)  # fmt: skip
def test_what_is_uploaded_is_not_uploaded_again(
    desk: Desk, route: str, fault: Fault, puts: int
) -> None:
    """The second file fails; the next run goes on there."""
    desk.api.faults[route] = [None, fault, fault] if route != "create" else [fault]
    with pytest.raises(SubmitError):
        desk.run()
    assert desk.read().uploads.keys() >= {"video"}

    assert desk.run().completed
    assert len(desk.api.calls("put")) == puts
    assert len(desk.api.jobs) == 1


def test_a_file_that_vanished_from_storage_is_put_again(desk: Desk) -> None:
    """Put, never registered, gone: registering fails, so it is put once more."""
    desk.api.faults["register"] = [drop, drop]
    with pytest.raises(SubmitConnectionError):
        desk.run()
    desk.api.stored.clear()

    assert desk.run().completed
    assert len(desk.api.calls("put")) == 3


def test_a_lost_asset_is_uploaded_again(desk: Desk) -> None:
    """The server has forgotten an asset: the next run does not rely on it."""
    lost = {"errorCode": "asset_not_found", "message": "gone"}
    desk.api.faults["create"] = [refuse(404, lost)]
    with pytest.raises(SubmitStatusError, match="it will be uploaded again"):
        desk.run()

    assert desk.run().completed
    assert len(desk.api.calls("put")) == 4


def test_a_file_that_changed_is_not_sent(desk: Desk) -> None:
    """Between the check and the upload somebody wrote to it."""
    spec = desk.spec()
    desk.video.write_bytes(b"other")

    with pytest.raises(PreflightError, match="has changed since it was checked"):
        desk.run(spec)

    assert desk.api.seen == []


def test_a_job_that_fails_late_says_why(desk: Desk) -> None:
    """Taken, and failed afterwards: the error, what to do, and no second payment."""
    desk.api.statuses = ["PROCESSING", "FAILED"]
    desk.api.extra = {"errorCode": "generation_input_face_selection_invalid", "error": "bad face"}

    for _ in range(2):
        with pytest.raises(GenerationError, match=r"bad face.*one entry for each frame") as caught:
            desk.run()

    assert caught.value.code == "generation_input_face_selection_invalid"
    job = desk.read()
    assert (job.state, job.status, job.error) == ("ended", "FAILED", "bad face")
    assert len(desk.api.calls("create")) == 1


def test_a_job_that_never_ends_can_be_waited_for_again(desk: Desk) -> None:
    """The deadline passes; the error holds the command that goes on."""
    desk.api.statuses = ["PROCESSING"]
    with pytest.raises(SubmitTimeoutError, match="run the job again to go on waiting"):
        desk.run(deadline_s=30)
    desk.api.statuses = ["COMPLETED"]

    assert desk.resume().completed
    assert len(desk.api.calls("create")) == 1


def test_without_waiting_the_job_is_only_looked_at(desk: Desk) -> None:
    desk.run(wait=False)
    desk.run(wait=False)

    assert len(desk.api.calls("create")) == 1
    assert len(desk.api.calls("look")) == 2


def test_a_result_whose_address_ran_out_is_asked_for_anew(desk: Desk) -> None:
    """403 from the storage host: the generation is looked at again, once."""
    desk.api.faults["result"] = [cut_result(500), refuse(403, b"<Error/>")]

    desk.run(output=desk.result)

    assert desk.result.read_bytes() == RESULT
    assert len(desk.api.calls("result")) == 3


def test_a_completed_job_without_an_address_is_told(desk: Desk) -> None:
    desk.api.extra = {"outputUrl": None}

    with pytest.raises(SubmitError, match="COMPLETED but has no address of a result"):
        desk.run(output=desk.result)

    assert not desk.result.exists()


def test_files_can_go_along(desk: Desk) -> None:
    """One multipart request; every try sends the same bytes."""
    desk.api.faults["create"] = [take_and_drop, take_and_drop]
    with pytest.raises(SubmitConnectionError):
        desk.run(desk.spec(multipart=True))

    assert desk.resume().completed
    creates = desk.api.calls("create")
    assert len({seen.body for seen in creates}) == 1
    assert creates[0].headers["content-type"].startswith("multipart/form-data; boundary=")
    fields = read_form(creates[0].headers["content-type"], creates[0].body)
    assert fields["video"] == desk.video.read_bytes()
    assert fields["audio"] == desk.audio.read_bytes()
    assert fields["model"] == b"lipsync-2"
    assert "input" not in fields
    assert json.loads(fields["options"])["active_speaker_detection"]["bounding_boxes"][1] is None
    assert list(desk.api.jobs.values()) == ["gen-1"]


def read_form(content_type: str, body: bytes) -> dict[str, bytes]:
    """Take a form apart, the way the standard says."""
    boundary = content_type.split("boundary=")[1].encode()
    *parts, end = (b"\r\n" + body).split(b"\r\n--" + boundary)
    assert end == b"--\r\n"
    fields = {}
    for part in parts[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        fields[head.split(b'name="')[1].split(b'"')[0].decode()] = content
    return fields


def test_a_file_along_that_changed_is_not_sent(desk: Desk) -> None:
    desk.api.faults["create"] = [take_and_drop, take_and_drop]
    with pytest.raises(SubmitConnectionError):
        desk.run(desk.spec(multipart=True))
    desk.audio.write_bytes(b"another sound")

    with pytest.raises(PreflightError, match="not the file any more that this job is about"):
        desk.resume()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no job file: "),
        (b"{}", "is no job file: idempotency_key: Field required"),
        (b"\xff\x00", "is no job file: "),
        (b'{"idempotency_key": "a b"}', "is no job file: idempotency_key: "),
    ],
)
def test_a_damaged_job_file_is_one_line(desk: Desk, content: bytes, message: str) -> None:
    """It is neither read nor replaced: its key may have been paid with."""
    desk.job.write_bytes(content)

    with pytest.raises(JobFileError, match=message) as caught:
        desk.run()

    assert len(str(caught.value).splitlines()) == 1
    assert desk.job.read_bytes() == content
    assert desk.api.seen == []


def test_a_job_of_which_nothing_was_sent_needs_its_media(desk: Desk) -> None:
    desk.api.faults["put"] = [drop, drop]
    with pytest.raises(SubmitConnectionError):
        desk.run()

    with pytest.raises(JobFileError, match="submit the boxes and the media again"):
        desk.resume()


HOLD = """
import sys, pathlib
from speaker_boxes.submit.job.lock import lock_file
with lock_file(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_do_not_share_a_job(desk: Desk) -> None:
    """The second one is told at once; when the first is killed the lock is free."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(desk.job)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(JobFileError, match="in use by another process"):
            desk.run()
        other.kill()
    assert desk.api.seen == []

    assert desk.run().completed


def test_a_lock_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "talk.job.json"
    for _ in range(3):
        with lock_file(path):
            with pytest.raises(JobFileError), lock_file(path):
                pass
            assert [entry.name for entry in tmp_path.iterdir()] == [".talk.job.json.lock"]

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("boxes", "video", "job"),
    [
        ("out/talk.json", "a.mp4", "out/talk.job.json"),
        (None, "clips/a.mp4", "clips/a.mp4.job.json"),
        (None, "https://e.x/clips/a%20b.mp4?sig=1", "a_20b.mp4.job.json"),
        (None, "https://e.x", "e.x.job.json"),
    ],
)
def test_where_job_files_go(boxes: str | None, video: str, job: str) -> None:
    assert job_path_for(Path(boxes) if boxes else None, video) == Path(job)
