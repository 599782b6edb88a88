"""Edits as a file: JSON with a format number and the clip's digest.

::

    {
     "format": 1,
     "clip": {"sha256": "9f...", "name": "talk.mp4"},
     "detector": null, "stream": null, "max_gap_s": null,
     "speakers": [{"name": "ana", "clicks": [[0, 300, 200]], "tracks_yes": [], "tracks_no": []}],
     "joins": [[[0, 300, 200], [80, 310, 190]]],
     "parts": [{"click": [0, 300, 200], "frame": 50}],
     "spans": [
      {"speaker": "ana", "first": 10, "end": 20, "kind": "null"},
      {"speaker": "ana", "first": 30, "end": 40, "kind": "person", "click": [35, 300, 200]},
      {"speaker": "ana", "first": 50, "end": 60, "kind": "box",
       "keys": [{"frame": 50, "box": [280, 180, 320, 220]}]}
     ],
     "turns": [{"start_s": 0.0, "end_s": 2.5, "speaker": "ana"}]
    }

A click is ``[frame, x, y]``, a turn is as in a file of turns. All but ``format``, ``clip`` and
``speakers`` may be left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from speaker_boxes.click import Click
from speaker_boxes.edits.model import (
    BoxSpan,
    Edits,
    Join,
    KeyBox,
    NullSpan,
    Part,
    PersonSpan,
    Span,
    SpeakerEdit,
)
from speaker_boxes.errors import EditsError
from speaker_boxes.files import read_whole
from speaker_boxes.track.identity.names import clean_name
from speaker_boxes.track.output.turns_file import turn_from_json, turn_to_json

FORMAT = 1
"""Rises when a reader of the former format would be misled."""
_T = TypeVar("_T")
_KEYS = {
    "format", "clip", "detector", "stream", "max_gap_s", "speakers", "joins", "parts", "spans",
    "turns",
}  # fmt: skip


def edits_to_json(edits: Edits) -> dict[str, Any]:
    """Edits as JSON takes them."""
    return {
        "format": FORMAT,
        "clip": {"sha256": edits.clip_sha256, "name": edits.clip_name},
        "detector": edits.detector,
        "stream": edits.stream,
        "max_gap_s": edits.max_gap_s,
        "speakers": [
            {
                "name": speaker.name,
                "clicks": [_click_to_json(click) for click in speaker.clicks],
                "tracks_yes": [_click_to_json(click) for click in speaker.tracks_yes],
                "tracks_no": [_click_to_json(click) for click in speaker.tracks_no],
            }
            for speaker in edits.speakers
        ],
        "joins": [[_click_to_json(join.a), _click_to_json(join.b)] for join in edits.joins],
        "parts": [
            {"click": _click_to_json(part.click), "frame": part.frame} for part in edits.parts
        ],
        "spans": [_span_to_json(span) for span in edits.spans],
        "turns": [turn_to_json(turn) for turn in edits.turns],
    }


def edits_json(edits: Edits) -> str:
    """The file; equal edits give equal bytes."""
    text = json.dumps(edits_to_json(edits), indent=1, ensure_ascii=False) + "\n"
    return text.encode(errors="replace").decode()  # a file's name may be no text at all


def edits_from_json(value: object) -> Edits:
    """Read what ``edits_to_json`` gives.

    Raises
    ------
    ValueError
        It is something else; the message names the first entry that is wrong.
    """
    root = _object(value, "edits")
    if root.get("format") != FORMAT:
        raise ValueError(f"format must be {FORMAT}, got {root.get('format')!r}")
    if unknown := sorted(set(root) - _KEYS):
        raise ValueError(f"unknown key {unknown[0]}")
    clip = _object(root.get("clip"), "clip")
    return Edits(
        clip_sha256=_text(clip.get("sha256"), "clip.sha256"),
        clip_name=_text(clip.get("name", ""), "clip.name"),
        speakers=_each(root, "speakers", _speaker),
        joins=_each(root, "joins", _join),
        parts=_each(root, "parts", _part),
        spans=_each(root, "spans", _span),
        turns=_each(root, "turns", turn_from_json),
        detector=_maybe(root.get("detector"), "detector", _text),
        stream=_maybe(root.get("stream"), "stream", _whole),
        max_gap_s=_maybe(root.get("max_gap_s"), "max_gap_s", _number),
    )


def read_edits(path: Path) -> Edits:
    """Read a file of edits.

    Raises
    ------
    EditsError
        It cannot be read, or is something else.
    """
    try:
        return edits_from_json(json.loads(read_whole(path)))
    except OSError as error:
        raise EditsError(f"cannot read edits {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise EditsError(f"{path} holds no edits: {error}") from error


def _click_to_json(click: Click) -> list[float]:
    assert click.frame is not None  # Edits has looked
    return [click.frame, _short(click.x), _short(click.y)]


def _short(number: float) -> float:
    """Whole numbers without a point."""
    return int(number) if number == int(number) else number


def _span_to_json(span: Span) -> dict[str, Any]:
    what: dict[str, Any] = {"speaker": span.speaker, "first": span.first, "end": span.end}
    match span:
        case NullSpan():
            return what | {"kind": "null"}
        case PersonSpan():
            return what | {"kind": "person", "click": _click_to_json(span.click)}
        case BoxSpan():
            keys = [{"frame": key.frame, "box": list(map(_short, key.box))} for key in span.keys]
            return what | {"kind": "box", "keys": keys}


def _each(root: dict[str, Any], key: str, read: Callable[[object], _T]) -> tuple[_T, ...]:
    """Read a list, and name the entry that is wrong."""
    values = []
    for i, entry in enumerate(_list(root.get(key, []), key)):
        try:
            values.append(read(entry))
        except ValueError as error:
            raise ValueError(f"{key}[{i}]: {error}") from error
    return tuple(values)


def _speaker(value: object) -> SpeakerEdit:
    entry = _object(value, "a speaker")
    clicks = {key: _each(entry, key, _click) for key in ("clicks", "tracks_yes", "tracks_no")}
    return SpeakerEdit(name=clean_name(_text(entry.get("name"), "name")), **clicks)


def _join(value: object) -> Join:
    pair = _list(value, "a join")
    if len(pair) != 2:
        raise ValueError(f"a join is of two clicks, got {len(pair)}")
    return Join(_click(pair[0]), _click(pair[1]))


def _part(value: object) -> Part:
    entry = _object(value, "a part")
    return Part(_click(entry.get("click")), _whole(entry.get("frame"), "frame"))


def _span(value: object) -> Span:
    entry = _object(value, "a span")
    speaker = clean_name(_text(entry.get("speaker"), "speaker"))
    first, end = (_whole(entry.get(key), key) for key in ("first", "end"))
    match entry.get("kind"):
        case "null":
            return NullSpan(speaker, first, end)
        case "person":
            return PersonSpan(speaker, first, end, _click(entry.get("click")))
        case "box":
            return BoxSpan(speaker, first, end, _each(entry, "keys", _key_box))
        case other:
            raise ValueError(f"kind must be null, person or box, got {other!r}")


def _key_box(value: object) -> KeyBox:
    entry = _object(value, "a key")
    sides = _list(entry.get("box"), "box")
    if len(sides) != 4:
        raise ValueError(f"a box has four numbers, got {len(sides)}")
    x1, y1, x2, y2 = (_number(side, "box") for side in sides)
    return KeyBox(_whole(entry.get("frame"), "frame"), (x1, y1, x2, y2))


def _click(value: object) -> Click:
    numbers = _list(value, "a click")
    if len(numbers) != 3:
        raise ValueError(f"a click is [frame, x, y], got {len(numbers)} numbers")
    frame, x, y = numbers
    return Click(frame=_whole(frame, "frame"), x=_number(x, "x"), y=_number(y, "y"))


def _maybe(value: object, name: str, read: Callable[[object, str], _T]) -> _T | None:
    return None if value is None else read(value, name)


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object, got {type(value).__name__}")
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list, got {type(value).__name__}")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, got {value!r}")
    return value


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, got {value!r}")
    return value


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return float(value)
