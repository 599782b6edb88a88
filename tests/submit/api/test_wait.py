"""Waiting for a job, and the other endpoints that only ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from speaker_boxes.errors import (
    SubmitTimeoutError,
)
from speaker_boxes.submit.schema.request import AudioInput, GenerationRequest, VideoInput
from tests.loopback.clock import Clock
from tests.loopback.faults import drop, refuse
from tests.loopback.state import FakeSync

REQUEST = GenerationRequest(
    model="lipsync-2",
    input=[VideoInput(url="https://e.x/v.mp4"), AudioInput(url="https://e.x/a.wav")],
)
Ask = Callable[..., Any]


def test_waiting_holds_looks_open_and_rests_as_asked(
    call: Ask, sync_api: FakeSync, clock: Clock
) -> None:
    """Long polls, with the pause that the server asks for, until there is an end."""
    sync_api.statuses = ["PENDING", "PROCESSING", "SOMETHING_NEW", "COMPLETED"]

    generation = call("wait", "gen-1")

    assert generation.completed
    assert generation.output_url == f"{sync_api.storage_url}/result/gen-1.mp4?signature=s"
    assert clock.waits == [2, 2, 2]
    assert all(
        seen.query == {"wait": ["true"], "timeout": ["10"]} for seen in sync_api.calls("look")
    )


def test_a_server_without_long_polls_is_asked_every_ten_seconds(
    call: Ask, sync_api: FakeSync, clock: Clock
) -> None:
    """A 400 to ``wait`` turns it off."""

    def plain(handler: Any, good: Callable[[], None]) -> None:
        handler.send(200, handler.generation("gen-1", "PROCESSING"))

    refused = refuse(400, {"message": "property wait should not exist"})
    sync_api.faults["look"] = [refused, plain, plain]
    sync_api.statuses = ["COMPLETED"]

    assert call("wait", "gen-1").completed
    assert clock.waits == [10, 10]
    assert [seen.query for seen in sync_api.calls("look")][1:] == [{}, {}, {}]


def test_a_job_that_never_ends_meets_the_deadline(
    call: Ask, sync_api: FakeSync, clock: Clock
) -> None:
    """No look after the deadline; the error says that it goes on."""
    sync_api.statuses = ["PROCESSING"]

    with pytest.raises(
        SubmitTimeoutError, match="gen-1 is still PROCESSING after 60 s; it goes on"
    ):
        call("wait", "gen-1", deadline_s=60)

    assert sum(clock.waits) < 60


def test_trouble_while_waiting_is_ridden_out(call: Ask, sync_api: FakeSync, clock: Clock) -> None:
    """Looks that fail are looked again."""
    sync_api.faults["look"] = [drop, refuse(502, b"<html>"), None, drop]

    assert call("wait", "gen-1").completed


def test_listing_leaves_out_what_is_no_generation(call: Ask, sync_api: FakeSync) -> None:
    """Filters go as repeated keys; an odd entry does not hide the others."""
    found = call("list", status=["PENDING", "PROCESSING"], ids=["gen-1"])

    assert [generation.id for generation in found] == ["gen-1"]
    assert sync_api.seen[0].query == {"status": ["PENDING", "PROCESSING"], "ids": ["gen-1"]}


def test_costs_are_asked_for(call: Ask, sync_api: FakeSync) -> None:
    """By the request, and by the length."""
    assert call("cost", REQUEST).estimated_generation_cost == 0.34
    assert call("estimate", model="lipsync-2", duration_s=6.8, rate=25).estimated_frame_count == 170
    assert sync_api.calls("estimate")[0].json == {
        "model": "lipsync-2", "duration": 6.8, "fps": 25
    }  # fmt: skip
