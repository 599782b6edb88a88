"""Turns as people have them: subtitles (SRT, WebVTT), diarisation (RTTM), tables (CSV).

Who speaks is said by a WebVTT voice tag (``<v Tom>``) or by a prefix (``Tom: Hello``) in subtitles,
by the eighth field in RTTM (NIST, "The 2009 (RT-09) Rich Transcription Evaluation Plan", appendix
A), by a column in CSV. Cues that name nobody are passed over.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from speaker_boxes.click import CLOCK, clock_seconds, parse_clock

_CUE = re.compile(rf"{CLOCK}\s*-->\s*{CLOCK}")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_PREFIX = re.compile(r"^\s*(?:-\s*)?([^\s:<][^:<]{0,63}):(?:\s|$)")
_START = ("start_s", "start", "start_time", "begin")
_END = ("end_s", "end", "end_time", "stop")
_SPEAKER = ("speaker", "name", "label", "voice")


class Span(NamedTuple):
    """One turn as it stands in a file."""

    place: str
    """Where, as a message calls it."""
    start_s: float
    end_s: float
    speaker: str


def read_spans(text: str, suffix: str) -> list[Span] | None:
    """Read a file of a known form; ``None`` if its ending names none of them.

    Parameters
    ----------
    suffix
        Of the file's name, as ``.srt``.

    Raises
    ------
    ValueError
        The message names the line that is wrong.
    """
    reader = READERS.get(suffix.lower())
    return None if reader is None else list(reader(text.lstrip("\ufeff")))


def _read_cues(text: str) -> Iterator[Span]:
    """SRT and WebVTT: a line of times, then lines of text up to an empty one."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        match = _CUE.search(line)
        if match is None:
            if "-->" in line:
                raise ValueError(f"line {number}: not a pair of times: {line.strip()[:60]!r}")
            continue
        start_s, end_s = clock_seconds(*match.groups()[:3]), clock_seconds(*match.groups()[3:])
        said = []
        for more in lines[number:]:
            if not more.strip():
                break
            said.append(more)
        speakers = _speakers_of(said)
        if len(speakers) > 1:  # its time is not each one's, and whose part is whose is not said
            raise ValueError(
                f"line {number}: one cue of {' and '.join(speakers)}; give each a cue of their own"
            )
        if speakers:
            yield Span(f"line {number}", start_s, end_s, speakers[0])


def _speakers_of(lines: list[str]) -> list[str]:
    """Who is named in a cue, each once; where voices have tags, a colon is only text."""
    tagged = [name for line in lines for name in _VOICE.findall(line)]
    prefixed = [match[1] for line in lines if (match := _PREFIX.match(line)) is not None]
    return list(dict.fromkeys(name.strip() for name in tagged or prefixed))


def _read_rttm(text: str) -> Iterator[Span]:
    """``SPEAKER file channel start duration <NA> <NA> name <NA> <NA>``."""
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            start_s, length_s, speaker = float(fields[3]), float(fields[4]), fields[7]
        except (IndexError, ValueError):
            raise ValueError(f"line {number}: not an RTTM line: {line.strip()[:60]!r}") from None
        yield Span(f"line {number}", start_s, round(start_s + length_s, 9), speaker)


def _read_csv(text: str) -> Iterator[Span]:
    """A head that names start, end and speaker, in any order; other columns are passed over."""
    sample = text[:4096]
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(sample, delimiters=",;\t")
    except csv.Error:
        dialect = "excel"
    rows = csv.reader(io.StringIO(text), dialect)
    head = [cell.strip().lower() for cell in next(rows, [])]
    columns = [_column(head, names) for names in (_START, _END, _SPEAKER)]
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        place = f"line {rows.line_num}"
        if len(row) <= max(columns):
            raise ValueError(f"{place}: has {len(row)} columns, the head has {len(head)}")
        start, end, speaker = (row[column].strip() for column in columns)
        if not speaker:
            continue
        try:
            yield Span(place, parse_clock(start), parse_clock(end), speaker)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None


def _column(head: list[str], names: tuple[str, ...]) -> int:
    for name in names:
        if name in head:
            return head.index(name)
    raise ValueError(
        f"line 1: no column {names[0]}; the head has {', '.join(head) or 'nothing'}, and names the "
        "columns, as start,end,speaker"
    )


READERS: dict[str, Callable[[str], Iterator[Span]]] = {
    ".srt": _read_cues,
    ".vtt": _read_cues,
    ".rttm": _read_rttm,
    ".csv": _read_csv,
    ".tsv": _read_csv,
}
