"""Two ways to carry out a flow: blocking, and on asyncio.

Each holds two httpx clients. One talks to the API, adds the key and follows no redirect; the
other talks to storage hosts and has never seen the key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import AbstractContextManager
from typing import Generic, TypedDict, TypeVar

import httpx

from speaker_boxes.progress import Progress, Waiting, no_progress
from speaker_boxes.submit.http.auth import ApiKey
from speaker_boxes.submit.http.effects import Flow, Request, Response, Sleep
from speaker_boxes.submit.http.environment import proxy_mounts, ssl_context
from speaker_boxes.submit.http.log_guard import guarded_logs
from speaker_boxes.submit.http.transfer import (
    BodyReader,
    async_pieces,
    headers_of,
    lost_response,
    our_frames,
    pieces_of,
)

HELD_S = 15.0
"""Seconds of silence that are usual where the server holds a request open for up to ten."""

T = TypeVar("T")
C = TypeVar("C", httpx.Client, httpx.AsyncClient)

TIMEOUT_S, CONNECT_S = 60.0, 20.0
"""Seconds without a byte after which a server is given up; 60 as in the official SDKs. No
connection in 20 is a guess."""


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


class _Arguments(TypedDict):
    """What httpx is told of a request, but for its body."""

    method: str
    url: str
    params: Mapping[str, str | list[str]] | None
    headers: dict[str, str]
    follow_redirects: bool


def _arguments(request: Request) -> _Arguments:
    return {
        "method": request.method,
        "url": request.url,
        "params": request.query or None,
        "headers": headers_of(request),
        # only downloads follow redirects: the key stays with its host, a body is sent once
        "follow_redirects": request.method == "GET" and not request.to_api,
    }


def _lost_or_raise(error: BaseException) -> Response:
    """What became of a request that failed; nothing that leaves here has frames with the key."""
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
        return lost_response(error)
    # an interrupt, or a callback that wants to end it all
    raise error.with_traceback(our_frames(error.__traceback__)) from None


def _mounts(make: Callable[..., C]) -> Mapping[str, object]:
    """The environment's proxies, for a client of this kind."""
    verify = ssl_context()
    if make is httpx.AsyncClient:
        return proxy_mounts(lambda proxy: httpx.AsyncHTTPTransport(verify=verify, proxy=proxy))
    return proxy_mounts(lambda proxy: httpx.HTTPTransport(verify=verify, proxy=proxy))


class _Clients(Generic[C]):
    """The two clients of a driver, of which only one knows the key."""

    def __init__(
        self,
        make: Callable[..., C],
        key: ApiKey,
        base_url: str,
        *,
        transport: httpx.BaseTransport | httpx.AsyncBaseTransport | None,
        progress: Progress,
        timeout_s: float,
    ) -> None:
        self._key, self.on_progress = key, progress
        self._base_url, self._timeout_s = base_url, timeout_s
        settings = {
            "timeout": httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S)),
            "transport": transport,
            "verify": ssl_context(),
            "trust_env": False,  # what it says is in the mounts
        }
        mounts = {} if transport is not None else _mounts(make)
        self.storage: C = make(mounts=mounts, **settings)
        # plain http is the loopback's alone: no proxy gets to see the key
        to_api = {} if base_url.startswith("http://") else mounts
        self.api: C = make(mounts=to_api, base_url=base_url, auth=_KeyAuth(key), **settings)

    def guarded_logs(self) -> AbstractContextManager[None]:
        """While this is held nobody's log gets to see the key."""
        return guarded_logs(self._key)

    def of(self, request: Request) -> C:
        """The client for a request."""
        return self.api if request.to_api else self.storage

    def waiting(self, request: Request) -> Waiting:
        """What says so if nothing is heard of a server."""
        host = httpx.URL(self._base_url if request.to_api else request.url).host
        first_s = HELD_S if request.may_be_held else None
        return Waiting(f"an answer of {host}", self._timeout_s, say_after_s=first_s)

    def reader(self, request: Request, response: httpx.Response) -> BodyReader:
        """What takes the body of a response, and the key out of it."""
        return BodyReader(request, response, self._key, self.on_progress)


class Driver:
    """Carries out flows one request at a time, and blocks."""

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
        self._sleep = sleep or time.sleep
        self._clients = _Clients(
            httpx.Client, key, base_url,
            transport=transport, progress=progress, timeout_s=timeout_s,
        )  # fmt: skip

    def run(self, flow: Flow[T]) -> T:
        """Carry out a flow to its end."""
        response: Response | None = None
        try:
            while True:
                step = flow.send(response)
                response = None
                if isinstance(step, Sleep):
                    self._sleep(step.seconds)
                else:
                    response = self._send(step)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    def close(self) -> None:
        """Close the connections."""
        self._clients.api.close()
        self._clients.storage.close()

    def _send(self, request: Request) -> Response:
        clients = self._clients
        waiting = clients.waiting(request)
        body = pieces_of(request, waiting.telling(clients.on_progress)) if request.body else None
        try:
            stream = clients.of(request).stream(**_arguments(request), content=body)
            with clients.guarded_logs(), waiting, stream as response:
                reader = clients.reader(request, response)
                try:
                    chunks = response.iter_raw() if reader.raw else response.iter_bytes()
                    for chunk in chunks:
                        waiting.heard()
                        reader.take(chunk)
                finally:
                    reader.close()
                return reader.response()
        except BaseException as error:
            return _lost_or_raise(error)


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
        self._sleep = sleep or asyncio.sleep
        self._clients = _Clients(
            httpx.AsyncClient, key, base_url,
            transport=transport, progress=progress, timeout_s=timeout_s,
        )  # fmt: skip

    async def run(self, flow: Flow[T]) -> T:
        """Carry out a flow to its end."""
        response: Response | None = None
        try:
            while True:
                step = flow.send(response)
                response = None
                if isinstance(step, Sleep):
                    await self._sleep(step.seconds)
                else:
                    response = await self._send(step)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._clients.api.aclose()
        await self._clients.storage.aclose()

    async def _send(self, request: Request) -> Response:
        clients = self._clients
        waiting = clients.waiting(request)
        body = async_pieces(request, waiting.telling(clients.on_progress)) if request.body else None
        try:
            stream = clients.of(request).stream(**_arguments(request), content=body)
            with clients.guarded_logs(), waiting:
                async with stream as response:
                    reader = clients.reader(request, response)
                    try:
                        chunks = response.aiter_raw() if reader.raw else response.aiter_bytes()
                        async for chunk in chunks:
                            waiting.heard()
                            reader.take(chunk)
                    finally:
                        reader.close()
                    return reader.response()
        except BaseException as error:
            return _lost_or_raise(error)
