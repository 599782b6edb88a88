"""Two ways to carry out a flow: blocking, and on asyncio. The only module that knows httpx.

Each holds two httpx clients. One talks to the API, adds the key and follows no redirect; the
other talks to storage hosts and has never seen the key.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import httpx

from speaker_boxes.errors import SubmitError
from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.submit.account import ApiKey
from speaker_boxes.submit.exchange import Answer, Call, Flow, Pause

T = TypeVar("T")

TIMEOUT_S, CONNECT_S = 60.0, 20.0
"""Seconds without a byte after which a server is given up; 60 as in the official SDKs. No
connection in 20 is a guess."""
MAX_CALL_S = 180.0
"""Seconds that an answer of the API may take in all, however slowly it drips. A guess."""
MAX_BODY = 256 * 2**20
"""Bytes of an answer of the API that are read: a list of jobs repeats their boxes."""
CHUNK = 2**18
USER_AGENT = "speaker-boxes"
_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
_NETWORK = frozenset({"httpx", "httpcore", "h11", "h2", "anyio", "ssl", "asyncio"})
_HOPELESS = (
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.TooManyRedirects,
    httpx.UnsupportedProtocol,
)


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes a fiftieth of a second."""
    return httpx.create_ssl_context()


class _KeyAuth(httpx.Auth):
    """Adds the key while a request is under way, and takes it back: errors hold requests."""

    def __init__(self, key: ApiKey) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["x-api-key"] = self._key.reveal()
        try:
            yield request
        finally:
            del request.headers["x-api-key"]


class _Reader:
    """Takes the body of one response, to memory or to the call's sink."""

    def __init__(self, call: Call, response: httpx.Response, key: ApiKey, say: Progress) -> None:
        self._headers = {name.lower(): value for name, value in response.headers.items()}
        self._call, self._status, self._key, self._say = call, response.status_code, key, say
        self._body = bytearray()
        self._deadline = time.monotonic() + MAX_CALL_S
        self._sink = call.sink
        self.raw = self._sink is not None and self._sink.begin(self._status, self._headers)
        """Whether bytes are wanted as they come: lengths are compared, so nothing is unpacked."""

    def take(self, chunk: bytes) -> None:
        if self.raw and self._sink is not None:
            done, total = self._sink.write(chunk)
            if self._call.stage:
                self._say(self._call.stage, done, total)
            return
        self._body += chunk
        if len(self._body) > MAX_BODY:
            raise httpx.ReadError(f"the answer is longer than {MAX_BODY} bytes")
        if time.monotonic() > self._deadline:
            raise httpx.ReadTimeout(f"the answer takes longer than {MAX_CALL_S:g} s")

    def close(self) -> None:
        if self._sink is not None:
            self._sink.end()

    def answer(self) -> Answer:
        # a server that quotes the key in an error must not bring it into our messages
        body = bytes(self._body).replace(self._key.reveal().encode(), b"[key]")
        return Answer(self._status, self._headers, body)


def _lost(error: httpx.HTTPError | httpx.InvalidURL | OSError) -> Answer:
    """The answer to a call that failed; its error is freed of the frames that saw the key."""
    cause: BaseException | None = error
    distrusted = False
    while cause is not None:
        distrusted = distrusted or isinstance(cause, ssl.SSLCertVerificationError)
        cause = cause.__cause__ or cause.__context__
    error.__cause__ = error.__context__ = None
    hopeless = distrusted or isinstance(error, _HOPELESS)
    return Answer(
        error=error.with_traceback(None), hopeless=hopeless, unsent=isinstance(error, _UNSENT)
    )


def _our_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of the HTTP libraries, which hold the key."""
    if trace is None:
        return None
    rest = _our_frames(trace.tb_next)
    if str(trace.tb_frame.f_globals.get("__name__")).split(".")[0] in _NETWORK:
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _length(call: Call) -> int:
    try:
        sizes = [p.stat().st_size if isinstance(p, Path) else len(p) for p in call.body]
    except OSError as error:
        raise SubmitError(f"cannot read {error.filename}: {error.strerror}") from error
    return sum(sizes)


def _pieces(call: Call, say: Progress) -> Iterator[bytes]:
    """The body, read from disk as it is sent."""
    total, done = _length(call), 0
    for part in call.body:
        if isinstance(part, bytes):
            done += len(part)
            yield part
            continue
        for piece in _read_file(part):
            done += len(piece)
            yield piece
            if call.stage:
                say(call.stage, done, total)


def _read_file(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
    except OSError as error:
        raise SubmitError(f"cannot read {path}: {error.strerror}") from error


async def _async_pieces(call: Call, say: Progress) -> AsyncIterator[bytes]:
    pieces = _pieces(call, say)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


def _may_follow(call: Call) -> bool:
    """Only downloads follow redirects: the key stays with its host, a body is sent once."""
    return call.method == "GET" and not call.to_api


def _headers(call: Call) -> dict[str, str]:
    headers = {"user-agent": USER_AGENT, **call.headers}
    if call.body:
        # given, or httpx would send the body in chunks, which storage hosts refuse
        headers["content-length"] = str(_length(call))
    return headers


class Driver:
    """Carries out flows one call at a time, and blocks."""

    def __init__(
        self,
        key: ApiKey,
        base_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] | None = None,
        progress: Progress = no_progress,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._key, self._sleep, self._say = key, sleep or time.sleep, progress
        timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S))
        trust = _trust()
        self._plain = httpx.Client(timeout=timeout, transport=transport, verify=trust)
        self._api = httpx.Client(
            base_url=base_url, auth=_KeyAuth(key), timeout=timeout, transport=transport,
            verify=trust,
        )  # fmt: skip

    def run(self, flow: Flow[T]) -> T:
        """Carry out a flow to its end."""
        answer: Answer | None = None
        try:
            while True:
                step = flow.send(answer)
                answer = None
                if isinstance(step, Pause):
                    self._sleep(step.seconds)
                else:
                    answer = self._make(step)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    def close(self) -> None:
        """Close the connections."""
        self._api.close()
        self._plain.close()

    def _make(self, call: Call) -> Answer:
        client = self._api if call.to_api else self._plain
        content = _pieces(call, self._say) if call.body else None
        try:
            with client.stream(
                call.method, call.url, params=call.query or None, headers=_headers(call),
                content=content, follow_redirects=_may_follow(call),
            ) as response:  # fmt: skip
                reader = _Reader(call, response, self._key, self._say)
                try:
                    chunks = response.iter_raw() if reader.raw else response.iter_bytes()
                    for chunk in chunks:
                        reader.take(chunk)
                finally:
                    reader.close()
                return reader.answer()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _lost(error)
        except BaseException as error:  # an interrupt, or a callback that wants to end it all
            raise error.with_traceback(_our_frames(error.__traceback__)) from None


class AsyncDriver:
    """Carries out flows on asyncio."""

    def __init__(
        self,
        key: ApiKey,
        base_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        progress: Progress = no_progress,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._key, self._sleep, self._say = key, sleep or asyncio.sleep, progress
        timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S))
        trust = _trust()
        self._plain = httpx.AsyncClient(timeout=timeout, transport=transport, verify=trust)
        self._api = httpx.AsyncClient(
            base_url=base_url, auth=_KeyAuth(key), timeout=timeout, transport=transport,
            verify=trust,
        )  # fmt: skip

    async def run(self, flow: Flow[T]) -> T:
        """Carry out a flow to its end."""
        answer: Answer | None = None
        try:
            while True:
                step = flow.send(answer)
                answer = None
                if isinstance(step, Pause):
                    await self._sleep(step.seconds)
                else:
                    answer = await self._make(step)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._api.aclose()
        await self._plain.aclose()

    async def _make(self, call: Call) -> Answer:
        client = self._api if call.to_api else self._plain
        content = _async_pieces(call, self._say) if call.body else None
        try:
            async with client.stream(
                call.method, call.url, params=call.query or None, headers=_headers(call),
                content=content, follow_redirects=_may_follow(call),
            ) as response:  # fmt: skip
                reader = _Reader(call, response, self._key, self._say)
                try:
                    chunks = response.aiter_raw() if reader.raw else response.aiter_bytes()
                    async for chunk in chunks:
                        reader.take(chunk)
                finally:
                    reader.close()
                return reader.answer()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _lost(error)
        except BaseException as error:  # an interrupt, or a callback that wants to end it all
            raise error.with_traceback(_our_frames(error.__traceback__)) from None
