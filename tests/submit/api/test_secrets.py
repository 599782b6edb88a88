"""The key is sent to the API and given to nobody else."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import traceback
from pathlib import Path

import httpx
import pytest

from speaker_boxes.errors import PreflightError, SubmitError
from speaker_boxes.submit.api.client import AsyncClient, Client
from speaker_boxes.submit.http.auth import ApiKey, choose_base_url, key_from_environment
from tests.loopback.clock import Clock
from tests.loopback.faults import drop, refuse
from tests.loopback.state import KEY, FakeSync


def everything(error: BaseException) -> str:
    """A traceback as verbose as any tool makes it: with the variables of each frame."""
    assert error.__traceback__ is not None
    # without the test's own frame, which holds the server and what it saw
    ours = error.__traceback__.tb_next
    shown = traceback.TracebackException(type(error), error, ours, capture_locals=True)
    return "".join(shown.format()) + repr(vars(error))


def test_a_key_shows_itself_to_nobody() -> None:
    key = ApiKey(f" {KEY}\n")

    assert KEY not in f"{key} {key!r} {[key]}"
    assert key.reveal() == KEY
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(TypeError):
        copy.copy(key)


@pytest.mark.parametrize("bad", ["", " ", "sk x", "sk-\x00", "sk-é", "sk-\u200b1"])
def test_what_cannot_be_a_key_is_refused_unseen(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Httpx would quote it in its error; so it is refused before."""
    if "\x00" not in bad:
        monkeypatch.setenv("SYNC_API_KEY", bad)
        with pytest.raises(PreflightError, match="SYNC_API_KEY"):
            key_from_environment()
    with pytest.raises(PreflightError) as caught:
        ApiKey(bad)

    assert not bad.strip() or bad not in str(caught.value)


@pytest.mark.parametrize("fault", [drop, refuse(500, {}), refuse(401, {"message": KEY})])
def test_no_traceback_holds_the_key(sync_api: FakeSync, clock: Clock, fault: object) -> None:
    """Not in a message, not in a cause, not in a variable of any frame."""
    sync_api.faults["look"] = [fault] * 5  # type: ignore[list-item]  # of drop and others

    with (
        Client(base_url=sync_api.base_url, config=clock.config(), sleep=clock.sleep) as client,
        pytest.raises(SubmitError) as caught,
    ):
        client.get("g")

    assert KEY not in everything(caught.value)


def test_an_interrupt_holds_no_key(sync_api: FakeSync, tmp_path: Path) -> None:
    """Raised deep in the HTTP libraries, it comes out without their frames."""
    clip = tmp_path / "talk.mp4"
    clip.write_bytes(b"x" * 10**6)

    def cancel(stage: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with (
        Client(base_url=sync_api.base_url, progress=cancel) as client,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        client.upload("video", clip)

    shown = everything(caught.value)
    assert KEY not in shown
    assert "in cancel" in shown
    assert "httpcore" not in shown


def test_clients_do_not_show_it(sync_api: FakeSync) -> None:
    with Client(base_url=sync_api.base_url) as client:
        text = f"{client!r} {vars(client)} {vars(client.driver)}"
        clients = client.driver._clients
        text += f"{vars(clients)} {clients.api.headers!r}"

    assert KEY not in text
    assert KEY not in repr(vars(AsyncClient(base_url=sync_api.base_url)))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://api.sync.so", "must begin with https://"),
        ("http://127.0.0.1.evil.example", "must begin with https://"),
        ("ftp://api.sync.so", "is not like"),
        ("api.sync.so", "is not like"),
        ("https://", "is not like"),
        ("https://user:pw@api.sync.so", "must not hold a user or password"),
        ("https://api.sync.so?x=1", "is not like"),
        ("https://api.sync.so:port", "is not like"),
        ("http://[::1", "is not like"),
    ],
)
def test_the_key_goes_to_no_odd_place(url: str, message: str) -> None:
    with pytest.raises(PreflightError, match=message):
        choose_base_url(url)


def test_where_the_base_url_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given, then the environment, then the public server."""
    assert choose_base_url(None) == "https://api.sync.so"
    monkeypatch.setenv("SYNC_BASE_URL", "https://dev-api.sync.so/")
    assert choose_base_url(None) == "https://dev-api.sync.so"
    assert choose_base_url("http://localhost:3001") == "http://localhost:3001"


def test_a_certificate_that_is_not_trusted_is_told_once(clock: Clock) -> None:
    """Trying again would not help, and the message says what it is."""
    import ssl

    def untrusted(request: httpx.Request) -> httpx.Response:
        cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
        raise httpx.ConnectError("certificate verify failed") from cause

    with (
        Client(
            config=clock.config(), sleep=clock.sleep, transport=httpx.MockTransport(untrusted)
        ) as client,
        pytest.raises(SubmitError, match="certificate verify failed"),
    ):
        client.get("g")

    assert clock.waits == []


def test_a_malformed_key_is_in_no_variable_of_its_traceback() -> None:
    with pytest.raises(PreflightError) as caught:
        ApiKey("sk-secret-part\u200b-and-more")

    assert "secret-part" not in everything(caught.value)


@pytest.mark.parametrize("level", ["blocking", "asyncio"])
def test_no_log_holds_a_key_that_is_echoed_or_a_signed_address(
    level: str, sync_api: FakeSync, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The HTTP libraries log headers and addresses as they come."""
    caplog.set_level(logging.DEBUG)
    echo = refuse(401, {"message": KEY}, {"x-echo": f"key={KEY}", "x-quoted": KEY})
    sync_api.faults["look"] = [echo]
    clip = tmp_path / "talk.mp4"
    clip.write_bytes(b"x" * 1000)

    async def ask() -> None:
        async with AsyncClient(base_url=sync_api.base_url) as client:
            await client.upload("video", clip)
            with pytest.raises(SubmitError):
                await client.get("g")

    if level == "asyncio":
        asyncio.run(ask())
    else:
        with Client(base_url=sync_api.base_url) as client:
            client.upload("video", clip)
            with pytest.raises(SubmitError):
                client.get("g")

    assert "[key]" in caplog.text
    assert KEY not in caplog.text
    assert "signature=s" not in caplog.text
