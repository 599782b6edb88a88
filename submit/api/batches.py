"""Batches: many generations as one file, on the plans Scale and Enterprise.

No idempotency key is documented for them, so a create is sent once; whether one whose answer got
lost arrived has to be looked up.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from speaker_boxes.errors import SubmitReplyError, SubmitTimeoutError
from speaker_boxes.submit.http.api_errors import raise_for_status
from speaker_boxes.submit.http.effects import (
    ClientConfig,
    Flow,
    Request,
    Response,
    RetryOptions,
    call,
    sleep,
)
from speaker_boxes.submit.http.responses import Link, Number, Text, parse_json
from speaker_boxes.submit.http.retry import send

BATCH = "/v2/batch"
POLL_S = 60.0
"""Seconds between two polls, as in the API's own example; a batch may take a day."""
_ENDED = frozenset({"COMPLETED", "FAILED"})
_BOUNDARY = "speaker-boxes-batch"


class Metrics(BaseModel):
    """How many generations of a batch there are, and how many have ended."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    total_generations: Number = None
    success_count: Number = None
    failed_count: Number = None


class Batch(BaseModel):
    """A batch as it stood when it was asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(pattern=r"^[!-~]{1,200}$")
    status: str
    created_at: Text = Field(default=None, validation_alias=AliasChoices("created_at", "createdAt"))
    metrics: Metrics = Metrics()
    output_url: Link = Field(default=None, validation_alias=AliasChoices("outputUrl", "output_url"))

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status in _ENDED


def create(jsonl: bytes, config: ClientConfig) -> Flow[Batch]:
    """Start a batch; sent once, but for refusals because of too many at a time."""
    head = (
        f'--{_BOUNDARY}\r\ncontent-disposition: form-data; name="input"; '
        'filename="batch.jsonl"\r\ncontent-type: application/jsonl\r\n\r\n'
    )
    request = Request(
        "POST",
        BATCH,
        headers={
            "content-type": f"multipart/form-data; boundary={_BOUNDARY}",
            "accept": "application/json",
        },
        body=(head.encode(), jsonl, f"\r\n--{_BOUNDARY}--\r\n".encode()),
    )
    once = ClientConfig(
        retry=RetryOptions(attempts=1, slot_wait_s=config.retry.slot_wait_s),
        clock=config.clock, wall_clock=config.wall_clock, jitter=config.jitter,
    )  # fmt: skip
    return (yield from send(request, _parse_batch, once))


def get(batch_id: str, config: ClientConfig) -> Flow[Batch]:
    """Ask how a batch stands."""
    request = Request("GET", f"{BATCH}/{quote(batch_id, safe='')}")
    return (yield from send(request, _parse_batch, config))


def list_batches(config: ClientConfig) -> Flow[list[Batch]]:
    """The batches of the organisation, newest first."""
    return (yield from send(Request("GET", BATCH), _parse_batches, config))


def wait(
    batch_id: str,
    config: ClientConfig,
    *,
    deadline_s: float,
) -> Flow[Batch]:
    """Poll a batch until it has ended.

    Raises
    ------
    SubmitTimeoutError
        It has not ended by the deadline; it goes on at the server.
    """
    until = config.clock() + deadline_s
    while True:
        batch = yield from get(batch_id, config)
        if batch.ended:
            return batch
        if config.clock() + POLL_S >= until:
            raise SubmitTimeoutError(
                f"batch {batch_id} is still {batch.status} after {deadline_s:g} s; it goes on at "
                "the server, and the same command goes on waiting"
            )
        yield from sleep(POLL_S)


def fetch_rows(url: str, base_url: str, config: ClientConfig) -> Flow[list[dict[str, object]]]:
    """The results, a row a generation.

    The address is the API's own, which redirects to a signed one that is asked without the key.
    """
    if url.startswith(f"{base_url}/"):
        request = Request("GET", url.removeprefix(base_url))
        response = yield from call(request)
        if 300 <= response.status < 400 and "location" in response.headers:
            url = response.headers["location"]
        else:
            raise_for_status(request, response)
            return parse_rows(response.body)
    return (yield from send(Request("GET", url), lambda found: parse_rows(found.body), config))


def parse_rows(body: bytes) -> list[dict[str, object]]:
    """A row a line; what is none is left out."""
    rows = []
    for line in body.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def find_value(row: object, *keys: str) -> str | None:
    """The first text under one of these keys, at any depth.

    What a row looks like is documented in words only: an id of the request, a status, an id of
    the generation, an address or an error.
    """
    if isinstance(row, dict):
        for key in keys:
            if isinstance(row.get(key), str):
                return str(row[key])
        row = list(row.values())
    if isinstance(row, list):
        found = (find_value(one, *keys) for one in row if isinstance(one, dict | list))
        return next((one for one in found if one is not None), None)
    return None


def _parse_batch(response: Response) -> Batch:
    try:
        return Batch.model_validate(parse_json(response, "batch"))
    except ValidationError as error:
        raise SubmitReplyError("batch: the server's answer has no usable id or status") from error


def _parse_batches(response: Response) -> list[Batch]:
    value = parse_json(response, "list of batches")
    found = []
    for entry in value if isinstance(value, list) else []:
        try:
            found.append(Batch.model_validate(entry))
        except ValidationError:
            continue
    return found
