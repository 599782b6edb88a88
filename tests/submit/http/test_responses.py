"""Replies: what is known is read, what is odd is no harm, and nothing but our errors comes out."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speaker_boxes.errors import SubmitError, SubmitReplyError
from speaker_boxes.submit.api import endpoints
from speaker_boxes.submit.api.assets import upload
from speaker_boxes.submit.http import responses as replies
from speaker_boxes.submit.http.api_errors import ADVICE, generation_error, status_error
from speaker_boxes.submit.http.effects import (
    ClientConfig,
    Flow,
    Request,
    Response,
    RetryOptions,
    Sleep,
)
from speaker_boxes.submit.http.responses import Generation, one_line, parse_generation
from speaker_boxes.submit.schema.body import Body
from speaker_boxes.submit.schema.media import LocalFile

CALL = Request("POST", "/v2/generate")


def response(body: object, status: int = 200, **headers: str) -> Response:
    return Response(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize("spelling", ["errorCode", "error_code"])
def test_the_error_code_is_read_in_both_spellings(spelling: str) -> None:
    generation = parse_generation(response({"id": "g", "status": "FAILED", spelling: "x_y"}))

    assert generation.error_code == "x_y"


def test_new_and_odd_fields_do_no_harm() -> None:
    """Only id and status matter; the rest is taken if it is what it should be."""
    odd = {
        "id": "g", "status": "completed", "model": 7, "outputUrl": "javascript:alert(1)",
        "outputDuration": "long", "error": {"message": ["a", "b\nc"]}, "news": [1, 2],
        "progress_percent": float("nan"),
    }  # fmt: skip

    generation = parse_generation(response(odd))

    assert generation == Generation(id="g", status="COMPLETED", error="a; b c")
    assert generation.completed


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b'"g"', b"<html></html>", b'{"id": "g"}', b'{"status": "PENDING"}',
        b'{"id": "", "status": "PENDING"}', b'{"id": "..", "status": "PENDING"}',
        b'{"id": "g", "status": ""}', b'{"id": "g", "status": nul', b"[" * 100_000,
        b'{"id": "\\ud800", "status": "PENDING"}', b"\xff\xfe", b'{"id": 7, "status": 8}',
    ],
)  # fmt: skip
def test_what_is_no_generation_is_refused(body: bytes) -> None:
    """One line, whatever it is."""
    with pytest.raises(SubmitReplyError) as caught:
        parse_generation(Response(201, {}, body))

    assert len(str(caught.value).splitlines()) == 1


def test_a_servers_text_is_quoted_short_and_printable() -> None:
    assert one_line("a\x1b[31m\n\tb" + "c" * 999).startswith("a [31m bccc")
    assert len(one_line("c" * 999)) == replies.MAX_TEXT


@pytest.mark.parametrize("code", ["generation_input_face_selection_invalid", "new_code", None])
def test_a_failed_job_says_what_to_do(code: str | None) -> None:
    error = generation_error(Generation(id="g", status="FAILED", error="no", error_code=code))

    assert str(error).startswith("generation g ended FAILED (")
    advice = ADVICE.get(code or "")
    assert (advice.text if advice else "gave no advice") in str(error)
    assert (error.generation_id, error.code) == ("g", code)


KEYS = [
    "id", "status", "outputUrl", "outputDuration", "error", "errorCode", "error_code", "message",
    "code", "field", "requestId", "generationId", "retryAfterSeconds", "uploadUrl", "url",
    "model", "createdAt", "progress_percent", "estimatedFrameCount", "estimatedGenerationCost",
]  # fmt: skip
VALUES: list[object] = [
    "g1", "PENDING", "COMPLETED", "FAILED", "https://e.x/r", "IDEMPOTENCY_OUTCOME_UNKNOWN",
    "concurrency_limit_reached", "", " ", "..", "a/../b?c", "\n\x00\x1b[0m", "\u2028", "\ud800",
    "x" * 5000, 0, 3, -1, 2**70, 1e300, float("nan"), float("inf"), True, False, None, [], {},
    ["a", None, {"message": 1}], {"message": ["b", 2]}, {"code": {"id": 1}}, [[[[[]]]]],
]  # fmt: skip
WHOLE: list[object] = [
    None, [], {}, 1, "text", [1, {"id": "g1", "status": "PENDING"}], [[]], {"data": [{"id": 1}]},
    {"id": "g1", "status": "PENDING"}, {"id": "g1", "status": "COMPLETED"},
]  # fmt: skip
STATUSES = [200, 201, 204, 302, 400, 401, 402, 404, 408, 422, 429, 500, 503, 599]
objects = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), max_size=6).map(dict)
spelt = (st.sampled_from(WHOLE) | objects).map(lambda value: json.dumps(value).encode())
bodies = st.one_of(
    spelt,
    st.tuples(spelt, st.integers(0, 40)).map(lambda cut: cut[0][: -cut[1] or None]),
    st.tuples(spelt, st.binary(max_size=6), st.integers(0, 40)).map(
        lambda cut: cut[0][: cut[2]] + cut[1] + cut[0][cut[2] :]
    ),
    st.binary(max_size=60),
)
HEADERS: list[dict[str, str]] = (
    [{}, {}, {"content-type": "text/html"}, {"content-type": "\xff\x00"}, {"x-request-id": "r\n"}]
    + [
        {"retry-after": value}
        for value in ["0", "5", "-1", "1e9", "9" * 30, "soon", "\xb2", "Thu, 01 Jan 1970 00:00:00",
                      "Thu, 01 Jan 1970 00:10:00 GMT", "Thu, 99 Jan 99999 00:10:00 GMT"]
    ]
)  # fmt: skip
responses = st.builds(
    Response,
    status=st.sampled_from(STATUSES),
    headers=st.sampled_from(HEADERS),
    body=bodies,
)
wild = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


class Ticking:
    """A clock that passes with each look at it, so that every flow ends."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 5.0
        return self.now


THIS_FILE = LocalFile(
    "video",
    Path(__file__),
    "digest",
    Path(__file__).stat().st_size,
    Path(__file__).stat().st_mtime_ns,
    "video/mp4",
)
FLOWS: dict[str, Callable[[ClientConfig], Flow[Any]]] = {
    "create": lambda config: endpoints.create(Body((b"{}",)), "k", config),
    "wait": lambda config: endpoints.wait("g", config, deadline_s=200),
    "list": lambda config: endpoints.list_generations(config),
    "cost": lambda config: endpoints.cost(Body((b"{}",)), config),
    "upload": lambda config: upload(THIS_FILE, config),
}


def run_on(flow: Flow[Any], given: list[Response]) -> object:
    """Answer every call of a flow from a list, the last one again and again."""
    step = next(flow)
    while True:
        try:
            reply = None if isinstance(step, Sleep) else given.pop(0) if given[1:] else given[0]
            step = flow.send(reply)
        except StopIteration as stop:
            return stop.value


CHEAP = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def check_ends_well(name: str, given_answers: list[Response]) -> None:
    clock = Ticking()
    retry = RetryOptions(attempts=3, slot_wait_s=100)
    config = ClientConfig(retry=retry, clock=clock, wall_clock=clock)
    message = "fine"
    try:
        run_on(FLOWS[name](config), given_answers)
    except SubmitError as error:
        message = str(error)

    assert message.isprintable()


def odd_answer(seed: int) -> Response:
    """A malformed reply of the kind that ``responses`` draws, a hundred times as fast."""
    chance = random.Random(seed)
    pairs = {chance.choice(KEYS): chance.choice(VALUES) for _ in range(chance.randrange(7))}
    body = json.dumps(chance.choice([pairs, [pairs], chance.choice(WHOLE)])).encode()
    where = chance.randrange(len(body) + 1)
    how = chance.randrange(4)
    if how == 0:
        body = body[:where]
    elif how == 1:
        body = body[:where] + chance.randbytes(3) + body[where:]
    elif how == 2:
        body = chance.randbytes(where)
    return Response(chance.choice(STATUSES), chance.choice(HEADERS), body)


@pytest.mark.parametrize("name", FLOWS)
@settings(CHEAP, max_examples=100)
@given(seeds=st.lists(st.integers(0, 2**63), min_size=20, max_size=20, unique=True))
def test_ten_thousand_malformed_replies(name: str, seeds: list[int]) -> None:
    """100 times 20 replies to each of five flows: a result, or one line of ours."""
    for seed in seeds:
        check_ends_well(name, [odd_answer(seed)])


@pytest.mark.parametrize("name", FLOWS)
@settings(CHEAP, max_examples=200)
@given(one=responses)
def test_malformed_replies_raise_only_our_errors(name: str, one: Response) -> None:
    """The same with replies that hypothesis makes up, and so can make small."""
    check_ends_well(name, [one])


@pytest.mark.parametrize("name", FLOWS)
@settings(CHEAP, max_examples=100)
@given(several=st.lists(responses, min_size=2, max_size=4))
def test_series_of_malformed_replies(name: str, several: list[Response]) -> None:
    """One after the other, the retries in between."""
    check_ends_well(name, several)


@settings(CHEAP, max_examples=200)
@given(value=wild, status=st.sampled_from([200, 429, 500]))
def test_any_json_is_answered(value: object, status: int) -> None:
    """Whatever JSON can say."""
    for name in FLOWS:
        check_ends_well(name, [Response(status, {}, json.dumps(value).encode())])


def test_every_status_has_advice() -> None:
    for status in range(300, 600):
        assert "; " in str(status_error(CALL, Response(status)))
