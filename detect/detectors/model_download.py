"""A model that is not packaged: fetched once into the user's cache, and checked by its digest."""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import urllib.error
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from speaker_boxes.errors import ModelError, Remedy
from speaker_boxes.fetch.http import CHUNK, ask, reason
from speaker_boxes.fetch.source import TIMEOUT_S
from speaker_boxes.file_digest import file_digest
from speaker_boxes.files import read_whole
from speaker_boxes.progress import Waiting

logger = logging.getLogger(__name__)
# its warnings of each retry would go to stderr where a program has set up no logging
logging.getLogger("stamina").addHandler(logging.NullHandler())

_TRIES = 3
_LFS_POINTER = b"version https://git-lfs"


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model file on the web."""

    name: str
    url: str
    sha256: str
    variable: str
    """Environment variable that names a local file instead."""
    role: str = "detector"
    """What it is for; a program may name its option for a local file so."""


YUNET = RemoteModel(
    name="face_detection_yunet_2023mar.onnx",
    # by commit: a branch may drop the file. "raw" leads on to the file itself where it is stored
    # by Git LFS, as this one is; raw.githubusercontent.com gives its pointer
    url="https://github.com/opencv/opencv_zoo/raw/82b38c8f98e7b52aa171400f3e4c722352d0669f/"
    "models/face_detection_yunet/face_detection_yunet_2023mar.onnx",
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    variable="SPEAKER_BOXES_YUNET",
)
"""YuNet of March 2023, by Shiqi Yu, MIT licence, from the OpenCV model zoo."""

LR_ASD = RemoteModel(
    name="lr_asd_pretrain_AVA.model",
    url="https://github.com/Junhua-Liao/LR-ASD/raw/1b6dcd2d8fc2895683de6508ec6294ec47d388ca/"
    "weight/pretrain_AVA.model",
    sha256="85e6c77fc981595234790d1e128ebb60352d37726b2445e0ef8891e2512fe9e3",
    variable="SPEAKER_BOXES_LR_ASD",
    role="speech",
)
"""LR-ASD with its weights of AVA, by Junhua Liao, MIT licence: who speaks."""


def model_folder() -> Path:
    """Where fetched models are kept."""
    return platformdirs.user_cache_path("speaker-boxes") / "models"


def local_model(
    model: RemoteModel,
    *,
    path: Path | None = None,
    folder: Path | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Path:
    """Have a model here, fetching it if it is not.

    Parameters
    ----------
    path
        A local file to use instead; else the model's environment variable may name one. Such a
        file is the user's own choice, and its digest may be another.
    folder
        Where fetched models are kept.
    timeout_s
        Seconds without a byte after which the server is given up.

    Raises
    ------
    ModelError
        The named file is missing, or the model could not be fetched; the message says which file
        to put where.
    """
    named = path or os.environ.get(model.variable)
    if named:
        return _check_named(Path(named), "model" if path else model.variable)
    target = (folder or model_folder()) / model.name
    if not _is_good(target, model.sha256):
        try:
            _fetch(model, target, timeout_s)
        except ModelError as error:
            raise ModelError(str(error), remedy=_by_hand(model, target)) from error
    return target


def digest_of(model: RemoteModel, *, path: Path | None = None) -> str:
    """SHA-256 of what ``local_model`` would give; only a file of the user's own is read."""
    named = path or os.environ.get(model.variable)
    return file_digest(Path(named)) if named and Path(named).is_file() else model.sha256


def _by_hand(model: RemoteModel, target: Path) -> Remedy:
    """How to do without fetching."""
    values = {
        "url": model.url, "target": str(target), "variable": model.variable, "role": model.role
    }  # fmt: skip
    text = "or download {url} yourself and save it as {target}, or name it in {variable}"
    return Remedy(text.format(**values), "get_model", values)


def _check_named(path: Path, how: str) -> Path:
    try:
        with path.open("rb") as file:
            head = file.read(len(_LFS_POINTER))
    except OSError as error:
        raise ModelError(f"cannot read {path} ({how}): {error.strerror}") from error
    if head == _LFS_POINTER:
        raise ModelError(f"{path} ({how}) is only Git LFS's pointer to the model; fetch the file")
    return path


def _is_good(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(read_whole(path)).hexdigest() == sha256
    except OSError:
        return False


def _fetch(model: RemoteModel, target: Path, timeout_s: float) -> None:
    """Bring the file whole and checked to its place; what has come is kept for the next try."""
    logger.info("fetching %s", model.url)
    part = target.with_name(f".{target.name}.part")
    try:
        import stamina  # only where something is fetched: it takes 50 ms

        target.parent.mkdir(parents=True, exist_ok=True)
        for attempt in stamina.retry_context(
            on=_InterruptedError, attempts=_TRIES, wait_initial=0.2, timeout=None
        ):
            with attempt:
                _append(model, part, timeout_s)
        if not _is_good(part, model.sha256):
            part.unlink()
            raise ModelError(f"cannot use what {model.url} gave: its SHA-256 is another")
        part.replace(target)
    except urllib.error.HTTPError as error:
        error.close()
        raise ModelError(f"cannot fetch {model.url}: the server answers {error.code}") from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise ModelError(f"cannot fetch {model.url}: {reason(error, timeout_s)}") from error


def _append(model: RemoteModel, part: Path, timeout_s: float) -> None:
    """Ask for what is missing and write it behind what is there."""
    start = part.stat().st_size if part.is_file() else 0
    try:
        with Waiting(f"the model at {model.url}", timeout_s):
            answer = ask(model.url, timeout_s, start=start)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not start:
            raise
        error.close()  # all of it is here, or more
        return
    with answer, part.open("ab" if answer.status == http.HTTPStatus.PARTIAL_CONTENT else "wb") as f:
        missing = answer.length
        while chunk := answer.read1(CHUNK):
            f.write(chunk)
            missing = None if missing is None else missing - len(chunk)
    if missing:
        raise _InterruptedError(f"the connection ended {missing} bytes too early")


class _InterruptedError(OSError):
    """The connection ended before the file did."""
