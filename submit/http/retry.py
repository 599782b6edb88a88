"""Try again what may be tried again, as long as the server asks for or as doubling says.

Written here rather than taken from a library: the waits must be the server's own to the second,
the budget depends on what the 429 is about, and blocking and asyncio clients share it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

from speaker_boxes.errors import (
    SubmitConnectionError,
    SubmitError,
    SubmitReplyError,
    SubmitStatusError,
)
from speaker_boxes.submit.http.api_errors import parse_error, raise_for_status
from speaker_boxes.submit.http.effects import ClientConfig, Flow, Request, Response, call, sleep

logger = logging.getLogger(__name__)
T = TypeVar("T")

NO_SLOT = "concurrency_limit_reached"


def send(
    request: Request | Callable[[], Request],
    parse: Callable[[Response], T],
    config: ClientConfig,
    *,
    on_failure: Callable[[SubmitError], None] | None = None,
    recover: Callable[[Response], T | None] | None = None,
    until: float = math.inf,
) -> Flow[T]:
    """Send a request until there is a response that ``parse`` takes.

    Parameters
    ----------
    request
        Or what makes it, where each try is another one.
    parse
        Gets successful responses only; a ``SubmitReplyError`` from it counts as one that got lost.
    on_failure
        Called with each failure before the next try, and before the last one is raised.
    recover
        May find in a response that is no success what was wanted all the same.
    until
        By ``config.clock``, when no further try is begun.

    Raises
    ------
    SubmitError
        The last failure, when it is not one to repeat or patience is at its end.
    """
    started = config.clock()
    tries = 0
    while True:
        made = request if isinstance(request, Request) else request()
        response = yield from call(made)
        try:
            raise_for_status(made, response)
            return parse(response)
        except SubmitError as error:
            failure = error
        recovered = recover(response) if recover is not None else None
        if recovered is not None:
            return recovered
        if on_failure is not None:
            on_failure(failure)
        if not is_no_slot(failure):
            tries += 1
        wait = _next_wait(failure, response, tries, started, config)
        if wait is None or config.clock() + wait > until:
            raise failure
        logger.info("%s; trying again in %.1f s", failure, wait)
        yield from sleep(wait)


def may_repeat(failure: SubmitError) -> bool:
    """Whether the same request may do better later: no response, half of one, 408, 409, 429, 5xx.

    409 as in the official SDK: it may mean that an earlier try with the same key is still being
    worked on, and with that key another try does no harm.
    """
    if isinstance(failure, SubmitStatusError):
        return failure.status_code in (408, 409, 429) or failure.status_code >= 500
    return isinstance(failure, SubmitConnectionError | SubmitReplyError)


def is_no_slot(failure: SubmitError) -> bool:
    """Whether other jobs hold all of the plan's slots: no failure, only a queue."""
    return (
        isinstance(failure, SubmitStatusError)
        and failure.status_code == 429
        and failure.code == NO_SLOT
    )


def retry_after(response: Response, wall_clock: Callable[[], float]) -> float | None:
    """Seconds that the server asks to wait for, in the header or the body; the longer of both."""
    waits = []
    header = response.headers.get("retry-after", "").strip()
    if header.isascii() and header.isdigit() and len(header) < 10:
        waits.append(float(header))
    elif header:
        try:
            waits.append(parsedate_to_datetime(header).timestamp() - wall_clock())
        except (ValueError, OverflowError, OSError):
            logger.debug("a Retry-After that is neither seconds nor a date: %r", header[:40])
    if not response.is_success and (said := parse_error(response).retry_after_s) is not None:
        waits.append(said)
    return max((wait for wait in waits if wait >= 0), default=None)


def _next_wait(
    failure: SubmitError, response: Response, tries: int, started: float, config: ClientConfig
) -> float | None:
    """Seconds before the next try; ``None`` for no further one."""
    retry = config.retry
    if response.permanent or not may_repeat(failure) or tries >= retry.attempts:
        return None
    asked = retry_after(response, config.wall_clock)
    if asked is not None and asked > retry.max_asked_wait_s:
        return None
    doubled = min(retry.max_wait_s, retry.first_wait_s * 2.0 ** max(0, tries - 1))
    wait = asked if asked is not None else doubled * (0.75 + 0.25 * config.jitter())
    if is_no_slot(failure):
        # without a hint, as often as one looks after a running job
        wait = max(wait, 1.0) if asked is not None else retry.max_wait_s
        if config.clock() + wait - started > retry.slot_wait_s:
            return None
    return wait
