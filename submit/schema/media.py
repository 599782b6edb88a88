"""The clip and the sounds of a job: addresses that the server fetches, files of ours, or texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

from speaker_boxes.errors import PreflightError, VideoOpenError
from speaker_boxes.fetch.source import is_url, plain_source
from speaker_boxes.file_digest import file_digest

Kind = Literal["video", "image", "audio"]

CONTENT_TYPES: dict[Kind, dict[str, str]] = {
    "video": {
        ".mp4": "video/mp4",
        ".m4v": "video/mp4",
        ".mov": "video/quicktime",
        ".qt": "video/quicktime",
        ".webm": "video/webm",
        ".avi": "video/x-msvideo",
    },
    "image": {
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".png": "image/png",
        ".webp": "image/webp",
    },
    "audio": {
        ".wav": "audio/wav",
        ".mp3": "audio/mpeg",
        ".ogg": "audio/ogg",
        ".flac": "audio/flac",
        ".m4a": "audio/mp4",
        ".mp4": "audio/mp4",
        ".aac": "audio/aac",
        ".wma": "audio/x-ms-wma",
    },
}
"""What the API is documented to take. A table of ours: the system's own differs by system."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Something that the server fetches itself."""

    kind: Kind
    url: str

    def identity(self) -> dict[str, str]:
        """What makes it the same input as before."""
        return {"url": self.url}


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file as it was when its digest was taken."""

    kind: Kind
    path: Path
    sha256: str
    size: int
    modified_ns: int
    content_type: str

    def identity(self) -> dict[str, str]:
        """What makes it the same input as before: its content, not its name."""
        return {"sha256": self.sha256}

    def check_unchanged(self) -> None:
        """Raise unless the file is still the one whose digest was taken.

        Raises
        ------
        PreflightError
            It was written to since, or is gone.
        """
        try:
            now = self.path.stat()
        except OSError as error:
            raise PreflightError(f"cannot read {self.path}: {error.strerror}") from error
        if (now.st_size, now.st_mtime_ns) != (self.size, self.modified_ns):
            raise PreflightError(f"{self.path} has changed since it was checked; submit again")


Source = Remote | LocalFile


@dataclass(frozen=True, slots=True)
class Script:
    """A text that a voice of ElevenLabs reads, in place of a sound."""

    text: str
    voice_id: str
    """Of a voice cloned in the web app, or one of ElevenLabs."""
    stability: float | None = None
    """In [0, 1]; lower ones are livelier."""
    similarity_boost: float | None = None
    """In [0, 1]: how near to the original voice."""

    def identity(self) -> dict[str, str]:
        """What makes it the same input as before; the rest of it is in the request."""
        return {"voice": self.voice_id}


Sound = Source | Script
SoundGiven = str | Path | Script
"""A sound as callers name it: an address, a path, or a text."""


def visual_kind(given: str | Path) -> Kind:
    """Whether a file or an address is a picture or a clip, by how its name ends."""
    name = urlsplit(str(given)).path if is_url(given) else str(given)
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    return "image" if suffix in CONTENT_TYPES["image"] else "video"


def read_sound(given: SoundGiven) -> Sound:
    """A text as it is; errors as in ``read_source``."""
    return given if isinstance(given, Script) else read_source("audio", given)


def read_source(kind: Kind, given: str | Path) -> Source:
    """Tell an address from a file, and take the file's digest.

    Raises
    ------
    PreflightError
        There is no such file, or it is of a kind that the API does not take.
    """
    try:
        given = plain_source(given)
    except VideoOpenError as error:
        raise PreflightError(str(error)) from error
    if is_url(given):
        return Remote(kind, given)
    path = Path(given)
    if not path.is_file():
        what = "it is a folder" if path.is_dir() else "no such file"
        raise PreflightError(f"cannot read {kind} {path}: {what}")
    known = CONTENT_TYPES[kind]
    content_type = known.get(path.suffix.lower())
    if content_type is None:
        raise PreflightError(f"cannot send {path} as {kind}: the API takes {' '.join(known)}")
    try:
        facts = path.stat()
        sha256 = file_digest(path)
    except OSError as error:
        raise PreflightError(f"cannot read {kind} {path}: {error.strerror}") from error
    if facts.st_size == 0:
        raise PreflightError(f"cannot send {path}: it is empty")
    return LocalFile(kind, path, sha256, facts.st_size, facts.st_mtime_ns, content_type)
