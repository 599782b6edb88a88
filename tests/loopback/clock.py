"""Time that the tests own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from speaker_boxes.submit.http.effects import ClientConfig, RetryOptions


@dataclass
class Clock:
    """Time that passes only when somebody waits."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)

    def config(self, **retry: Any) -> ClientConfig:
        return ClientConfig(
            retry=RetryOptions(**retry), clock=self.time, wall_clock=self.time, jitter=lambda: 1.0
        )
