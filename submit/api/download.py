"""Fetch a result: streamed to a part file, resumed, checked for its length, then renamed.

The part lies beside the target as ``NAME.part``, with the server's tag for it in
``NAME.part.tag``: only if the tag is still the same is the rest fetched and not the whole.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from speaker_boxes.errors import (
    OutputError,
    SubmitConnectionError,
    SubmitReplyError,
    SubmitStatusError,
)
from speaker_boxes.files import read_whole, target_of
from speaker_boxes.submit.http.effects import ClientConfig, Flow, Request, Response
from speaker_boxes.submit.http.retry import send

logger = logging.getLogger(__name__)

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


class PartFile:
    """The sink of a download: what is there already, and what comes."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(target.name + ".part")
        self._tag_path = target.with_name(target.name + ".part.tag")
        self._file: BinaryIO | None = None
        self._total: int | None = None
        self._begun = False

    def request_headers(self) -> dict[str, str]:
        """Ask for the rest if there is a part and the tag that proves it fits, else for all."""
        headers = {"accept-encoding": "identity"}
        tag, size = self._tag(), self.size()
        if tag and size:
            headers |= {"range": f"bytes={size}-", "if-range": tag}
        return headers

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Open the part file: at its end for a 206 that continues it, anew for a 200."""
        self._begun = False
        if status not in (200, 206):
            return False
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        if kind in ("text/html", "application/xml", "text/xml", "application/json"):
            return False  # a storage host's way to say that something is wrong
        start = 0
        length = headers.get("content-length", "")
        self._total = int(length) if length.isdigit() and len(length) < 18 else None
        if status == 206:
            found = _RANGE.fullmatch(headers.get("content-range", "").strip())
            if found is None or int(found[1]) != self.size():
                return False
            start = int(found[1])
            whole = int(found[2]) + 1
            self._total = whole if found[3] == "*" else int(found[3])
        try:
            self._file = self.path.open("ab" if start else "wb")
            # a weak tag (W/"...") does not promise equal bytes
            tag = headers.get("etag", "")
            self._tag_path.write_text(tag if tag.startswith('"') else "", encoding="ascii")
        except (OSError, UnicodeError) as error:
            raise OutputError(f"cannot write {self.path}: {error}") from error
        self._begun = True
        return True

    def write(self, chunk: bytes) -> tuple[int, int | None]:
        """Append a piece."""
        if self._file is None:
            raise ValueError("write comes after begin")
        try:
            self._file.write(chunk)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from error
        return self._file.tell(), self._total

    def end(self) -> None:
        """Close the file; what has come stays."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise OutputError(f"cannot write {self.path}: {error.strerror}") from error
            finally:
                self._file = None

    def parse(self, response: Response) -> int:
        """Size of the finished part.

        Raises
        ------
        SubmitReplyError
            The response was not the file.
        SubmitConnectionError
            Less came than was announced.
        """
        if not self._begun:
            kind = response.headers.get("content-type", "unknown type")
            self.discard()
            raise SubmitReplyError(
                f"the storage host sent {kind} with status {response.status}, not the result"
            )
        size = self.size()
        if self._total is not None and size < self._total:
            raise SubmitConnectionError(f"the download ended after {size} of {self._total} bytes")
        if size == 0:
            self.discard()
            raise SubmitReplyError("the storage host sent an empty file, not the result")
        if self._total is not None and size > self._total:
            self.discard()
            raise SubmitReplyError(f"the storage host sent {size} bytes, not {self._total}")
        if self._total is None:
            logger.warning("the storage host did not say how long the result is: %d bytes", size)
        return size

    def recover(self, response: Response) -> int | None:
        """The size, if the server says that there is nothing left to send."""
        size = self.size()
        said = response.headers.get("content-range", "").strip()
        return size if response.status == 416 and size and said == f"bytes */{size}" else None

    def finish(self, target: Path) -> None:
        """Give the part its name."""
        try:
            self.path.replace(target)
        except OSError as error:
            raise OutputError(f"cannot write {target}: {error.strerror}") from error
        self._tag_path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Forget what has come."""
        self.path.unlink(missing_ok=True)
        self._tag_path.unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def _tag(self) -> str:
        try:
            tag = read_whole(self._tag_path).decode("ascii")
        except (OSError, UnicodeError):
            return ""
        return tag if tag.startswith('"') and tag.isprintable() else ""


def download(url: str, target: Path, config: ClientConfig) -> Flow[int]:
    """Fetch ``url`` to ``target`` and tell its size in bytes.

    The address is signed: it is used as it is, and without the key.

    Raises
    ------
    SubmitError
        It could not be had, not even piece by piece; what has come is kept for the next try.
    OutputError
        It cannot be written.
    """
    target = target_of(target)  # what a link leads to
    part = PartFile(target)

    def range_request() -> Request:
        return Request("GET", url, part.request_headers(), sink=part, stage="download")

    while True:
        before = part.size()
        try:
            size = yield from send(range_request, part.parse, config, recover=part.recover)
            break
        except SubmitConnectionError:
            if part.size() <= before:  # retries are counted only while nothing more comes
                raise
        except SubmitStatusError as error:
            if error.status_code != 416 or not before:
                raise
            part.discard()
    part.finish(target)
    return size
