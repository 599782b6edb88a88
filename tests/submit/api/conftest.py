"""Each test with both clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from speaker_boxes.submit.api.client import AsyncClient, Client
from tests.loopback.clock import Clock
from tests.loopback.state import FakeSync

Ask = Callable[..., Any]


@pytest.fixture(params=["blocking", "asyncio"])
def call(request: pytest.FixtureRequest, sync_api: FakeSync, clock: Clock) -> Iterator[Ask]:
    """Call a method of either client by its name."""

    def blocking(method: str, *args: object, **kwargs: object) -> Any:
        with Client(
            base_url=sync_api.base_url,
            config=clock.config(),
            sleep=clock.sleep,
            timeout_s=sync_api.patience_s,
        ) as client:
            return getattr(client, method)(*args, **kwargs)

    async def awaited(method: str, *args: object, **kwargs: object) -> Any:
        async with AsyncClient(
            base_url=sync_api.base_url,
            config=clock.config(),
            sleep=clock.sleep_async,
            timeout_s=sync_api.patience_s,
        ) as client:
            return await getattr(client, method)(*args, **kwargs)

    if request.param == "blocking":
        yield blocking
    else:
        yield lambda *args, **kwargs: asyncio.run(awaited(*args, **kwargs))
