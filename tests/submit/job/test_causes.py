"""Errors tell the cause, and nothing is given up because it comes a moment late."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.errors import GenerationError, SubmitReplyError, SubmitStatusError
from tests.loopback.faults import refuse
from tests.loopback.handler import Handler
from tests.loopback.state import FakeSync
from tests.submit.job.desk import Desk

Ask = Callable[..., Any]
S3 = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>%s</Code><Message>said so</Message>'
    b"<RequestId>R1</RequestId></Error>"
)
XML = {"content-type": "application/xml"}


@pytest.fixture
def call(desk: Desk) -> Ask:
    """Call a method of a client by its name."""

    def run(method: str, *arguments: object) -> Any:
        with desk.client() as client:
            return getattr(client, method)(*arguments)

    return run


@pytest.mark.parametrize("code", ["EntityTooLarge", "SignatureDoesNotMatch"])
def test_a_storage_hosts_own_reason_is_told(
    call: Ask, sync_api: FakeSync, tmp_path: Path, code: str
) -> None:
    sync_api.faults["put"] = [refuse(400, S3 % code.encode(), XML)] * 5
    clip = tmp_path / "talk.mp4"
    clip.write_bytes(b"x" * 100)

    with pytest.raises(SubmitStatusError, match=rf"400 \({code}: said so\) \[request R1\]") as got:
        call("upload", "video", clip)

    assert got.value.code == code


def test_a_file_that_is_too_large_is_not_called_an_old_address(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    sync_api.faults["put"] = [refuse(400, S3 % b"EntityTooLarge", XML)] * 5
    clip = tmp_path / "talk.mp4"
    clip.write_bytes(b"x" * 100)

    with pytest.raises(SubmitStatusError, match="too large for the storage host"):
        call("upload", "video", clip)


def test_a_firewalls_page_is_not_blamed_on_the_key(call: Ask, sync_api: FakeSync) -> None:
    page = b"<!DOCTYPE html><html><head><title>Attention Required! | Guard</title></head></html>"
    sync_api.faults["look"] = [refuse(403, page, {"content-type": "text/html; charset=UTF-8"})]

    with pytest.raises(SubmitStatusError, match=r"403 \(Attention Required! .*web page") as caught:
        call("get", "gen-1")

    assert "the key may not" not in str(caught.value)


def test_the_apis_own_403_is_about_the_key(call: Ask, sync_api: FakeSync) -> None:
    sync_api.faults["look"] = [refuse(403, {"message": "Forbidden"})]

    with pytest.raises(SubmitStatusError, match="the key may not do this"):
        call("get", "gen-1")


def test_an_empty_result_is_called_so(desk: Desk) -> None:
    desk.api.result = b""
    desk.api.faults["result"] = []

    with pytest.raises(SubmitReplyError, match="sent an empty file"):
        desk.run(wait=True, output=desk.result)

    assert not desk.result.exists()


def test_a_job_that_is_not_known_yet_is_looked_for_again(desk: Desk) -> None:
    """The create is told by one machine of the server's, the look answered by another."""
    unknown = refuse(404, {"message": "Generation not found", "errorCode": "generation_not_found"})
    desk.api.faults["look"] = [unknown] * 3

    assert desk.run(wait=True).completed
    assert desk.clock.waits[:3] == [2, 2, 2]
    assert len(desk.api.jobs) == 1


def test_a_job_that_nobody_knows_is_given_up(desk: Desk) -> None:
    unknown = refuse(404, {"message": "Generation not found", "errorCode": "generation_not_found"})
    desk.api.faults["look"] = [unknown] * 100

    with pytest.raises(SubmitStatusError, match="404"):
        desk.run(wait=True)

    assert sum(desk.clock.waits) == 30


def test_an_unknown_id_is_said_at_once(call: Ask, sync_api: FakeSync) -> None:
    """Who asks for a job by its id is not kept waiting."""
    sync_api.faults["look"] = [refuse(404, {"message": "no"})]

    with pytest.raises(SubmitStatusError, match="404"):
        call("get", "gen-9")

    assert len(sync_api.calls("look")) == 1


def without_address(handler: Handler, good: Callable[[], None]) -> None:
    """It has ended, and where its result is will be told later."""
    generation = handler.generation("gen-1", "COMPLETED")
    handler.send(200, {**generation, "outputUrl": None})


def test_the_address_of_a_result_may_come_late(desk: Desk) -> None:
    desk.api.faults["look"] = [without_address] * 3

    desk.run(wait=True, output=desk.result)

    assert desk.result.read_bytes() == desk.api.result


def test_timed_out_is_an_end(desk: Desk) -> None:
    desk.api.statuses = ["PROCESSING", "TIMED_OUT"]

    with pytest.raises(GenerationError, match="ended TIMED_OUT"):
        desk.run(wait=True)

    assert len(desk.api.calls("look")) == 2
