"""Servers for clips at an address."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.files.serving import Server, not_found


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Server]]:
    """Start servers with real sockets; they end with the test."""
    monkeypatch.setenv("no_proxy", "*")
    running: list[http.server.ThreadingHTTPServer] = []

    def start() -> Server:
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # the name that http.server calls
                server.asked.append((self.path, dict(self.headers)))
                server.answers.get(self.path.partition("?")[0], not_found)(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        listener.daemon_threads = True
        server = Server(f"127.0.0.1:{listener.server_port}")
        running.append(listener)
        threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for listener in running:
        listener.shutdown()
        listener.server_close()
