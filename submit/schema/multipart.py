"""The same request with its files along: ``multipart/form-data``, streamed from disk.

One request instead of seven, for small files. Each try sends the files again, and a field may have
1 MiB, so that uploading as assets stays the default.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from speaker_boxes.errors import PreflightError, Remedy
from speaker_boxes.submit.schema.body import Body, Part
from speaker_boxes.submit.schema.media import LocalFile
from speaker_boxes.submit.schema.serialize import to_bytes

MAX_FILE = 20 * 10**6
"""Bytes of a file; older documentation says below 20 MB, newer allows more."""
MAX_FIELD = 2**20
"""Bytes of any other field."""
_TEXT_FIELDS = ("model", "webhookUrl", "outputFileName", "projectId")


def form_fields(request: Mapping[str, JsonValue], kinds: Sequence[str]) -> dict[str, str]:
    """The fields beside the files: text as it is, everything else as a JSON string.

    Parameters
    ----------
    kinds
        Inputs that go along as files, and so not in ``input``.

    Raises
    ------
    PreflightError
        One is longer than the API takes.
    """
    inputs = request["input"]
    left = [
        item
        for item in (inputs if isinstance(inputs, list) else [])
        if not (isinstance(item, dict) and item["type"] in kinds)
    ]
    fields = {}
    for name, value in {**request, "input": left or None}.items():
        if value is not None:
            fields[name] = str(value) if name in _TEXT_FIELDS else to_bytes(value).decode()
    for name, text in fields.items():
        if len(text) >= MAX_FIELD:
            raise PreflightError(
                f"the field {name} has {len(text)} bytes, multipart takes less than {MAX_FIELD}",
                remedy=Remedy(
                    "upload the files before, or send the address of the boxes",
                    "other_transfer_of_boxes",
                ),
            )
    return fields


def form_body(request: Mapping[str, JsonValue], files: Sequence[LocalFile], key: str) -> Body:
    """The body of a multipart create; the same bytes for the same job, whenever it is made."""
    boundary = "speaker-boxes-" + hashlib.sha256(key.encode()).hexdigest()[:32]
    parts: list[Part] = []
    for name, text in form_fields(request, [file.kind for file in files]).items():
        head = f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'
        parts.append(head.encode() + text.encode() + b"\r\n")
    for file in files:
        if file.size >= MAX_FILE:
            raise PreflightError(
                f"{file.path} has {file.size} bytes, multipart takes less than {MAX_FILE}",
                remedy=Remedy("upload the files before", "other_transfer_of_files"),
            )
        file.check_unchanged()
        name = "".join(c if c.isalnum() or c in "._-" else "_" for c in file.path.name)
        parts += [
            f'--{boundary}\r\ncontent-disposition: form-data; name="{file.kind}"; '
            f'filename="{name.encode("ascii", "replace").decode().replace("?", "_")}"\r\n'
            f"content-type: {file.content_type}\r\n\r\n".encode(),
            file.path,
            b"\r\n",
        ]
    parts.append(f"--{boundary}--\r\n".encode())
    return Body(tuple(parts), f"multipart/form-data; boundary={boundary}")
