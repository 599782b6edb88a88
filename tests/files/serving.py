"""A server on this machine, and the ways in which it may answer."""

from __future__ import annotations

import http.server
from collections.abc import Callable
from dataclasses import dataclass, field

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """A server on this machine whose every answer is a function."""

    address: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers of each request."""

    def url(self, path: str) -> str:
        """The address of a path here."""
        return f"http://{self.address}{path}"


def not_found(request: http.server.BaseHTTPRequestHandler) -> None:
    request.send_error(404)


def square_around(data: bytes, **headers: str) -> Answer:
    """All of it, with its length."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    return answer


def cut_off(data: bytes, *, at: int) -> Answer:
    """The length of all, then only a part, then the connection ends."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data[:at])
        request.close_connection = True

    return answer


def in_chunks(data: bytes, *, end: bool) -> Answer:
    """Chunks of no announced total; without the last, empty one if not ``end``."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for first in range(0, len(data), 1000):
            part = data[first : first + 1000]
            request.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if end:
            request.wfile.write(b"0\r\n\r\n")
        request.close_connection = True

    return answer


def until_closed(data: bytes) -> Answer:
    """As HTTP/1.0 had it: the clip ends where the connection does."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(data)
        request.close_connection = True

    return answer


def redirect(to: str) -> Answer:
    """Look elsewhere."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer
