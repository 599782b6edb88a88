"""The endpoints that need no file: create, get, wait, list, estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote

from pydantic import ValidationError

from speaker_boxes.errors import SubmitError, SubmitStatusError, SubmitTimeoutError
from speaker_boxes.submit.http.api_errors import parse_error
from speaker_boxes.submit.http.effects import ClientConfig, Flow, Request, Response, sleep
from speaker_boxes.submit.http.responses import (
    Cost,
    Generation,
    parse_cost,
    parse_generation,
    parse_generations,
)
from speaker_boxes.submit.http.retry import retry_after, send
from speaker_boxes.submit.schema.body import Body
from speaker_boxes.submit.schema.serialize import to_bytes

GENERATE = "/v2/generate"
POLL_S = 10.0
"""Seconds between two polls of a job, as in the API's examples."""
LONG_POLL_S = 10
"""Seconds that the server may hold a poll open; 10 is the most that it takes."""
MAX_POLL_SLEEP_S = 60.0
"""Seconds that a server's wish may put off the next poll. A guess."""
DEADLINE_S = 3600.0
"""Seconds to wait for a job; the API's own example projects give up after as many."""
UNSEEN_S, UNSEEN_SLEEP_S = 30.0, 2.0
"""Seconds after a create for which a 404 is looked at again, and between the looks. Guesses."""
_JSON = {"content-type": "application/json", "accept": "application/json"}


def create(
    body: Body,
    key: str,
    config: ClientConfig,
    *,
    on_failure: Callable[[SubmitError], None] | None = None,
) -> Flow[Generation]:
    """Start a job: ``POST /v2/generate`` with an idempotency key, the same one on each try."""
    request = Request(
        "POST",
        GENERATE,
        headers={**_JSON, "content-type": body.content_type, "idempotency-key": key},
        body=body.parts,
        stage="send" if len(body.parts) > 1 else None,
    )
    return (
        yield from send(
            request, parse_generation, config, on_failure=on_failure, recover=_parse_unknown_outcome
        )
    )


def get(generation_id: str, config: ClientConfig, *, unseen_s: float = 0.0) -> Flow[Generation]:
    """Ask how a job stands.

    Parameters
    ----------
    unseen_s
        Seconds for which a 404 only means that it was made a moment ago.
    """
    until = config.clock() + unseen_s
    request = Request("GET", _path(generation_id))
    while True:
        try:
            return (yield from send(request, parse_generation, config))
        except SubmitStatusError as error:
            if not _is_unseen(error, until, config):
                raise
        yield from sleep(UNSEEN_SLEEP_S)


def wait(
    generation_id: str,
    config: ClientConfig,
    *,
    deadline_s: float = DEADLINE_S,
    unseen_s: float = 0.0,
    on_poll: Callable[[Generation], None] | None = None,
) -> Flow[Generation]:
    """Poll a job until it has ended, well or not.

    The server holds each poll open for up to 10 s; one that does not is polled every 10 s.

    Parameters
    ----------
    unseen_s
        As in ``get``.

    Raises
    ------
    SubmitTimeoutError
        It has not ended by the deadline. It goes on at the server.
    """
    unseen_until = config.clock() + unseen_s
    until = config.clock() + deadline_s
    long_poll = True
    while True:
        began = config.clock()
        query = {"wait": "true", "timeout": str(_hold_s(until - began))} if long_poll else {}
        request = Request("GET", _path(generation_id), query=query)
        try:
            generation, asked = yield from send(request, _parse_poll(config), config, until=until)
        except SubmitStatusError as error:
            if _is_unseen(error, unseen_until, config):
                yield from sleep(UNSEEN_SLEEP_S)
                continue
            if not long_poll or error.status_code != 400:
                raise
            long_poll = False
            continue
        if on_poll is not None:
            on_poll(generation)
        if generation.ended:
            return generation
        sleep_s = POLL_S - (config.clock() - began) if asked is None else max(asked, 1.0)
        if config.clock() + sleep_s >= until:
            raise SubmitTimeoutError(
                f"generation {generation.id} is still {generation.status} after "
                f"{deadline_s:g} s; it goes on at the server"
            )
        yield from sleep(min(sleep_s, MAX_POLL_SLEEP_S))


def list_generations(
    config: ClientConfig, *, status: Sequence[str] = (), ids: Sequence[str] = ()
) -> Flow[list[Generation]]:
    """Jobs of the organisation, filtered by status and id."""
    # repeated keys, as the official SDK sends them; its text says comma-separated
    query = {name: list(values) for name, values in (("status", status), ("ids", ids)) if values}
    return (
        yield from send(Request("GET", "/v2/generations", query=query), parse_generations, config)
    )


def cost(body: Body, config: ClientConfig) -> Flow[Cost]:
    """What a job would cost, by its request; the server looks at the media."""
    request = Request("POST", "/v2/analyze/cost", headers=_JSON, body=body.parts)
    return (yield from send(request, parse_cost, config))


def estimate(model: str, duration_s: float, rate: float, config: ClientConfig) -> Flow[Cost]:
    """What a job would cost, by its length alone; no media is needed."""
    body = to_bytes({"model": model, "duration": round(duration_s, 3), "fps": round(rate, 3)})
    request = Request("POST", "/v2/generations/estimate", headers=_JSON, body=(body,))
    return (yield from send(request, parse_cost, config))


def _is_unseen(error: SubmitStatusError, until: float, config: ClientConfig) -> bool:
    """Whether a 404 may only mean that not all of the server knows the job yet."""
    return error.status_code == 404 and config.clock() + UNSEEN_SLEEP_S <= until


def _path(generation_id: str) -> str:
    if not generation_id or set(generation_id) <= {".", " "}:
        raise ValueError(f"{generation_id!r} is no id of a generation")
    return f"{GENERATE}/{quote(generation_id, safe='')}"


def _hold_s(left_s: float) -> int:
    return max(1, min(LONG_POLL_S, int(left_s)))


def _parse_poll(config: ClientConfig) -> Callable[[Response], tuple[Generation, float | None]]:
    return lambda response: (parse_generation(response), retry_after(response, config.wall_clock))


def _parse_unknown_outcome(response: Response) -> Generation | None:
    """The job behind a 503 that does not know how the create ended, yet tells its id."""
    api_error = parse_error(response)
    if api_error.code != "IDEMPOTENCY_OUTCOME_UNKNOWN" or api_error.generation_id is None:
        return None
    try:
        return Generation(id=api_error.generation_id, status="PENDING")
    except ValidationError:
        return None
