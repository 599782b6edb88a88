"""Names of several speakers: what they may be, and how a click is given one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from speaker_boxes.click import Click, parse_click

_NAME = re.compile(r"[\w-]{1,64}")
"""Letters of any script, digits, underscores and hyphens: names become parts of file names."""
_TAKEN = {"report": "the report", "job": "the job", "turns": "the turns"}
"""``OUT.report.json``, ``OUT.job.json`` and ``OUT.turns.json`` are something else already."""


def parse_speaker(text: str) -> tuple[str, Click]:
    """Read a name and a click: ``NAME=FRAME:X,Y``.

    Raises
    ------
    ValueError
        It is neither.

    Examples
    --------
    >>> parse_speaker("ana=120:400,300")
    ('ana', Click(x=400.0, y=300.0, frame=120, time_s=None))
    """
    name, equals, click = text.partition("=")
    if not equals:
        raise ValueError(f"a speaker is NAME=FRAME:X,Y, as ana=120:400,300; got {text[:80]!r}")
    return clean_name(name), parse_click(click)


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
