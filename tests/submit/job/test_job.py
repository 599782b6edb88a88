"""The job file: one payment for one request, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from speaker_boxes.errors import (
    GenerationError,
    JobFileError,
    SubmitConnectionError,
    SubmitError,
    SubmitTimeoutError,
)
from speaker_boxes.submit.job.job_file import Job
from tests.loopback.faults import cut_result, refuse, take_and_drop
from tests.loopback.state import RESULT, Fault
from tests.submit.job.desk import Desk


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
