"""The API as a blocking client and an asyncio one: each endpoint, with its retries and timeouts.

Both are the same flows on two drivers. A client is cheap to make; close it, or use ``with``.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.submit.api import assets, download, endpoints
from speaker_boxes.submit.api.endpoints import DEADLINE_S
from speaker_boxes.submit.http.auth import ApiKey, choose_base_url, key_from_environment
from speaker_boxes.submit.http.drivers import TIMEOUT_S, AsyncDriver, Driver
from speaker_boxes.submit.http.effects import ClientConfig
from speaker_boxes.submit.http.responses import Cost, Generation
from speaker_boxes.submit.schema.body import Body
from speaker_boxes.submit.schema.media import Kind, LocalFile, read_source
from speaker_boxes.submit.schema.request import GenerationRequest
from speaker_boxes.submit.schema.serialize import to_bytes, to_wire


def new_key() -> str:
    """An idempotency key. Save it before the first send: with it a create is never paid twice."""
    return str(uuid.uuid4())


def _body(request: GenerationRequest) -> Body:
    return Body((to_bytes(to_wire(request)),))


def _file(kind: Kind, path: str | Path) -> LocalFile:
    source = read_source(kind, path)
    if not isinstance(source, LocalFile):
        raise ValueError(f"{path} is an address, not a file to upload")
    return source


def _key(given: str | ApiKey | None) -> ApiKey:
    if given is None:
        return key_from_environment()
    return given if isinstance(given, ApiKey) else ApiKey(given)


class Client:
    """The API, blocking."""

    def __init__(
        self,
        key: str | ApiKey | None = None,
        *,
        base_url: str | None = None,
        config: ClientConfig | None = None,
        progress: Progress = no_progress,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Make a client; nothing is sent.

        Parameters
        ----------
        key
            ``SYNC_API_KEY`` of the environment if ``None``.
        base_url
            ``SYNC_BASE_URL`` of the environment, or the public server, if ``None``.
        config
            Patience and clocks.
        transport, sleep
            In place of the network and of waiting: for tests.
        timeout_s
            Seconds without a byte after which a request is given up.

        Raises
        ------
        PreflightError
            There is no key, or the address is not one to send it to.
        """
        self.base_url = choose_base_url(base_url)
        self.config = config or ClientConfig()
        self.driver = Driver(
            _key(key),
            self.base_url,
            transport=transport,
            sleep=sleep,
            progress=progress,
            timeout_s=timeout_s,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.driver.close()

    def create(self, request: GenerationRequest, *, key: str) -> Generation:
        """Start a job. ``key`` (see ``new_key``) makes sure that it is started once.

        Raises
        ------
        SubmitConnectionError, SubmitStatusError, SubmitReplyError
            As in ``get``.
        """
        return self.driver.run(endpoints.create(_body(request), key, self.config))

    def get(self, generation_id: str) -> Generation:
        """Ask how a job stands.

        Raises
        ------
        SubmitConnectionError
            There was no response, in as many tries as ``config.retry`` allows.
        SubmitStatusError
            The server refuses: a 4xx, or a 5xx that retries did not help.
        SubmitReplyError
            A success whose body is none of the API.
        """
        return self.driver.run(endpoints.get(generation_id, self.config))

    def wait(self, generation_id: str, *, deadline_s: float = DEADLINE_S) -> Generation:
        """Poll a job until it has ended, well or not.

        Raises
        ------
        SubmitTimeoutError
            It has not ended by the deadline; it goes on at the server.
        SubmitConnectionError, SubmitStatusError, SubmitReplyError
            As in ``get``.
        """
        return self.driver.run(endpoints.wait(generation_id, self.config, deadline_s=deadline_s))

    def list(self, *, status: Sequence[str] = (), ids: Sequence[str] = ()) -> list[Generation]:
        """Jobs of the organisation, filtered by status and id.

        Raises
        ------
        SubmitConnectionError, SubmitStatusError, SubmitReplyError
            As in ``get``.
        """
        return self.driver.run(endpoints.list_generations(self.config, status=status, ids=ids))

    def cost(self, request: GenerationRequest) -> Cost:
        """What a job would cost, by its request.

        Raises
        ------
        SubmitConnectionError, SubmitStatusError, SubmitReplyError
            As in ``get``.
        """
        return self.driver.run(endpoints.cost(_body(request), self.config))

    def estimate(self, *, model: str, duration_s: float, rate: float) -> Cost:
        """What a job of ``duration_s`` seconds at ``rate`` frames a second would cost.

        Raises
        ------
        SubmitConnectionError, SubmitStatusError, SubmitReplyError
            As in ``get``.
        """
        return self.driver.run(endpoints.estimate(model, duration_s, rate, self.config))

    def upload(self, kind: Kind, path: str | Path) -> str:
        """Upload a file and return the id of its asset.

        Raises
        ------
        PreflightError
            The file is missing, empty, too large, changes meanwhile, or is of a kind that the API
            does not take.
        SubmitConnectionError, SubmitStatusError, SubmitReplyError
            As in ``get``.
        """
        return self.driver.run(assets.upload(_file(kind, path), self.config))

    def download(self, url: str, target: Path) -> int:
        """Fetch a result, without the key, and return its size in bytes.

        Raises
        ------
        OutputError
            It cannot be written.
        SubmitError
            It could not be had; what has come is kept for the next try.
        """
        return self.driver.run(download.download(url, target, self.config))


class AsyncClient:
    """The API, on asyncio: the same methods, to be awaited; errors are those of ``Client``."""

    def __init__(
        self,
        key: str | ApiKey | None = None,
        *,
        base_url: str | None = None,
        config: ClientConfig | None = None,
        progress: Progress = no_progress,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Make a client; nothing is sent. Parameters and errors are those of ``Client``."""
        self.base_url = choose_base_url(base_url)
        self.config = config or ClientConfig()
        self.driver = AsyncDriver(
            _key(key),
            self.base_url,
            transport=transport,
            sleep=sleep,
            progress=progress,
            timeout_s=timeout_s,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self.driver.close()

    async def create(self, request: GenerationRequest, *, key: str) -> Generation:
        """Start a job. ``key`` (see ``new_key``) makes sure that it is started once."""
        return await self.driver.run(endpoints.create(_body(request), key, self.config))

    async def get(self, generation_id: str) -> Generation:
        """Ask how a job stands."""
        return await self.driver.run(endpoints.get(generation_id, self.config))

    async def wait(self, generation_id: str, *, deadline_s: float = DEADLINE_S) -> Generation:
        """Poll a job until it has ended, well or not."""
        flow = endpoints.wait(generation_id, self.config, deadline_s=deadline_s)
        return await self.driver.run(flow)

    async def list(
        self, *, status: Sequence[str] = (), ids: Sequence[str] = ()
    ) -> list[Generation]:
        """Jobs of the organisation, filtered by status and id."""
        flow = endpoints.list_generations(self.config, status=status, ids=ids)
        return await self.driver.run(flow)

    async def cost(self, request: GenerationRequest) -> Cost:
        """What a job would cost, by its request."""
        return await self.driver.run(endpoints.cost(_body(request), self.config))

    async def estimate(self, *, model: str, duration_s: float, rate: float) -> Cost:
        """What a job of ``duration_s`` seconds at ``rate`` frames a second would cost."""
        return await self.driver.run(endpoints.estimate(model, duration_s, rate, self.config))

    async def upload(self, kind: Kind, path: str | Path) -> str:
        """Upload a file and return the id of its asset."""
        file = await asyncio.to_thread(_file, kind, path)
        return await self.driver.run(assets.upload(file, self.config))

    async def download(self, url: str, target: Path) -> int:
        """Fetch a result, without the key, and return its size in bytes."""
        return await self.driver.run(download.download(url, target, self.config))
