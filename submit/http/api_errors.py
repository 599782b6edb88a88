"""From a response that is no success to one of our errors, with a sentence on what to do."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from pydantic_core import from_json

from speaker_boxes.errors import GenerationError, Remedy, SubmitConnectionError, SubmitStatusError
from speaker_boxes.submit.http.effects import Request, Response
from speaker_boxes.submit.http.responses import Generation, one_line

_PLAN = Remedy("the plan does not allow this; see https://sync.so/pricing")
_BILLING = Remedy("see the account's billing page")
_MEDIA = Remedy(
    "the server cannot fetch it; try the address in a private browser window, or send a file"
)
_FACE = (
    "the server cannot use the chosen face; check that there is one entry for each frame of the "
    "very file that was sent, that the first frame has a box, that boxes hold the whole face"
)
_UNKNOWN = (
    "the server does not say why; with boxes the usual reason is that their number is not the "
    "number of frames"
)
_AGAIN = Remedy("the server's own trouble; the same job may be tried again later")
ADVICE: dict[str, Remedy] = {
    "generation_input_face_selection_invalid": Remedy(
        f"{_FACE}, or choose it by a point, or let the server find it",
        "choose_face_otherwise",
        {"reason": _FACE},
    ),
    "generation_unknown_error": Remedy(
        f"{_UNKNOWN}: check them, or normalize the clip and track that",
        "check_or_normalize",
        {"reason": _UNKNOWN},
    ),
    "generation_input_video_inaccessible": _MEDIA,
    "generation_input_audio_inaccessible": _MEDIA,
    "generation_input_image_inaccessible": _MEDIA,
    "generation_input_video_invalid": Remedy("normalize the clip and track that", "normalize"),
    "generation_input_audio_invalid": Remedy("convert the sound to WAV or MP3"),
    "generation_input_resolution_unsupported": Remedy("scale the clip to at most 4096x2160"),
    "generation_input_duration_greater_than_max_duration": Remedy("cut the clip"),
    "generation_model_duration_exceeded": Remedy("the model takes no clip of this length; cut it"),
    "generation_plan_duration_exceeded": Remedy("the plan takes no clip of this length; cut it"),
    "generation_unsupported_model": Remedy("ask for another model", "other_model"),
    "generation_not_found": Remedy(
        "check the id, and that SYNC_API_KEY is of the same organisation"
    ),
    "plan_feature_unavailable": _PLAN,
    "free_tier_generations_exhausted": _PLAN,
    "file_size_exceeds_plan_limit": _PLAN,
    "account_payment_required": _BILLING,
    "account_on_hold": _BILLING,
    "concurrency_limit_reached": Remedy(
        "the plan's jobs at a time are all running; wait for one to end"
    ),
    "rate_limit_exceeded": Remedy("too many requests; wait a minute"),
    "asset_not_found": Remedy("an uploaded file is gone; submit again, it will be uploaded again"),
    "asset_forbidden": Remedy(
        "an uploaded file is of another organisation; submit again with its key"
    ),
    "INVALID_IDEMPOTENCY_KEY": Remedy("the job file's key was altered"),
    "IDEMPOTENCY_OUTCOME_UNKNOWN": Remedy(
        "submit again: the same key is sent, so nothing is paid twice"
    ),
    "generation_conflict": Remedy("the server holds this key for another request"),
    "generation_pipeline_failed": _AGAIN,
    "generation_infra_storage_error": _AGAIN,
    "generation_infra_resource_exhausted": _AGAIN,
    "generation_infra_service_unavailable": _AGAIN,
}
"""What to do about an error code; codes from the API's own catalogue."""
_STATUS_ADVICE: dict[int, Remedy] = {
    400: Remedy("the server did not understand the request"),
    401: Remedy("check that SYNC_API_KEY holds a key that is still valid"),
    402: _BILLING,
    403: Remedy("the key may not do this"),
    404: Remedy("check the id and the base URL"),
    409: Remedy("the server is busy with the same request, or holds another one under this key"),
    413: Remedy(
        "too large for one request; send the address of the boxes, or upload the files before",
        "smaller_request",
    ),
    422: Remedy("the server read the request and refuses it"),
    429: Remedy("too many requests; wait a minute"),
}


_TAGS = re.compile(
    r"<(Code|Message|RequestId|title)\b[^<>]{0,200}>([^<>]{1,2000})</\1>", re.IGNORECASE
)
"""What is read of a storage host's XML (as S3 and its kin send it) and of a web page."""
_MAX_PAGE = 1 << 16


_STORAGE_ADVICE: dict[str, Remedy] = {
    "EntityTooLarge": Remedy("the file is too large for the storage host; make it smaller"),
    "RequestTimeTooSkewed": Remedy("set the clock of this machine right"),
}
"""Codes of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html for which trying
again with another address is no help."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """What the body of a 4xx or 5xx says."""

    message: str = ""
    code: str | None = None
    field: str | None = None
    request_id: str | None = None
    generation_id: str | None = None
    retry_after_s: float | None = None


def parse_error(response: Response) -> ApiError:
    """Read what can be read: JSON of any of the shapes seen, or nothing."""
    try:
        body = from_json(response.body)
    except ValueError:
        body = None
    request_id = one_line(response.headers.get("x-request-id")) or None
    if not isinstance(body, dict):
        return _error_of_page(response.body, request_id)
    inner = body.get("error")
    if isinstance(inner, dict):  # {"error": {"message": ..., "code": ...}}
        body = {**inner, **{key: value for key, value in body.items() if key != "error"}}
    return ApiError(
        message=one_line(body.get("message")) or one_line(body.get("error")),
        code=_text(body, "errorCode", "error_code", "code"),
        field=_text(body, "field"),
        request_id=_text(body, "requestId", "request_id") or request_id,
        generation_id=_text(body, "generationId"),
        retry_after_s=_seconds(body.get("retryAfterSeconds")),
    )


def _error_of_page(body: bytes, request_id: str | None) -> ApiError:
    """What a storage host says as XML, or the title of a web page."""
    text = body[:_MAX_PAGE].decode(errors="replace")
    said = {match[1].lower(): one_line(html.unescape(match[2])) for match in _TAGS.finditer(text)}
    return ApiError(
        message=said.get("message") or said.get("title", ""),
        code=said.get("code") or None,
        request_id=request_id or said.get("requestid") or None,
    )


def raise_for_status(request: Request, response: Response) -> None:
    """Let a success pass.

    Raises
    ------
    SubmitConnectionError
        There was no response, or not all of one.
    SubmitStatusError
        It is a 3xx, 4xx or 5xx.
    """
    if response.error is not None:
        kind = type(response.error).__name__
        reason = one_line(str(response.error))
        raise SubmitConnectionError(
            f"no answer to {request}: {reason or kind}; check the network and the base URL",
            reached=not response.unsent,
        ) from response.error
    if not response.is_success:
        raise status_error(request, response)


def status_error(request: Request, response: Response) -> SubmitStatusError:
    """Our error for a 3xx, 4xx or 5xx: what was refused, the server's words, what to do."""
    api_error = parse_error(response)
    said = ": ".join(filter(None, [api_error.code, api_error.field, api_error.message]))
    problem = f"{request} was answered {response.status}" + (f" ({said})" if said else "")
    if api_error.request_id:
        problem += f" [request {api_error.request_id}]"
    return SubmitStatusError(
        problem,
        remedy=ADVICE.get(api_error.code or "") or _status_advice(request, response),
        status_code=response.status,
        code=api_error.code,
        request_id=api_error.request_id,
    )


def generation_error(generation: Generation) -> GenerationError:
    """Our error for a job that ended without a result."""
    said = ": ".join(filter(None, [generation.error_code, generation.error]))
    return GenerationError(
        f"generation {generation.id} ended {generation.status}" + (f" ({said})" if said else ""),
        remedy=ADVICE.get(generation.error_code or "", Remedy("the server gave no advice")),
        generation_id=generation.id,
        code=generation.error_code,
    )


def _status_advice(request: Request, response: Response) -> Remedy:
    if not request.to_api:
        code = parse_error(response).code
        return _STORAGE_ADVICE.get(
            code or "",
            Remedy("the storage host refuses it; its address may have run out, try again"),
        )
    if 300 <= response.status < 400:
        return Remedy("the API does not redirect; check the base URL")
    if response.status >= 500:
        return _AGAIN
    # a 413 or a 429 says what it means, whoever sends it
    if is_web_page(response) and response.status not in (413, 429):
        return Remedy(
            "that is a web page and not the API's own answer: a firewall or proxy in between "
            "refuses the request, or the base URL is another site's"
        )
    return _STATUS_ADVICE.get(response.status, Remedy("the server refuses it"))


def is_web_page(response: Response) -> bool:
    """Whether a body is meant for a browser, so that not the API has answered."""
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    start = response.body.lstrip()[:15].lower()
    return kind == "text/html" or start.startswith((b"<!doctype html", b"<html"))


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return float(value)


def _text(body: dict[str, object], *keys: str) -> str | None:
    for key in keys:
        value = one_line(body.get(key))
        if value:
            return value
    return None
