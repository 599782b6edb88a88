"""A clip at an http(s) address: fetched whole and checked for length before it is decoded.

FFmpeg could read the address itself, but where a server drops the connection most of its formats
take that for the end of the clip, and fewer frames would come out without a word. A file that is
here also has a digest, and cannot lead FFmpeg to any other host.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from speaker_boxes.abandoned import scratch_folder
from speaker_boxes.errors import VideoOpenError
from speaker_boxes.fetch.source import MAX_BYTES, TIMEOUT_S, Download, redacted_url
from speaker_boxes.progress import Progress, Waiting, no_progress

MAX_S = 3600.0
"""Seconds that fetching it may take in all, so that a server that drips ends, too; chosen."""
CHUNK = 1 << 18


@contextmanager
def download(
    url: str,
    *,
    timeout_s: float = TIMEOUT_S,
    max_bytes: int = MAX_BYTES,
    max_s: float = MAX_S,
    progress: Progress = no_progress,
) -> Iterator[Download]:
    """Fetch a clip to a temporary file.

    Parameters
    ----------
    url
        Begins with http:// or https://, and so must all that the server redirects to.
    timeout_s
        Seconds without a byte after which the server is given up.
    max_bytes, max_s
        What it may be at most, and how long it may take in all.

    Raises
    ------
    VideoOpenError
        No answer, an answer other than 200, one whose end cannot be told from a dropped
        connection, fewer bytes than the server announced, or too many.
    """
    name = redacted_url(url)
    with scratch_folder() as folder:
        path = folder / f"clip{_suffix(url)}"
        try:
            with (
                Waiting(f"an answer of {urlsplit(url).hostname}", timeout_s) as waiting,
                ask(url, timeout_s) as answer,
                path.open("wb") as file,
            ):
                _check_whole(answer, name)
                telling = waiting.telling(progress)
                digest = _copy(answer, file, name, telling, max_bytes, max_s)
        except urllib.error.HTTPError as error:
            error.close()
            words = " ".join(str(error.reason).split())
            raise VideoOpenError(
                f"cannot open {name}: the server answers {error.code} {words}"
            ) from error
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise VideoOpenError(f"cannot fetch {name}: {reason(error, timeout_s)}") from error
        yield Download(path, digest)


def ask(url: str, timeout_s: float, *, start: int = 0) -> http.client.HTTPResponse:
    """Open the address, with nothing but http(s) to be redirected to.

    With a ``start`` the server is asked for what comes from that byte on; it may still answer
    with everything (status 200 instead of 206).
    """
    parts = urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    plain = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
    request = urllib.request.Request(quote(plain, safe="%/:=&?~+!$,;'@()*[]"))
    request.add_header("User-Agent", "speaker-boxes")
    if start:
        request.add_header("Range", f"bytes={start}-")
    if login:
        secret = base64.b64encode(unquote(login).encode()).decode()
        # unredirected: no other host gets to see it
        request.add_unredirected_header("Authorization", f"Basic {secret}")
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    answer = opener.open(request, timeout=timeout_s)
    assert isinstance(answer, http.client.HTTPResponse)
    return answer


def _check_whole(answer: http.client.HTTPResponse, name: str) -> None:
    """Refuse an answer that is not all of the clip, or may end before all of it without a sign."""
    if answer.status != http.HTTPStatus.OK:
        raise VideoOpenError(
            f"cannot fetch {name}: the server answers {answer.status} {answer.reason}, which is "
            "not the whole clip"
        )
    if answer.length is None and not answer.chunked:
        raise VideoOpenError(
            f"cannot fetch {name}: the server does not say how long it is, and a dropped "
            "connection would be taken for its end; download the file first"
        )


def _copy(
    answer: http.client.HTTPResponse,
    file: IO[bytes],
    name: str,
    progress: Progress,
    max_bytes: int,
    max_s: float,
) -> str:
    """Write what the server sends; its SHA-256 if that is as much as it announced."""
    announced = answer.length
    digest = hashlib.sha256()
    done, end_s = 0, time.monotonic() + max_s
    _check_size(announced or 0, max_bytes, name)
    while chunk := answer.read1(CHUNK):
        file.write(chunk)
        digest.update(chunk)
        done += len(chunk)
        _check_size(done, max_bytes, name)
        if time.monotonic() > end_s:
            raise VideoOpenError(
                f"cannot fetch {name}: it has taken {max_s:g} s for {done} bytes; "
                "download the file first"
            )
        progress("download", done, announced)
    if announced is not None and done != announced:
        raise VideoOpenError(
            f"cannot fetch {name}: the connection ended after {done} of {announced} bytes; "
            "try again, or download the file first"
        )
    return digest.hexdigest()


def _check_size(n_bytes: int, max_bytes: int, name: str) -> None:
    if n_bytes > max_bytes:
        raise VideoOpenError(
            f"cannot fetch {name}: it is larger than {max_bytes / 1e9:.1f} GB; "
            "download the file first, if it is the right one"
        )


def _suffix(url: str) -> str:
    """The ending of the address, which a few of FFmpeg's formats are known by."""
    match = re.search(r"\.[A-Za-z0-9]{1,8}$", urlsplit(url).path)
    return match[0] if match else ""


def reason(error: BaseException, timeout_s: float) -> str:
    """What went wrong, in words for one line, and what would do."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout_s:g} s; try again, or download the file first"
    if isinstance(error, http.client.IncompleteRead):
        return "the connection ended before the clip did; try again, or download the file first"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__
