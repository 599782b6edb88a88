"""The job file: what must survive a crash so that no generation is ever paid for twice.

It is written before the first send and at each step. Its idempotency key is bound to one request:
whatever happens in between, the same bytes go out with the same key, or nothing does.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from speaker_boxes.errors import JobFileError
from speaker_boxes.fetch.source import is_url
from speaker_boxes.files import job_path_beside, read_whole
from speaker_boxes.files import write_private as write_atomic
from speaker_boxes.submit.api.assets import Uploaded
from speaker_boxes.submit.http.responses import ENDED, Generation
from speaker_boxes.submit.schema.media import Kind
from speaker_boxes.submit.schema.serialize import first_error

State = Literal["new", "sending", "refused", "accepted", "ended"]
"""``new``: nothing was sent. ``sending``: the create was sent or is about to be, its outcome is
not known. ``refused``: the server said no and holds no job. ``accepted``: it has an id.
``ended``: nothing will happen any more."""


class FileUpload(BaseModel):
    """How far the upload of one file has come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    url: str
    asset_id: str | None = None


class Attachment(BaseModel):
    """A file that is sent within the create itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    sha256: str


class Job(BaseModel):
    """One generation, from before it is sent until its result is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    idempotency_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,128}$")]
    base_url: str
    fingerprint: str
    """Digest of what was asked for: model, options, selection, and the media by content."""
    created: str
    """When, UTC."""
    state: State = "new"
    uploads: dict[str, FileUpload] = {}
    request: dict[str, JsonValue] | None = None
    """The body of the create, fixed before the first send."""
    attachments: dict[Kind, Attachment] = {}
    """The files that go along with it, if it is a multipart one."""
    generation_id: str | None = None
    status: str | None = None
    """As the server last told it."""
    error: str | None = None
    error_code: str | None = None
    output: str | None = None
    """Where the result was downloaded to."""
    cost: float | None = None
    """What the server said that it would cost, if it was asked; it names no currency."""

    @classmethod
    def start(cls, fingerprint: str, base_url: str) -> Self:
        """A new job with a key of its own."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(
            idempotency_key=str(uuid.uuid4()),
            base_url=base_url,
            fingerprint=fingerprint,
            created=now,
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a job file.

        Raises
        ------
        JobFileError
            It cannot be read, or is none.
        """
        try:
            return cls.model_validate_json(read_whole(path))
        except OSError as error:
            raise JobFileError(f"cannot read {path}: {error.strerror}") from error
        except ValidationError as error:
            raise JobFileError(f"{path} is no job file: {first_error(error)}") from error

    def save(self, path: Path) -> Self:
        """Write it whole or not at all, for its owner alone, and give it back."""
        write_atomic(path, self.model_dump_json(indent=1, exclude_none=True) + "\n")
        return self

    def evolve(self, **changes: object) -> Self:
        """The same job with some fields changed."""
        return self.model_copy(update=changes)

    def seen(self, generation: Generation) -> Self:
        """The job after the server told how it stands."""
        return self.evolve(
            generation_id=generation.id,
            status=generation.status,
            state="ended" if generation.ended else "accepted",
            error=generation.error,
            error_code=generation.error_code,
        )

    def uploaded(self, kind: str, sha256: str) -> Uploaded | None:
        """How far the upload of a file has come, if it is still the same file."""
        done = self.uploads.get(kind)
        return Uploaded(done.url, done.asset_id) if done and done.sha256 == sha256 else None

    def with_upload(self, kind: str, sha256: str, step: Uploaded) -> Self:
        """The job after a step of an upload."""
        upload = FileUpload(sha256=sha256, url=step.url, asset_id=step.asset_id)
        return self.evolve(uploads={**self.uploads, kind: upload})

    @property
    def open(self) -> bool:
        """Whether the server may hold a job under this key that has not ended."""
        return self.state in ("sending", "accepted") and self.status not in ENDED


def job_path_for(boxes: Path | None, video: str | Path) -> Path:
    """Where a job file goes: beside the boxes, else beside the clip, else in this folder."""
    if boxes is not None:
        return job_path_beside(boxes)
    if not is_url(video):
        path = Path(video)
        return path.with_name(f"{path.name}.job.json")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", str(video).split("?")[0].rstrip("/").split("/")[-1])
    return Path(f"{name or 'video'}.job.json")


def archive(path: Path, job: Job) -> Path:
    """Rename a job file so that another job can have its name; its key is never lost."""
    kept = path.with_name(f"{path.stem}.{job.idempotency_key[:8]}{path.suffix}")
    try:
        path.replace(kept)
    except OSError as error:
        raise JobFileError(f"cannot rename {path}: {error.strerror}") from error
    return kept


def looks_like_job(path: Path) -> bool:
    """Whether a file given on the command line is a job file rather than a boxes file."""
    try:
        with path.open("rb") as file:
            return b'"idempotency_key"' in file.read(200)
    except OSError:
        return False
