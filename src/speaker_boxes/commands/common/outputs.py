"""Where results go if nobody says so, and which files of an earlier run a new one may replace."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from speaker_boxes.errors import OutputError, Remedy
from speaker_boxes.files import (
    boxes_path_for,
    check_writable,
    edits_path_for,
    read_whole,
    report_path_for,
    turns_path_for,
    write_together,
)

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from speaker_boxes.follow.target import Target
    from speaker_boxes.track.output.result import SpeakerBoxes
    from speaker_boxes.track.output.turns import TurnBoxes


def place_beside(source: str, ending: str, *, sample: bool = False) -> Path:
    """Where what is made of a clip goes: ``CLIP.ENDING`` beside it, or in the current folder.

    Parameters
    ----------
    ending
        As ``boxes.json``.
    sample
        The clip is the package's own, beside which nothing belongs.
    """
    from speaker_boxes.fetch.source import is_url, redacted_url

    name = redacted_url(source)  # of what was piped in, what it is called
    if is_url(source) or name != source:
        return Path(f"{Path(unquote(urlsplit(name).path)).stem or 'clip'}.{ending}")
    clip = Path(source)
    beside = clip.with_name(f"{clip.stem}.{ending}") if clip.name else Path(f"clip.{ending}")
    return Path(beside.name) if sample or not _is_open(clip.parent) else beside


def _is_open(folder: Path) -> bool:
    """Whether files belong into a folder: one without any leave to write is not meant to change."""
    try:
        modes = folder.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    except OSError:
        return False
    return bool(modes) and os.access(folder, os.W_OK | os.X_OK)


def choose_boxes(
    source: str, speaker_args: Target, *, sample: bool, overwrite: bool
) -> dict[str, Path]:
    """Where boxes go by themselves: ``CLIP.boxes.json``, or with a number if that is another's.

    Returns
    -------
    dict
        The path of each array, by ``speaker_args.names``.

    Raises
    ------
    OutputError
        As from ``check_writable``.
    """
    first = place_beside(source, "boxes.json", sample=sample)
    for boxes in _numbered(first):
        paths = {name: boxes_path_for(boxes, name) for name in speaker_args.names}
        if overwrite or not any(_in_the_way(source, path, speaker_args) for path in paths.values()):
            break
    for path in paths.values():
        _check_writable(source, path, speaker_args)
    return paths


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def check_outputs(source: str, boxes: Path, speaker_args: Target, *, overwrite: bool) -> None:
    """Say before the work begins that the boxes or what belongs to them could not be written.

    Raises
    ------
    OutputError
        As from ``check_writable``; what the command wrote itself for the same clip may be
        replaced without ``overwrite``.
    """
    _check_writable(source, boxes, speaker_args)
    if not overwrite and (found := _in_the_way(source, boxes, speaker_args)):
        path, why = found
        remedy = Remedy("allow overwriting to replace it", "allow_overwrite")
        raise OutputError(f"{path} exists, and {why}", remedy=remedy)


def check_made(
    path: Path, source: str | None, *, overwrite: bool, inputs: Sequence[str | Path]
) -> None:
    """As ``check_writable``; what was made of the same source and not changed may be replaced.

    Parameters
    ----------
    source
        From ``identity_of``; ``None`` if it is not known.
    """
    from speaker_boxes.made_of import is_made_of

    own = source is not None and path.is_file() and is_made_of(path, source)
    check_writable(path, overwrite=overwrite or own, inputs=inputs)


def identity_of(source: str) -> str | None:
    """What tells a clip from others: its digest, or its address; ``None`` if it is not there."""
    from speaker_boxes.fetch.source import is_url, redacted_url

    if is_url(source):
        return redacted_url(source)
    return _digest(Path(source))


def _check_writable(source: str, boxes: Path, speaker_args: Target) -> None:
    for path in _files_of(boxes, speaker_args):
        check_writable(path, overwrite=True, inputs=[source])


def _files_of(boxes: Path, speaker_args: Target) -> list[Path]:
    turns = [] if speaker_args.active is None else [turns_path_for(boxes)]
    return [boxes, report_path_for(boxes), *turns]


def _in_the_way(source: str, boxes: Path, speaker_args: Target) -> tuple[Path, str] | None:
    """The first file that is not to be replaced unasked, and why."""
    there = [path for path in _files_of(boxes, speaker_args) if os.path.lexists(path)]
    if not there:
        return None
    report = report_path_for(boxes)
    written = _read_report(report)
    if written is None:
        return there[0], "is not known to be of this command"
    clip, digests = written
    for path in there:
        kind = {boxes: "boxes", turns_path_for(boxes): "turns"}.get(path)
        if kind is not None and digests.get(kind) != _digest(path):
            return path, "was changed since this command wrote it"
    if not _is_of(clip, source):
        return there[0], "is of another clip"
    edits = edits_path_for(boxes)
    if edits.exists() and speaker_args.edits is None:
        return there[0], f"was mended by hand ({edits})"
    return None


def _read_report(path: Path) -> tuple[dict[str, object], dict[str, object]] | None:
    """What a report says of its clip and of the files it was written with."""
    try:
        report = json.loads(read_whole(path))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(report, dict):
        return None
    clip, written = report.get("clip"), report.get("written")
    return (clip, written) if isinstance(clip, dict) and isinstance(written, dict) else None


def _digest(path: Path) -> str | None:
    from speaker_boxes.file_digest import file_digest

    try:
        return file_digest(path) if path.is_file() else None
    except OSError:
        return None


def _is_of(clip: dict[str, object], source: str) -> bool:
    """Whether a report is of this clip: by its digest, of an address by its name."""
    from speaker_boxes.fetch.source import is_url

    said = clip.get("source" if is_url(source) else "sha256")
    return said is not None and said == identity_of(source)


def write_outputs(boxes: Path, result: SpeakerBoxes | TurnBoxes) -> None:
    """Write the boxes, never without the report that belongs to them, and found turns."""
    from speaker_boxes.track.output.report import output_files

    files = output_files(boxes, result)
    write_together(*files)
    for path, content in files:
        logger.info("%s: %d bytes written", path, len(content.encode()))


def say_places(paths: Sequence[Path]) -> str:
    """Where boxes are that nobody named a place for; the report is beside each."""
    reports = [report_path_for(path) for path in paths]
    return f"boxes in {_listed(paths)}, report in {_listed(reports)}"


def _listed(paths: Sequence[Path]) -> str:
    return " and ".join(map(str, paths))
