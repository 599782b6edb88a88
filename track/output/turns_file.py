"""A file of turns: ``[{"start_s": 0.0, "end_s": 2.5, "speaker": "ana"}, ...]``.

Or as people have them already, by the file's ending: see ``turns_formats``.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from speaker_boxes.click import parse_clock
from speaker_boxes.errors import TurnsError
from speaker_boxes.files import read_whole
from speaker_boxes.progress import any_of
from speaker_boxes.track.identity.names import clean_name
from speaker_boxes.track.output.turns import Turn, check_turns
from speaker_boxes.track.output.turns_formats import READERS, read_spans


def read_turns(path: Path, names: Collection[str]) -> list[Turn]:
    """Read who speaks when; keys that we do not know, as a transcript's, are passed over.

    Parameters
    ----------
    names
        The speakers; a turn may be nobody else's.

    Raises
    ------
    TurnsError
        It cannot be read, or is something else; the message names the first entry that is wrong.
    """
    try:
        content = read_whole(path)
    except OSError as error:
        raise TurnsError(f"cannot read turns {path}: {error.strerror}") from error
    if path.suffix.lower() in READERS:
        return _checked(_read_foreign(path, content), names, str(path))
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        known = "" if path.suffix.lower() == ".json" else f"; other forms end in {any_of(READERS)}"
        raise TurnsError(f"{path} holds no turns: it is not JSON ({error}){known}") from error
    return parse_turns(value, names, str(path))


def parse_turns(value: object, names: Collection[str], where: str) -> list[Turn]:
    """Read who speaks when from parsed JSON, which messages call ``where``; as ``read_turns``."""
    if not isinstance(value, list):
        raise TurnsError(f"{where} holds no turns: it is not a list")
    turns = []
    for i, entry in enumerate(value):
        try:
            turns.append(turn_from_json(entry))
        except ValueError as error:
            raise TurnsError(f"{where}: turns[{i}]: {error}") from error
    return _checked(turns, names, where)


def _checked(turns: list[Turn], names: Collection[str], where: str) -> list[Turn]:
    if not turns:
        raise TurnsError(f"{where} holds no turns: the list is empty")
    try:
        check_turns(turns, names)
    except ValueError as error:
        raise TurnsError(f"{where}: {error}") from error
    return turns


def _read_foreign(path: Path, content: bytes) -> list[Turn]:
    """Subtitles and the like; spans that name nobody are passed over."""
    try:
        spans = read_spans(content.decode("utf-8"), path.suffix) or []
    except UnicodeDecodeError as error:
        raise TurnsError(f"{path} holds no turns: it is not UTF-8 ({error.reason})") from error
    except ValueError as error:
        raise TurnsError(f"{path}: {error}") from error
    if not spans:
        raise TurnsError(
            f"{path} names no speaker; say who speaks, in subtitles as <v Tom> or Tom: before the "
            "text"
        )
    turns = []
    for span in spans:
        try:
            name = clean_name(span.speaker)
            turns.append(Turn(start_s=span.start_s, end_s=span.end_s, speaker=name))
        except ValueError as error:
            raise TurnsError(f"{path}: {span.place}: {error}") from error
    return turns


def turn_to_json(turn: Turn) -> dict[str, Any]:
    """An entry of such a file; without what is left to the layout of the sound."""
    return {name: value for name, value in asdict(turn).items() if value is not None}


def turn_from_json(entry: object) -> Turn:
    """Read an entry; keys that we do not know are passed over.

    Raises
    ------
    ValueError
        It is something else.
    """
    if not isinstance(entry, dict):
        raise ValueError(f'must be {{"start_s", "end_s", "speaker"}}, got {_short(entry)}')
    for key in ("start_s", "end_s", "speaker"):
        if key not in entry:
            raise ValueError(f"has no {key}")
    speaker = entry["speaker"]
    if not isinstance(speaker, str):
        raise ValueError(f"speaker must be a name, got {_short(speaker)}")
    audio_start = entry.get("audio_start_s")
    return Turn(
        start_s=_seconds(entry["start_s"], "start_s"),
        end_s=_seconds(entry["end_s"], "end_s"),
        speaker=clean_name(speaker),
        audio_start_s=None if audio_start is None else _seconds(audio_start, "audio_start_s"),
    )


def _seconds(value: object, name: str) -> float:
    if isinstance(value, str) and ":" in value:
        return parse_clock(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number of seconds, got {_short(value)}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite, got {_short(value)}") from None


def _short(value: object) -> str:
    """A value as JSON, cut where it would fill the line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}..."
