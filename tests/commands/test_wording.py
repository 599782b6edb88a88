"""The library's errors in words of the command."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from speaker_boxes.commands.common.wording import WORDS, error_line
from speaker_boxes.errors import OutputError, Remedy, RemedyCode

ROOT = Path(__file__).parents[2]
OTHER_PROGRAMS = {"submit/job/dry_run.py", "detect/detectors/model_files.py"}  # curl, pip
SHOWN = ("src/speaker_boxes/page/", "src/speaker_boxes/pictures/")
"""What is written there is read by users of the command, and says what to type."""
OPTION = re.compile(r"--[a-z]|speaker-boxes [a-z]+ ")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


LIBRARY = sorted(
    path
    for folder in ("src/speaker_boxes", "detect", "submit")
    for path in (ROOT / folder).rglob("*.py")
    if not re.search(r"/commands/|/cli\.py|/__main__\.py", path.as_posix())
    and name_of(path) not in OTHER_PROGRAMS
    and not name_of(path).startswith(SHOWN)
)


def test_each_code_has_words() -> None:
    assert set(WORDS) == set(get_args(RemedyCode))


def test_the_commands_words_stand_in_place_of_the_librarys() -> None:
    error = OutputError("a.json exists", remedy=Remedy("allow it", "allow_overwrite"))

    assert str(error) == "a.json exists; allow it"
    assert error_line(error) == "a.json exists; use --overwrite to replace it"


def test_a_remedy_without_a_code_is_said_as_it_is() -> None:
    assert error_line(OutputError("no", remedy=Remedy("try later"))) == "no; try later"


def coded_remedies(path: Path) -> Iterator[ast.Call]:
    """Every remedy that a module makes with a code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "Remedy"
            and node.args[1:]
        ):
            yield node


def test_a_remedy_brings_what_the_words_need() -> None:
    """Each name between braces is a key of its values, wherever these are spelled out."""
    used, words = set(), {str(code): text for code, text in WORDS.items()}
    for call in (call for path in LIBRARY for call in coded_remedies(path)):
        assert isinstance(call.args[1], ast.Constant)
        code = str(call.args[1].value)
        used.add(code)
        values = call.args[2] if len(call.args) > 2 else ast.Dict([], [])
        if isinstance(values, ast.Dict):
            needed = {name for _, name, _, _ in Formatter().parse(words[code]) if name}
            assert needed == {key.value for key in values.keys if isinstance(key, ast.Constant)}
    assert used == set(WORDS)


@pytest.mark.parametrize("path", LIBRARY, ids=name_of)
def test_the_library_names_no_option_of_the_command(path: Path) -> None:
    """In no string but docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert id(node) in documents or not OPTION.search(node.value), node.value
