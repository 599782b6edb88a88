"""A create against a real server that misbehaves: it ends as it should, and pays once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from speaker_boxes.errors import (
    SubmitConnectionError,
    SubmitError,
    SubmitReplyError,
    SubmitStatusError,
)
from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.schema.request import AudioInput, GenerationRequest, VideoInput
from tests.loopback.clock import Clock
from tests.loopback.faults import drop, refuse, slow, take_and_drop, take_and_send
from tests.loopback.state import FakeSync, Fault

REQUEST = GenerationRequest(
    model="lipsync-2",
    input=[VideoInput(url="https://e.x/v.mp4"), AudioInput(url="https://e.x/a.wav")],
)
Ask = Callable[..., Any]


def test_a_create_tells_the_generation(call: Ask, sync_api: FakeSync) -> None:
    """One request, with key, type and idempotency key; the reply is read."""
    generation = call("create", REQUEST, key="k1")

    assert (generation.id, generation.status, generation.ended) == ("gen-1", "PENDING", False)
    [seen] = sync_api.calls("create")
    assert seen.headers["idempotency-key"] == "k1"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["user-agent"].startswith("speaker-boxes")
    assert seen.json["input"][0] == {"type": "video", "url": "https://e.x/v.mp4"}


BUSY = {"statusCode": 429, "message": "Rate limit exceeded.", "error": "Too Many Requests"}
NO_SLOT = {"message": "no slot", "errorCode": "concurrency_limit_reached", "retryAfterSeconds": 45}
OUTCOME = {"errorCode": "IDEMPOTENCY_OUTCOME_UNKNOWN", "message": "unknown"}


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([drop], [1]),
        ([take_and_drop], [1]),
        ([take_and_drop, drop, take_and_drop], [1, 2, 4]),
        ([refuse(429, BUSY, {"retry-after": "7"})], [7]),
        ([refuse(429, BUSY)], [1]),
        ([refuse(429, NO_SLOT)], [45]),
        ([refuse(429, NO_SLOT)] * 9, [45] * 9),
        ([refuse(500, {"message": "oops"})], [1]),
        ([refuse(408, {})], [1]),
        ([take_and_drop, refuse(409, {"message": "in progress"})], [1, 2]),
        ([refuse(503, OUTCOME)], [1]),
        ([refuse(503, b"", {"retry-after": "Thu, 01 Jan 1970 00:17:00 GMT"})], [20]),
        ([take_and_send(b'{"id": "gen-1", "sta', "application/json", 200)], [1]),
        ([take_and_send(b'{"id": "gen-1", "sta', "application/json")], [1]),
        ([take_and_send(b"<html>sign in</html>", "text/html")], [1]),
    ],
    ids=[
        "dropped unread", "taken and dropped", "dropped three times", "429 with a wait", "429",
        "no slot", "no slot for long", "500", "408", "409", "outcome unknown", "503 until a date",
        "truncated body", "half of the JSON", "HTML",
    ],
)  # fmt: skip
def test_a_create_is_repeated_with_its_key(
    call: Ask, sync_api: FakeSync, clock: Clock, faults: list[Fault | None], waits: list[float]
) -> None:
    """Trouble, then a success: the waits are the server's or doubled, and one job is paid for."""
    sync_api.faults["create"] = list(faults)

    generation = call("create", REQUEST, key="k1")

    assert generation.id == "gen-1"
    assert clock.waits == waits
    assert sync_api.jobs == {"k1": "gen-1"}
    assert len({seen.body for seen in sync_api.calls("create")}) == 1


def test_a_slow_answer_is_given_up_and_asked_for_again(call: Ask, sync_api: FakeSync) -> None:
    """The job was taken, the answer took too long; the same key gets the same job."""
    release = threading.Event()
    sync_api.faults["create"] = [slow(release)]
    sync_api.patience_s = 0.2

    generation = call("create", REQUEST, key="k1")

    release.set()
    assert generation.id == "gen-1"
    assert sync_api.jobs == {"k1": "gen-1"}
    assert len(sync_api.calls("create")) >= 2


NO_HEADER = {
    "message": "Either Cookie or x-api-key header must be provided",
    "error": "Unauthorized",
    "statusCode": 401,
}


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (refuse(401, NO_HEADER), None, r"401 \(Either Cookie.*; check that SYNC_API_KEY"),
        (refuse(401, {"message": "Unauthorized", "statusCode": 401}), None, r"SYNC_API_KEY"),
        (refuse(402, {"message": "pay", "errorCode": "account_payment_required"}),
         "account_payment_required", r"402 \(account_payment_required: pay\); see the account's"),
        (refuse(413, b"<html>too large</html>", {"content-type": "text/html"}), None,
         r"413; too large for one request; send the address"),
        (refuse(422, {"message": ["property a does not exist", "b must be a URL"]}), None,
         r"422 \(property a does not exist; b must be a URL\)"),
        (refuse(422, {"error_code": "plan_feature_unavailable", "requestId": "r-9"}),
         "plan_feature_unavailable", r"\[request r-9\]; the plan does not allow this"),
        (refuse(400, {"error": {"code": "INVALID_IDEMPOTENCY_KEY", "message": "bad"}}),
         "INVALID_IDEMPOTENCY_KEY", r"the job file's key was altered"),
        (refuse(302, b"", {"location": "http://127.0.0.1:9/steal"}), None,
         r"302; the API does not redirect; check the base URL"),
    ],
    ids=["401 no header", "401 bad key", "402", "413", "422 list", "422 plan", "400", "redirect"],
)  # fmt: skip
def test_a_refusal_is_not_repeated(
    call: Ask, sync_api: FakeSync, clock: Clock, fault: Fault, code: str | None, message: str
) -> None:
    """One request, no wait, and an error that says what to do."""
    sync_api.faults["create"] = [fault]

    with pytest.raises(SubmitStatusError, match=message) as caught:
        call("create", REQUEST, key="k1")

    assert caught.value.code == code
    assert len(str(caught.value).splitlines()) == 1
    assert clock.waits == []
    assert len(sync_api.seen) == 1
    assert sync_api.jobs == {}


def test_an_error_that_quotes_the_key_is_not_passed_on(
    call: Ask, sync_api: FakeSync, caplog: pytest.LogCaptureFixture
) -> None:
    """The server's words are ours only without the key."""
    caplog.set_level(logging.INFO, "httpcore")  # which logs headers that it receives, not sends
    echo = {"message": "invalid key sk-loopback-7f3a9c51e8d24b60"}
    quoted = {"x-request-id": "sk-loopback-7f3a9c51e8d24b60"}
    sync_api.faults["create"] = [refuse(401, echo, quoted)]

    with pytest.raises(SubmitStatusError, match=r"invalid key \[key\].*\[request \[key\]\]"):
        call("create", REQUEST, key="k1")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (drop, SubmitConnectionError),
        (refuse(500, {}), SubmitStatusError),
        (take_and_send(b"<html>", "text/html"), SubmitReplyError),
    ],
    ids=["no answer", "500", "HTML"],
)
def test_patience_ends(
    call: Ask, sync_api: FakeSync, clock: Clock, fault: Fault, error: type[SubmitError]
) -> None:
    """Five tries, four waits, and then the last failure."""
    sync_api.faults["create"] = [fault] * 9

    with pytest.raises(error):
        call("create", REQUEST, key="k1")

    assert clock.waits == [1, 2, 4, 8]
    assert len(sync_api.calls("create")) == 5
    assert set(sync_api.jobs) <= {"k1"}


def test_a_wait_that_is_too_long_is_told(call: Ask, sync_api: FakeSync, clock: Clock) -> None:
    """A server that wants an hour gets an error instead."""
    sync_api.faults["create"] = [refuse(429, BUSY, {"retry-after": "3600"})]

    with pytest.raises(SubmitStatusError, match=r"Rate limit exceeded\.\); too many requests"):
        call("create", REQUEST, key="k1")

    assert clock.waits == []


def test_slots_that_never_come_free_are_told(call: Ask, sync_api: FakeSync, clock: Clock) -> None:
    """Other jobs hold all slots for half an hour: then the error says so."""
    sync_api.faults["create"] = [refuse(429, NO_SLOT)] * 99

    with pytest.raises(SubmitStatusError, match="wait for one to end"):
        call("create", REQUEST, key="k1")

    assert sum(clock.waits) == 1800


def test_an_outcome_that_is_unknown_may_have_an_id(call: Ask, sync_api: FakeSync) -> None:
    """A 503 that names the generation is as good as a success."""
    sync_api.faults["create"] = [refuse(503, {**OUTCOME, "generationId": "gen-7"})]

    assert call("create", REQUEST, key="k1").id == "gen-7"


def test_nobody_listens(clock: Clock) -> None:
    """A server that is not there is asked five times; the error says where it was looked for."""
    with (
        Client(base_url="http://127.0.0.1:9", config=clock.config(), sleep=clock.sleep) as client,
        pytest.raises(SubmitConnectionError, match="no answer to GET /v2/generate/g") as caught,
    ):
        client.get("g")

    assert not caught.value.reached
    assert len(clock.waits) == 4
