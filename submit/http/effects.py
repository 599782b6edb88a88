"""What the client's core wants of the network: requests and sleeps, as values.

The core (endpoints, retries, uploads, a whole job) is written once, as generators that yield a
``Request`` or a ``Sleep`` and are sent back a ``Response``. Two thin drivers in ``drivers.py``
carry them out, one blocking and one for asyncio. Nothing here or in the core knows httpx.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from speaker_boxes.submit.schema.body import Part

T = TypeVar("T")


class Sink(Protocol):
    """Where the body of a successful response goes instead of into memory."""

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Prepare for the body of this response; false to keep it in memory after all."""

    def write(self, chunk: bytes) -> tuple[int, int | None]:
        """Take a piece; tell the bytes there are now, and those there will be if that is known."""

    def end(self) -> None:
        """The body has ended, for whatever reason; also called if none was begun."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    url: str
    """A path below the API's address, sent with the key; or a whole address, sent without."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str | list[str]] = field(default_factory=dict)
    body: tuple[Part, ...] = field(default=(), repr=False)
    sink: Sink | None = None
    stage: str | None = None
    """What progress calls it; ``None`` if it is too short to be worth a bar."""

    @property
    def may_be_held(self) -> bool:
        """Whether the server may hold it open: silence is no bad sign then."""
        return "wait" in self.query

    @property
    def to_api(self) -> bool:
        """Whether it goes to the API, and so carries the key."""
        return self.url.startswith("/")

    def __str__(self) -> str:
        # a signed address is a secret of a kind: name no more than its host
        where = self.url if self.to_api else self.url.split("?")[0].split("/", 3)[2]
        return f"{self.method} {where}"


@dataclass(frozen=True, slots=True)
class Sleep:
    """Do nothing for a while."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Response:
    """What came back of a request; with ``error`` set nothing did, or not all of it."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    error: Exception | None = None
    permanent: bool = False
    """With ``error``: the same will happen again, as for a certificate that is not trusted."""
    unsent: bool = False
    """With ``error``: there never was a connection, so the server has seen nothing."""

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx that came whole."""
        return self.error is None and 200 <= self.status < 300


Flow = Generator[Request | Sleep, Response | None, T]
"""A piece of the core: yields what is to be done, returns a ``T``."""


def call(request: Request) -> Flow[Response]:
    """Have the driver send a request."""
    response = yield request
    if response is None:
        raise ValueError("a driver must send back a response")
    return response


def sleep(seconds: float) -> Flow[None]:
    """Have the driver sleep."""
    if seconds > 0:
        yield Sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryOptions:
    """How patient the client is with one request."""

    attempts: int = 5
    """Tries in all; the API's own documentation shows five."""
    first_wait_s: float = 1.0
    """Seconds before the second try, then doubled; from the same example."""
    max_wait_s: float = 30.0
    """Seconds a doubled wait is never longer than; the official SDK heeds as much."""
    max_asked_wait_s: float = 300.0
    """Seconds that a server may ask for; beyond it the error says how long it wanted. A guess."""
    slot_wait_s: float = 1800.0
    """Seconds to wait for one of the plan's slots when other jobs hold them all: as long as a
    job or two take. A guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """What the core takes from outside: patience, clocks, chance."""

    retry: RetryOptions = field(default_factory=RetryOptions)
    clock: Callable[[], float] = time.monotonic
    """Seconds that never jump, for deadlines."""
    wall_clock: Callable[[], float] = time.time
    """Seconds since 1970, for a ``Retry-After`` that names a date."""
    jitter: Callable[[], float] = random.random
    """A number in [0, 1)."""
