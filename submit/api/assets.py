"""Put a file where the API finds it: ask for a place, put it there, register it as an asset.

Assets rather than multipart by default: a create that is repeated then repeats a few kilobytes
and not the clip, what was uploaded survives a restart, and there is no limit of 1 MiB on the
boxes, as there is on a multipart field.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from speaker_boxes.errors import PreflightError, SubmitStatusError
from speaker_boxes.submit.http.effects import ClientConfig, Flow, Request, Response
from speaker_boxes.submit.http.responses import UploadTicket, parse_asset, parse_ticket
from speaker_boxes.submit.http.retry import send
from speaker_boxes.submit.schema.media import LocalFile
from speaker_boxes.submit.schema.serialize import to_bytes

logger = logging.getLogger(__name__)

MAX_UPLOAD = 5 * 10**9
"""Bytes of a single upload that the API's documentation allows."""
_JSON = {"content-type": "application/json", "accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How far the upload of one file has come."""

    url: str
    """Where the file is, once it was put there."""
    asset_id: str | None = None
    """Its id, once it is registered."""


def upload(
    file: LocalFile,
    config: ClientConfig,
    *,
    begun: Uploaded | None = None,
    on_step: Callable[[Uploaded], None] = lambda step: None,
) -> Flow[str]:
    """Make a file an asset and tell its id.

    Parameters
    ----------
    begun
        How far an earlier try came: what is done is not done again.
    on_step
        Called after the file is put, and after it is registered.

    Raises
    ------
    PreflightError
        The file is too large, gone, or not what it was.
    SubmitError
        It could not be put or registered.
    """
    if begun is not None and begun.asset_id is not None:
        return begun.asset_id
    if begun is not None:
        try:
            return (yield from _register(file, begun.url, config, on_step))
        except SubmitStatusError as error:
            logger.info("%s: the file put earlier is gone (%s)", file.path.name, error)
    url = yield from _put(file, config)
    on_step(Uploaded(url))
    return (yield from _register(file, url, config, on_step))


def _put(file: LocalFile, config: ClientConfig) -> Flow[str]:
    file.check_unchanged()
    try:
        ticket = yield from _request_ticket(file, config)
        yield from send(_put_request(file, ticket), _ignore, config)
    except SubmitStatusError as error:
        # the place is signed for a time: one that has run out is asked for anew, once
        if error.status_code != 403:
            raise
        ticket = yield from _request_ticket(file, config)
        yield from send(_put_request(file, ticket), _ignore, config)
    file.check_unchanged()
    return ticket.url


def _request_ticket(file: LocalFile, config: ClientConfig) -> Flow[UploadTicket]:
    if file.size > MAX_UPLOAD:
        raise PreflightError(f"{file.path} has {file.size} bytes, an upload may have {MAX_UPLOAD}")
    body = {"fileName": file.path.name, "contentType": file.content_type, "size": file.size}
    request = Request("POST", "/v2/assets/upload", headers=_JSON, body=(to_bytes(body),))
    return (yield from send(request, parse_ticket, config))


def _put_request(file: LocalFile, ticket: UploadTicket) -> Request:
    headers = {"content-type": file.content_type}
    return Request(
        "PUT", ticket.upload_url, headers, body=(file.path,), stage=f"upload {file.kind}"
    )


def _register(
    file: LocalFile, url: str, config: ClientConfig, on_step: Callable[[Uploaded], None]
) -> Flow[str]:
    body = to_bytes({"url": url, "type": file.kind.upper()})
    request = Request("POST", "/v2/assets", headers=_JSON, body=(body,))
    asset = yield from send(request, parse_asset, config)
    on_step(Uploaded(url, asset.id))
    return asset.id


def _ignore(response: Response) -> None:
    """The response of a storage host to a PUT holds nothing that is needed."""
