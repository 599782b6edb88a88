"""What the environment says of proxies and certificates: used, passed over, or one line."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from speaker_boxes.errors import PreflightError
from speaker_boxes.submit.api.client import AsyncClient, Client
from speaker_boxes.submit.http import environment
from tests.loopback.clock import Clock
from tests.loopback.servers import running
from tests.loopback.state import KEY, FakeSync

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper() in _VARIABLES:
            monkeypatch.delenv(name)
    environment.ssl_context.cache_clear()


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    "value", ["localhost,::1,fd07::/64", "[::1]", "10.0.0.0/8, .corp.example", "a b:c", "[", "*"]
)
def test_usual_exceptions_from_the_proxy_are_understood(
    value: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", value)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    client = kind()

    mounts = client.driver._clients.api._mounts
    assert bool(mounts) == (value != "*")


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "proxy:notaport"),
        ("https_proxy", "http://u:s3cret@proxy:notaport"),
        ("ALL_PROXY", "socks4://proxy:1080"),
        ("HTTP_PROXY", "ftp://proxy"),
        ("HTTPS_PROXY", "http://[::1"),
    ],
)
def test_what_is_no_proxy_is_one_line_that_names_the_variable(
    name: str, value: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value is not told: it may hold a password."""
    monkeypatch.setenv(name, value)

    with pytest.raises(PreflightError, match=f"^{name} is no proxy") as caught:
        kind()

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = tmp_path / "absent"
    monkeypatch.setenv(name, str(absent))

    with pytest.raises(PreflightError, match=rf"{name} names, {absent}: .*[Nn]o such"):
        Client()

    environment.ssl_context.cache_clear()


def test_the_key_goes_through_no_proxy_unencrypted(
    sync_api: FakeSync, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain http is for a server on this machine: nobody else has to do with it."""
    with running() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.base_url)
        with Client(base_url=sync_api.base_url, config=clock.config()) as client:
            client.get("gen-1")

        assert proxy.seen == []
    assert sync_api.seen[0].headers["x-api-key"] == KEY


def test_a_proxy_that_is_named_is_used(sync_api: FakeSync, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a storage host, without the key; and not for one that is excepted."""
    monkeypatch.setenv("HTTP_PROXY", sync_api.storage_url)
    monkeypatch.setenv("NO_PROXY", "direct.example")

    with Client(base_url=sync_api.base_url) as client:
        mounts = client.driver._clients.storage._mounts

    patterns = {str(pattern.pattern): transport for pattern, transport in mounts.items()}
    assert patterns["http://"] is not None
    assert patterns["all://*direct.example"] is None


def test_an_entry_that_is_no_host_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NO_PROXY", "a b:c,fine.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    with caplog.at_level(logging.WARNING, logger="speaker_boxes"), Client():
        pass

    assert "passed over" in caplog.text
