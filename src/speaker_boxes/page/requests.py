"""Reading requests: what is asked for in a form that can be relied on, or a plain refusal."""

from __future__ import annotations

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from speaker_boxes.edits.codec import edits_from_json
from speaker_boxes.edits.model import Edits
from speaker_boxes.page.guard import MAX_BODY


def whole_number(text: str, limit: int, name: str) -> int:
    """A number in ``[0, limit)``.

    Raises
    ------
    HTTPException
        400: it is none; 404: it is beyond the limit.
    """
    if not (text.isascii() and text.isdigit()):
        raise HTTPException(400, f"{name} must be a whole number from 0 on")
    if len(text) > 12 or int(text) >= limit:
        raise HTTPException(404, f"there is no such {name}")
    return int(text)


async def read_json(request: Request) -> dict[str, Any]:
    """The body of a request, an object.

    Raises
    ------
    HTTPException
        400: it is something else; 413: it is too long.
    """
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                raise HTTPException(413, "too much at once")
        value: object = json.loads(bytes(body))
    except ClientDisconnect as error:
        raise HTTPException(400, "the request was cut off") from error
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "the body must be JSON") from error
    if not isinstance(value, dict):
        raise HTTPException(400, "the body must be an object")
    return value


def read_edits_of(body: dict[str, Any]) -> Edits | None:
    """The edits in a body; ``None`` if nobody is chosen.

    Raises
    ------
    HTTPException
        422: they are none.
    """
    if body.get("edits") is None:
        return None
    try:
        return edits_from_json(body["edits"])
    except (ValueError, OverflowError, RecursionError) as error:
        raise HTTPException(422, str(error)) from error
