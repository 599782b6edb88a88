"""Each call against a real server that misbehaves: it ends as it should, and pays once."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.errors import (
    PreflightError,
    SubmitConnectionError,
    SubmitError,
    SubmitReplyError,
    SubmitStatusError,
    SubmitTimeoutError,
)
from speaker_boxes.submit.api.client import AsyncClient, Client
from speaker_boxes.submit.schema.request import AudioInput, GenerationRequest, VideoInput
from tests.loopback import (
    RESULT,
    Clock,
    FakeSync,
    Fault,
    cut_result,
    cut_upload,
    drop,
    refuse,
    slow,
    take_and_drop,
    take_and_send,
)

REQUEST = GenerationRequest(
    model="lipsync-2",
    input=[VideoInput(url="https://e.x/v.mp4"), AudioInput(url="https://e.x/a.wav")],
)
Ask = Callable[..., Any]


@pytest.fixture(params=["blocking", "asyncio"])
def call(request: pytest.FixtureRequest, sync_api: FakeSync, clock: Clock) -> Iterator[Ask]:
    """Call a method of either client by its name."""

    def blocking(method: str, *args: object, **kwargs: object) -> Any:
        with Client(
            base_url=sync_api.base_url,
            config=clock.config(),
            sleep=clock.sleep,
            timeout_s=sync_api.patience_s,
        ) as client:
            return getattr(client, method)(*args, **kwargs)

    async def awaited(method: str, *args: object, **kwargs: object) -> Any:
        async with AsyncClient(
            base_url=sync_api.base_url,
            config=clock.config(),
            sleep=clock.sleep_async,
            timeout_s=sync_api.patience_s,
        ) as client:
            return await getattr(client, method)(*args, **kwargs)

    if request.param == "blocking":
        yield blocking
    else:
        yield lambda *args, **kwargs: asyncio.run(awaited(*args, **kwargs))


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


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A file larger than one piece of an upload."""
    path = tmp_path / "talk.mp4"
    path.write_bytes(bytes(range(256)) * 4000)
    return path


def test_an_upload_takes_three_steps(call: Ask, sync_api: FakeSync, clip: Path) -> None:
    """A place, the bytes with length and type but without the key, and the asset."""
    assert call("upload", "video", clip) == "asset-1"

    place, put, register = sync_api.seen
    assert place.json == {"fileName": "talk.mp4", "contentType": "video/mp4", "size": 1024000}
    assert (put.method, put.headers["content-type"]) == ("PUT", "video/mp4")
    assert put.body == clip.read_bytes()
    assert register.json == {"url": f"{sync_api.storage_url}/files/1-talk.mp4", "type": "VIDEO"}


@pytest.mark.parametrize(
    ("faults", "asked"),
    [
        ([cut_upload], 1),
        ([drop], 1),
        ([refuse(503, b"")], 1),
        ([refuse(403, b"<Error>expired</Error>")], 2),
    ],
    ids=["cut in the middle", "dropped", "503", "signature expired"],
)
def test_an_upload_is_begun_again(
    call: Ask, sync_api: FakeSync, clip: Path, faults: list[Fault | None], asked: int
) -> None:
    """All of the file arrives, whatever came before."""
    sync_api.faults["put"] = list(faults)

    assert call("upload", "video", clip).startswith("asset-")

    [stored] = sync_api.stored.values()
    assert stored == clip.read_bytes()
    assert len(sync_api.calls("upload")) == asked


def test_a_missing_file_is_not_uploaded(call: Ask, sync_api: FakeSync, tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match=r"cannot read video .*absent\.mp4: no such file"):
        call("upload", "video", tmp_path / "absent.mp4")

    assert sync_api.seen == []


def test_a_download_is_whole(call: Ask, sync_api: FakeSync, tmp_path: Path) -> None:
    """The bytes, under the name, and nothing beside it; the address is used as it is."""
    target = tmp_path / "result.mp4"

    size = call("download", f"{sync_api.storage_url}/result/g.mp4?signature=s%2Ft", target)

    assert size == len(RESULT)
    assert target.read_bytes() == RESULT
    assert list(tmp_path.iterdir()) == [target]
    assert sync_api.seen[0].query == {"signature": ["s/t"]}


def test_a_cut_download_goes_on_where_it_was(call: Ask, sync_api: FakeSync, tmp_path: Path) -> None:
    """Only what is missing is sent again, as long as the tag is the same."""
    sync_api.faults["result"] = [cut_result(1000), cut_result(2000), drop]

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT
    ranges = [seen.headers.get("range") for seen in sync_api.seen]
    assert ranges == [None, "bytes=1000-", "bytes=3000-", "bytes=3000-"]
    assert {seen.headers.get("if-range") for seen in sync_api.seen[1:]} == {'"v1"'}


def test_a_download_that_was_cut_many_times_comes_to_its_end(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    """Patience is for tries that bring nothing."""
    sync_api.faults["result"] = [cut_result(9000) for _ in range(20)]

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT


@pytest.mark.parametrize("etag", [None, 'W/"v1"'], ids=["no tag", "weak tag"])
def test_without_a_tag_a_download_begins_again(
    call: Ask, sync_api: FakeSync, tmp_path: Path, etag: str | None
) -> None:
    """Nothing proves that the rest fits, so all is asked for."""
    sync_api.result_etag = etag
    sync_api.faults["result"] = [cut_result(1000)]

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT
    assert [seen.headers.get("range") for seen in sync_api.seen] == [None, None]


def test_a_result_that_changed_is_fetched_anew(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    """Another tag: the part that is there is dropped."""
    (tmp_path / "result.mp4.part").write_bytes(b"old bytes")
    (tmp_path / "result.mp4.part.tag").write_text('"v0"')

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT


def test_a_part_that_is_whole_is_only_renamed(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    """Killed before the rename: the server says 416, and that is the proof."""
    (tmp_path / "result.mp4.part").write_bytes(RESULT)
    (tmp_path / "result.mp4.part.tag").write_text('"v1"')

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT
    assert len(sync_api.seen) == 1


def test_a_page_is_not_a_result(call: Ask, sync_api: FakeSync, tmp_path: Path) -> None:
    """HTML with status 200 is no video, and no file appears."""
    page = refuse(200, b"<html>hello</html>", {"content-type": "text/html"})
    sync_api.faults["result"] = [page] * 9

    with pytest.raises(SubmitReplyError, match="sent text/html with status 200, not the result"):
        call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert list(tmp_path.iterdir()) == []


def test_a_download_may_be_redirected_without_the_key(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    """A storage host's redirect is followed; the server checks that the key is in neither."""
    there = f"{sync_api.storage_url}/result/other.mp4"
    sync_api.faults["result"] = [refuse(302, b"", {"location": there})]

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert [seen.path for seen in sync_api.seen] == ["/result/g.mp4", "/result/other.mp4"]


def test_progress_is_told_and_may_cancel(sync_api: FakeSync, clip: Path) -> None:
    """Bytes of the upload, rising to its size; what the callback raises ends it all."""
    told: list[tuple[str, int, int | None]] = []
    with Client(base_url=sync_api.base_url, progress=lambda *step: told.append(step)) as client:
        client.upload("video", clip)

    def cancel(stage: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    assert [stage for stage, _, _ in told] == ["upload video"] * len(told)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1][1:] == (1024000, 1024000)
    with (
        Client(base_url=sync_api.base_url, progress=cancel) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        client.upload("video", clip)
