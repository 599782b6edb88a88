"""A dead network says what it waits for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from speaker_boxes import progress
from speaker_boxes.fetch.http import download
from speaker_boxes.submit.api.client import Client


class Heard(logging.Handler):
    """Sets an event when something is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.event, self.lines = threading.Event(), []  # type: ignore[var-annotated] # of str

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.event.set()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """What is logged of waiting; the silence that is too long is a short one."""
    monkeypatch.setattr(progress, "SAY_AFTER_S", 0.05)
    handler = Heard()
    progress.logger.addHandler(handler)
    yield handler
    progress.logger.removeHandler(handler)


@contextmanager
def silent_until(event: threading.Event, body: bytes) -> Iterator[str]:
    """A server that answers only when something has been said."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert event.wait(30)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_clip_that_does_not_come(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said once, with the host and how long it is waited for; then it comes all the same."""
    monkeypatch.setenv("no_proxy", "*")
    with silent_until(heard.event, b"clip") as address, download(f"{address}/a.mp4") as clip:
        assert clip.path.read_bytes() == b"clip"

    assert heard.lines == [
        "waiting for an answer of 127.0.0.1, of which nothing was heard for 0.05 s; it is given up "
        "after 30 s"
    ]


def test_an_api_that_does_not_answer(heard: Heard, sync_key: None) -> None:
    with (
        silent_until(heard.event, b'{"id": "gen-1", "status": "PENDING"}') as address,
        Client(base_url=address) as client,
    ):
        assert client.get("gen-1").id == "gen-1"

    assert heard.lines[0].startswith("waiting for an answer of 127.0.0.1, of which nothing")


def test_a_poll_that_the_server_may_hold_is_no_silence(heard: Heard) -> None:
    """Until it has lasted longer than the server is allowed to."""
    from speaker_boxes.submit.http.effects import Request

    assert Request("GET", "/v2/generate/a", query={"wait": "true"}).may_be_held
    assert not Request("GET", "/v2/generate/a").may_be_held
