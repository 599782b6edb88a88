"""From a request to the bytes that are sent, always the same ones for the same request."""

from __future__ import annotations

import hashlib
import json

from pydantic import BaseModel, JsonValue, ValidationError

from speaker_boxes.errors import PreflightError
from speaker_boxes.submit.schema.request import GenerationRequest


def to_wire(model: BaseModel) -> dict[str, JsonValue]:
    """The request as JSON values, spelt as the API spells them; what is not set is left out."""
    # exclude_none leaves out fields, never the nulls inside bounding_boxes
    dumped: dict[str, JsonValue] = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return dumped


def to_bytes(value: object) -> bytes:
    """Compact JSON, in ASCII: about 20 bytes a frame for boxes."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def digest(value: object) -> str:
    """SHA-256 of the JSON with sorted keys: equal for equal values."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def parse_request(value: object) -> GenerationRequest:
    """Check a request in the API's spelling.

    Raises
    ------
    PreflightError
        It is not one that the API documents; one line says where and why.
    """
    try:
        return GenerationRequest.model_validate(value)
    except ValidationError as error:
        raise PreflightError(f"the request is not valid: {first_error(error)}") from error


def first_error(error: ValidationError) -> str:
    """The first of pydantic's findings, in one line: where, what, and the value if it is short."""
    found = error.errors(include_url=False)[0]
    # tags of unions are our class names, and none of the reader's business
    where = ".".join(str(part) for part in found["loc"] if not str(part).endswith("Selection"))
    what = found["msg"].removeprefix("Value error, ")
    value = repr(found.get("input"))
    shown = f", got {value}" if len(value) <= 60 and found["type"] != "value_error" else ""
    return f"{where}: {what}{shown}" if where else what + shown
