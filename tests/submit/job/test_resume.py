"""What was sent, lost or uploaded is not sent, paid or uploaded again."""

from __future__ import annotations

import pytest

from speaker_boxes.errors import (
    PreflightError,
    SubmitConnectionError,
    SubmitError,
    SubmitStatusError,
)
from tests.loopback.faults import cut_upload, drop, refuse, take_and_drop, take_and_send
from tests.loopback.state import Fault
from tests.submit.job.desk import Desk


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
