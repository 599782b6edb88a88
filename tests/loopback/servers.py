"""Two real sockets, one for the API and one for its storage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

from tests.loopback.handler import Handler
from tests.loopback.state import KEY, FakeSync


class Quiet(ThreadingHTTPServer):
    """A server whose clients may vanish."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client was killed, or a test has ended."""


@contextmanager
def running() -> Iterator[FakeSync]:
    """The API, running; afterwards it is checked that storage never saw the key."""
    state = FakeSync()
    servers = []
    for host in ("api", "storage"):
        handler = type("Bound", (Handler,), {"sync": state, "host": host})
        server = Quiet(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    state.base_url, state.storage_url = (
        f"http://127.0.0.1:{server.server_address[1]}" for server in servers
    )
    yield state
    for server in servers:
        server.shutdown()
        server.server_close()
    for seen in state.seen:
        carries = KEY in repr(seen)
        assert carries == (seen.host == "api"), f"{seen.method} {seen.path}"
        assert seen.headers.get("x-api-key") == (KEY if seen.host == "api" else None)
    assert state.conflicts == 0
