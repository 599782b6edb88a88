"""Responses of the API, parsed leniently: what is new is ignored, what is odd becomes ``None``.

A paid job may hang on a response, so an odd field never hides its id. Only one without a usable
id or status is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import from_json

from speaker_boxes.errors import SubmitReplyError
from speaker_boxes.submit.http.effects import Response
from speaker_boxes.submit.schema.serialize import first_error

M = TypeVar("M", bound=BaseModel)

ENDED = frozenset({"COMPLETED", "FAILED", "REJECTED", "TIMED_OUT", "CANCELED", "CANCELLED"})
"""Statuses after which nothing happens any more; any other one means it goes on. The last two
are in older documentation only."""
MAX_TEXT = 300
"""Characters of a server's text that a message of ours quotes."""


def one_line(value: object) -> str:
    """A server's text as one short printable line; lists are joined, other things are empty."""
    if isinstance(value, list):
        return "; ".join(filter(None, map(one_line, value)))[:MAX_TEXT]
    if isinstance(value, Mapping):
        return one_line(value.get("message"))
    if not isinstance(value, str):
        return ""
    text = "".join(c if c.isprintable() else " " for c in value[: 10 * MAX_TEXT])
    text = " ".join(text.split())
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _or_none(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        return None


def _link(value: object) -> object:
    is_link = isinstance(value, str) and value.startswith(("https://", "http://"))
    return value if is_link and str(value).isascii() and str(value).isprintable() else None


_Lenient = WrapValidator(_or_none)
Text = Annotated[str | None, BeforeValidator(lambda value: one_line(value) or None), _Lenient]
Link = Annotated[str | None, BeforeValidator(_link), _Lenient]
Number = Annotated[float | None, Field(allow_inf_nan=False), _Lenient]


class _Response(BaseModel):
    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class Generation(_Response):
    """A job at the server, as it stood when it was asked."""

    id: str
    status: str
    """``PENDING``, ``PROCESSING``, ``COMPLETED``, ``FAILED``, ``REJECTED``, or something newer."""
    model: Text = None
    created_at: Text = None
    output_url: Link = None
    """Signed and short-lived: to be used as it is, without the key."""
    output_duration: Number = None
    """Seconds."""
    output_file_name: Text = None
    error: Text = None
    error_code: Text = Field(
        default=None,
        # polled replies are said to have errorCode, webhooks and the SDK have error_code
        validation_alias=AliasChoices("errorCode", "error_code"),
    )
    progress_percent: Number = Field(
        default=None, validation_alias=AliasChoices("progress_percent", "progressPercent")
    )

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status in ENDED

    @property
    def completed(self) -> bool:
        """Whether there is a result."""
        return self.status == "COMPLETED"

    @field_validator("id")
    @classmethod
    def _usable_id(cls, value: str) -> str:
        # it becomes a part of an address
        usable = 0 < len(value) <= 200 and value.isascii() and value.isprintable()
        if not usable or set(value) <= {".", " "}:
            raise ValueError("no usable id")
        return value

    @field_validator("status")
    @classmethod
    def _one_word(cls, value: str) -> str:
        word = one_line(value).upper()[:40]
        if not word:
            raise ValueError("no status")
        return word


class UploadTicket(_Response):
    """Where a file may be put, and the address that it then has."""

    upload_url: str = Field(pattern=r"^https?://[!-~]+$")
    url: str = Field(pattern=r"^https?://[!-~]+$")


class Asset(_Response):
    """A file that the server knows."""

    id: str = Field(pattern=r"^[!-~]{1,200}$")


class Cost(_Response):
    """What a job would cost, by the server's estimate; it names no currency."""

    estimated_frame_count: Number = None
    estimated_generation_cost: Number = None


def parse_json(response: Response, what: str) -> object:
    """The body of a successful response as JSON values.

    Raises
    ------
    SubmitReplyError
        It is not JSON.
    """
    try:
        # not json.loads: deep nesting is a ValueError here, not a RecursionError
        value: object = from_json(response.body)
    except ValueError as error:
        kind = response.headers.get("content-type", "no content type")
        raise SubmitReplyError(
            f"{what}: the server answered {response.status} with {len(response.body)} bytes that "
            f"are not JSON ({one_line(kind)}); is the base URL right, is a proxy in between?"
        ) from error
    return value


def parse_generation(response: Response) -> Generation:
    """Parse one generation; errors as in ``parse_json``, also if it has no usable id or status."""
    return _validated(Generation, parse_json(response, "generation"))


def parse_generations(response: Response) -> list[Generation]:
    """Parse a list of generations; entries that are none are left out."""
    value = parse_json(response, "list of generations")
    if isinstance(value, dict):
        value = next((v for v in value.values() if isinstance(v, list)), value)
    if not isinstance(value, list):
        raise SubmitReplyError("list of generations: the server sent no list")
    found = []
    for entry in value:
        try:
            found.append(Generation.model_validate(entry))
        except ValidationError:
            continue
    return found


def parse_ticket(response: Response) -> UploadTicket:
    """Parse the first response of an upload."""
    return _validated(UploadTicket, parse_json(response, "upload"))


def parse_asset(response: Response) -> Asset:
    """Parse the last response of an upload."""
    return _validated(Asset, parse_json(response, "asset"))


def parse_cost(response: Response) -> Cost:
    """Parse an estimate: a list of one, or the object itself."""
    value = parse_json(response, "estimate")
    cost = _validated(Cost, value[0] if isinstance(value, list) and value else value)
    if cost.estimated_generation_cost is None and cost.estimated_frame_count is None:
        raise SubmitReplyError("estimate: the server's answer holds neither frames nor cost")
    return cost


def _validated(model: type[M], value: object) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        what = model.__name__.lower()
        raise SubmitReplyError(f"{what}: the server's answer lacks {first_error(error)}") from error
