"""Bodies to and from the network, and what of a failure may be told.

Uploads are read from disk as they are sent, downloads written as they come; errors leave here
without the frames and requests that saw the key.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

import httpx

from speaker_boxes.errors import SubmitError
from speaker_boxes.progress import Progress
from speaker_boxes.submit.http.auth import ApiKey
from speaker_boxes.submit.http.effects import Request, Response

MAX_RESPONSE_S = 180.0
"""Seconds that a response of the API may take in all, however slowly it drips. A guess."""
MAX_BODY = 256 * 2**20
"""Bytes of a response of the API that are read: a list of jobs repeats their boxes."""
CHUNK = 2**18
_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
_NETWORK = frozenset({"httpx", "httpcore", "h11", "h2", "anyio", "ssl", "asyncio"})
_PERMANENT = (
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.TooManyRedirects,
    httpx.UnsupportedProtocol,
)


class BodyReader:
    """Takes the body of one response, to memory or to the request's sink."""

    def __init__(
        self, request: Request, response: httpx.Response, key: ApiKey, on_progress: Progress
    ) -> None:
        self._key = key
        self._headers = {
            name.lower(): value.replace(key.reveal(), "[key]")
            for name, value in response.headers.items()
        }
        self._request, self._status = request, response.status_code
        self._on_progress = on_progress
        self._body = bytearray()
        self._deadline = time.monotonic() + MAX_RESPONSE_S
        self._sink = request.sink
        self.raw = self._sink is not None and self._sink.begin(self._status, self._headers)
        """Whether bytes are wanted as they come: lengths are compared, so nothing is unpacked."""

    def take(self, chunk: bytes) -> None:
        """Take a piece, as long as there are not too many for too long."""
        if self.raw and self._sink is not None:
            done, total = self._sink.write(chunk)
            if self._request.stage:
                self._on_progress(self._request.stage, done, total)
            return
        self._body += chunk
        if len(self._body) > MAX_BODY:
            raise httpx.ReadError(f"the response is longer than {MAX_BODY} bytes")
        if time.monotonic() > self._deadline:
            raise httpx.ReadTimeout(f"the response takes longer than {MAX_RESPONSE_S:g} s")

    def close(self) -> None:
        """There is no more, for whatever reason."""
        if self._sink is not None:
            self._sink.end()

    def response(self) -> Response:
        """What came, without the key should the server quote it."""
        body = bytes(self._body).replace(self._key.reveal().encode(), b"[key]")
        return Response(self._status, self._headers, body)


def lost_response(error: httpx.HTTPError | httpx.InvalidURL | OSError) -> Response:
    """The response to a request that failed; its error is freed of the frames that saw the key."""
    cause: BaseException | None = error
    distrusted = False
    while cause is not None:
        distrusted = distrusted or isinstance(cause, ssl.SSLCertVerificationError)
        cause = cause.__cause__ or cause.__context__
    error.__cause__ = error.__context__ = None
    permanent = distrusted or isinstance(error, _PERMANENT)
    return Response(
        error=error.with_traceback(None), permanent=permanent, unsent=isinstance(error, _UNSENT)
    )


def our_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of the HTTP libraries, which hold the key."""
    if trace is None:
        return None
    rest = our_frames(trace.tb_next)
    if str(trace.tb_frame.f_globals.get("__name__")).split(".")[0] in _NETWORK:
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _length(request: Request) -> int:
    try:
        sizes = [p.stat().st_size if isinstance(p, Path) else len(p) for p in request.body]
    except OSError as error:
        raise SubmitError(f"cannot read {error.filename}: {error.strerror}") from error
    return sum(sizes)


def pieces_of(request: Request, on_progress: Progress) -> Iterator[bytes]:
    """The body, read from disk as it is sent."""
    total, done = _length(request), 0
    for part in request.body:
        if isinstance(part, bytes):
            done += len(part)
            yield part
            continue
        for piece in _read_file(part):
            done += len(piece)
            yield piece
            if request.stage:
                on_progress(request.stage, done, total)


def _read_file(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
    except OSError as error:
        raise SubmitError(f"cannot read {path}: {error.strerror}") from error


async def async_pieces(request: Request, on_progress: Progress) -> AsyncIterator[bytes]:
    """The same for asyncio: the disk is read in a thread."""
    pieces = pieces_of(request, on_progress)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


@cache
def _user_agent() -> str:
    return f"speaker-boxes/{version('speaker-boxes')}"


def headers_of(request: Request) -> dict[str, str]:
    """The request's own headers, and those that every request has."""
    headers = {"user-agent": _user_agent(), **request.headers}
    if request.body:
        # given, or httpx would send the body in chunks, which storage hosts refuse
        headers["content-length"] = str(_length(request))
    return headers
