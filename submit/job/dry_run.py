"""What would be sent, to read, and as a line for the shell, with the key as a variable."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from speaker_boxes.submit.http.auth import KEY_VARIABLE
from speaker_boxes.submit.job.job_file import Job
from speaker_boxes.submit.job.spec import JobSpec
from speaker_boxes.submit.schema.media import LocalFile
from speaker_boxes.submit.schema.multipart import form_fields

REQUEST_FILE = "request.json"
"""What the line for the shell takes the body from: it is not told twice."""


def curl_json(base_url: str, key: str) -> str:
    """The create as one ``curl`` command for ``sh``, with the body in ``REQUEST_FILE``."""
    head = _head(base_url, key) + " -H 'Content-Type: application/json'"
    return f"{head} --data @{REQUEST_FILE}"  # without the line feed in the end


def curl_form(
    base_url: str, fields: Mapping[str, str], files: Sequence[LocalFile], key: str
) -> str:
    """The multipart create as one ``curl`` command.

    Parameters
    ----------
    fields
        As ``form_fields`` gives them.
    """
    line = _head(base_url, key)
    for name, text in fields.items():
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


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would be sent."""

    request: Mapping[str, JsonValue]
    """The body; of a multipart request its fields, and ``@PATH`` for a file, as curl spells it."""
    curl: str
    missing: tuple[str, ...]
    """Names of files that are not uploaded yet; capitals stand for the ids of their assets."""


def dry_run(spec: JobSpec, path: Path, base_url: str) -> DryRun:
    """Tell what ``run_job`` would send; nothing is sent or written.

    The key is that of the job file if it is of this request and the server has not refused it, so
    that the printed line and the command are one job to the server, whichever is run first.
    """
    job = Job.read(path) if path.exists() else None
    if job is None or job.fingerprint != spec.fingerprint() or job.base_url != base_url:
        job = Job.start(spec.fingerprint(), base_url)
    elif job.state == "refused":
        job = Job.start(job.fingerprint, base_url).evolve(uploads=job.uploads)
    if spec.multipart:
        files = list(spec.files.values())
        kinds = [file.kind for file in files]
        fields = form_fields(spec.request(dict.fromkeys(kinds, "attached")), kinds)
        line = curl_form(base_url, fields, files, job.idempotency_key)
        shown: dict[str, JsonValue] = {**fields}
        shown.update((file.kind, f"@{file.path}") for file in files)
        return DryRun(shown, line, ())
    assets: dict[str, str] = {}
    missing = []
    for name, file in spec.files.items():
        done = job.uploaded(name, file.sha256)
        known = done.asset_id if done else None
        assets[name] = known or f"ASSET_ID_OF_{name.upper().replace('.', '_')}"
        if known is None:
            missing.append(file.path.name)
    request = job.request or spec.request(assets)
    return DryRun(request, curl_json(base_url, job.idempotency_key), tuple(missing))


_FIRST, _LAST, _TEXT = 3, 2, 200
"""How much of a long list, and of a long text, is shown; chosen."""


def readable(value: JsonValue, *, indent: int = 0) -> str:
    """A request over several lines, like JSON, to look at.

    A list of numbers is on one line, a long list or text is shortened in the middle.
    """
    inner = " " * (indent + 1)
    if isinstance(value, dict) and value:
        parts = [
            f"{json.dumps(key)}: {readable(each, indent=indent + 1)}" for key, each in value.items()
        ]
    elif isinstance(value, list) and any(isinstance(each, list | dict) for each in value):
        n_more = len(value) - _FIRST - _LAST
        shown = value if n_more <= 1 else [*value[:_FIRST], *value[-_LAST:]]
        parts = [readable(each, indent=indent + 1) for each in shown]
        if n_more > 1:
            parts.insert(_FIRST, f"... {n_more} more ...")
    else:
        text = json.dumps(value)
        n_more = len(text) - _TEXT
        half = _TEXT // 2
        return text if n_more <= 0 else f"{text[:half]} ... {n_more} more ... {text[-half:]}"
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    lines = f",\n{inner}".join(parts)
    return f"{opening}\n{inner}{lines}\n{' ' * indent}{closing}"


def whole(request: Mapping[str, JsonValue]) -> str:
    """The body of a request to the byte: under one key a server may insist on it."""
    return json.dumps(request, separators=(",", ":"))
