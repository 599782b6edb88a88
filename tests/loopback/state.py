"""What the servers hold, saw, and are to do next."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.loopback.handler import Handler

KEY = "sk-loopback-7f3a9c51e8d24b60"
"""The key of all tests here. No output may hold it."""
RESULT = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 1200
"""What a generation ends in."""


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    host: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Fault = Callable[["Handler", Callable[[], None]], None]
"""Plays instead of the good answer, which it may give by calling its second argument."""


@dataclass
class FakeSync:
    """What the servers hold, saw, and are to do next."""

    base_url: str = ""
    storage_url: str = ""
    seen: list[Seen] = field(default_factory=list, repr=False)
    faults: dict[str, list[Fault | None]] = field(default_factory=dict)
    """For each route, what happens to its next requests; ``None`` and no more: all goes well."""
    jobs: dict[str, str] = field(default_factory=dict)
    """Generation by idempotency key: as many as were paid for."""
    requests: dict[str, bytes] = field(default_factory=dict)
    """Body of the create by idempotency key."""
    slots: int | None = None
    """Generations that the plan allows at a time; ``None`` for any number."""
    running: set[str] = field(default_factory=set)
    """Ids of those that nobody was told the end of."""
    refused_slots: int = 0
    """Creates that found all slots taken."""
    places: int = 0
    """Places for uploads that were given out."""
    batches: list[list[Any]] = field(default_factory=list)
    """Requests of each batch: as many as were paid for."""
    conflicts: int = 0
    """Creates with a known key and another body."""
    stored: dict[str, bytes] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=lambda: ["PROCESSING", "COMPLETED"])
    """What looks at a job tell, one after the other; the last one again and again."""
    extra: dict[str, Any] = field(default_factory=dict)
    """More fields of a generation."""
    result: bytes = RESULT
    result_etag: str | None = '"v1"'
    patience_s: float = 20.0
    """Seconds after which clients give up an answer; long, for machines that are busy."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def calls(self, route: str) -> list[Seen]:
        """Requests of one route, as they came."""
        return [seen for seen in self.seen if route_of(seen.host, seen.method, seen.path) == route]


def route_of(host: str, method: str, path: str) -> str:
    """The name by which tests know a call."""
    if host == "storage":
        return "put" if method == "PUT" else "result"
    names = {
        ("POST", "/v2/assets/upload"): "upload",
        ("POST", "/v2/assets"): "register",
        ("POST", "/v2/generate"): "create",
        ("GET", "/v2/generations"): "list",
        ("POST", "/v2/analyze/cost"): "cost",
        ("POST", "/v2/generations/estimate"): "estimate",
        ("POST", "/v2/batch"): "batch",
        ("GET", "/v2/batch"): "batches",
    }
    if path.startswith("/v2/batch/"):
        return "batch_look"
    return names.get((method, path), "look" if path.startswith("/v2/generate/") else "unknown")
