"""A request as a line for the shell, equal to what would be sent, with the key as a variable."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from speaker_boxes.submit.account import KEY_VARIABLE
from speaker_boxes.submit.media import LocalFile
from speaker_boxes.submit.multipart import form_fields

MAX_ARGUMENT = 100_000
"""Bytes: Linux refuses an argument of 128 KiB, so what is longer goes in by a here-document."""
_END = "SPEAKER_BOXES_END"


def curl_json(base_url: str, request: Mapping[str, JsonValue], key: str) -> str:
    """The create as one ``curl`` command for ``sh``."""
    body = json.dumps(request, separators=(",", ":"))
    head = _head(base_url, key) + " -H 'Content-Type: application/json'"
    if len(body) <= MAX_ARGUMENT:
        return f"{head} --data-raw {shlex.quote(body)}"
    return f"{head} --data-binary @- <<'{_END}'\n{body}\n{_END}"


def curl_form(
    base_url: str, request: Mapping[str, JsonValue], files: Sequence[LocalFile], key: str
) -> str:
    """The multipart create as one ``curl`` command."""
    line = _head(base_url, key)
    for name, text in form_fields(request, [file.kind for file in files]).items():
        line += f" --form-string {shlex.quote(f'{name}={text}')}"
    for file in files:
        # curl reads ; and , in a bare name as its own
        name = str(file.path).replace("\\", "\\\\").replace('"', '\\"')
        line += " -F " + shlex.quote(f'{file.kind}=@"{name}";type={file.content_type}')
    return line


def _head(base_url: str, key: str) -> str:
    address = shlex.quote(f"{base_url}/v2/generate")
    return (
        f'curl -sS -X POST {address} -H "x-api-key: ${KEY_VARIABLE}"'
        f" -H {shlex.quote(f'Idempotency-Key: {key}')}"
    )
