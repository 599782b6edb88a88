"""Two ways to carry out a flow: blocking, and on asyncio.

Each holds two httpx clients. One talks to the API, adds the key and follows no redirect; the
other talks to storage hosts and has never seen the key.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Generator
from functools import cache
from typing import TypeVar

import httpx

from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.submit.http.auth import ApiKey
from speaker_boxes.submit.http.effects import Flow, Request, Response, Sleep
from speaker_boxes.submit.http.transfer import (
    BodyReader,
    async_pieces,
    headers_of,
    lost_answer,
    our_frames,
    pieces_of,
)

T = TypeVar("T")

TIMEOUT_S, CONNECT_S = 60.0, 20.0
"""Seconds without a byte after which a server is given up; 60 as in the official SDKs. No
connection in 20 is a guess."""


@cache
def _ssl_context() -> ssl.SSLContext:
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


def _may_follow(request: Request) -> bool:
    """Only downloads follow redirects: the key stays with its host, a body is sent once."""
    return request.method == "GET" and not request.to_api


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
        trust = _ssl_context()
        self._plain = httpx.Client(timeout=timeout, transport=transport, verify=trust)
        self._api = httpx.Client(
            base_url=base_url, auth=_KeyAuth(key), timeout=timeout, transport=transport,
            verify=trust,
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
                    response = self._make(step)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    def close(self) -> None:
        """Close the connections."""
        self._api.close()
        self._plain.close()

    def _make(self, request: Request) -> Response:
        client = self._api if request.to_api else self._plain
        content = pieces_of(request, self._say) if request.body else None
        try:
            with client.stream(
                request.method, request.url, params=request.query or None,
                headers=headers_of(request), content=content, follow_redirects=_may_follow(request),
            ) as response:  # fmt: skip
                reader = BodyReader(request, response, self._key, self._say)
                try:
                    chunks = response.iter_raw() if reader.raw else response.iter_bytes()
                    for chunk in chunks:
                        reader.take(chunk)
                finally:
                    reader.close()
                return reader.response()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return lost_answer(error)
        except BaseException as error:  # an interrupt, or a callback that wants to end it all
            raise error.with_traceback(our_frames(error.__traceback__)) from None


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
        trust = _ssl_context()
        self._plain = httpx.AsyncClient(timeout=timeout, transport=transport, verify=trust)
        self._api = httpx.AsyncClient(
            base_url=base_url, auth=_KeyAuth(key), timeout=timeout, transport=transport,
            verify=trust,
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
                    response = await self._make(step)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._api.aclose()
        await self._plain.aclose()

    async def _make(self, request: Request) -> Response:
        client = self._api if request.to_api else self._plain
        content = async_pieces(request, self._say) if request.body else None
        try:
            async with client.stream(
                request.method, request.url, params=request.query or None,
                headers=headers_of(request), content=content, follow_redirects=_may_follow(request),
            ) as response:  # fmt: skip
                reader = BodyReader(request, response, self._key, self._say)
                try:
                    chunks = response.aiter_raw() if reader.raw else response.aiter_bytes()
                    async for chunk in chunks:
                        reader.take(chunk)
                finally:
                    reader.close()
                return reader.response()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return lost_answer(error)
        except BaseException as error:  # an interrupt, or a callback that wants to end it all
            raise error.with_traceback(our_frames(error.__traceback__)) from None
