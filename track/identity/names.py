"""Names of several speakers: what they may be, and how a click or a number is given one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from speaker_boxes.click import Click, parse_click

_NAME = re.compile(r"[\w-]{1,64}")
"""Letters of any script, digits, underscores and hyphens: names become parts of file names."""
_TAKEN = {"report": "the report", "job": "the job", "turns": "the turns"}
"""``OUT.report.json``, ``OUT.job.json`` and ``OUT.turns.json`` are something else already."""


Who: TypeAlias = Sequence[Click] | int
"""Clicks on a speaker's face, or their number among the people of the clip."""


def parse_speaker(text: str) -> tuple[str, Click | int]:
    """Read a name, and a click or a person's number: ``NAME=FRAME:X,Y`` or ``NAME=N``.

    Raises
    ------
    ValueError
        It is neither.

    Examples
    --------
    >>> parse_speaker("ana=120:400,300")
    ('ana', Click(x=400.0, y=300.0, frame=120, time_s=None))
    """
    name, equals, who = text.partition("=")
    if not equals:
        raise ValueError(
            "a speaker is NAME=FRAME:X,Y, as ana=120:400,300, or NAME=N with a person's number; "
            f"got {text[:80]!r}"
        )
    if re.fullmatch(r"[0-9]{1,9}", who.strip()) is None:
        return clean_name(name), parse_click(who)
    return clean_name(name), check_number(int(who))


def parse_speakers(texts: Iterable[str]) -> dict[str, Who]:
    """Gather what each name is given: several clicks, or one number.

    Raises
    ------
    ValueError
        One of them is no speaker, or a name is given a number and something else.
    """
    speakers: dict[str, Who] = {}
    for text in texts:
        name, who = parse_speaker(text)
        known = speakers.get(name, who if isinstance(who, int) else ())
        if isinstance(known, int) or isinstance(who, int):
            if known != who:
                raise ValueError(f"{name} is given a person's number and something else; give one")
            speakers[name] = who
        else:
            speakers[name] = (*known, who)
    if speakers:
        check_names(speakers)
    return speakers


def check_number(number: int) -> int:
    """Refuse what cannot be the number of a person; whether there is one only the clip can say.

    Raises
    ------
    ValueError
        It is no whole number from 1.
    """
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"people are numbered from 1, got {number!r:.80}")
    return number


def clean_name(name: str) -> str:
    """One spelling for names that look the same.

    >>> written_apart = "Ame" + chr(0x301) + "lie"
    >>> len(written_apart), len(clean_name(written_apart))
    (7, 6)
    """
    return unicodedata.normalize("NFC", name.strip())


def check_names(names: Iterable[str]) -> None:
    """Refuse names that cannot be parts of file names, or not beside each other.

    Raises
    ------
    ValueError
        The message says which and why.
    """
    known: dict[str, str] = {}
    for name in names:
        if _NAME.fullmatch(name) is None:
            raise ValueError(
                f"a speaker's name is up to 64 letters, digits, _ and -; got {name[:80]!r}"
            )
        folded = name.casefold()
        if folded in _TAKEN:
            raise ValueError(
                f"a speaker cannot be named {name}: OUT.{folded}.json is {_TAKEN[folded]}"
            )
        if folded in known:
            raise ValueError(
                f"speakers {known[folded]} and {name} differ in case only, and so would files"
            )
        known[folded] = name
    if not known:
        raise ValueError("name at least one speaker")
