"""The documents show what is true."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import speaker_boxes
from benchmarks.readme import PARTS
from tests.golden.dialogue import dialogue_console

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def module_names() -> list[str]:
    modules = pkgutil.walk_packages(speaker_boxes.__path__, "speaker_boxes.")
    return sorted(info.name for info in modules if not info.name.endswith("__main__"))


@pytest.mark.parametrize("name", module_names())
def test_the_examples_in_docstrings_are_true(name: str) -> None:
    """Every module imports, and its examples give what they say."""
    result = doctest.testmod(importlib.import_module(name))

    assert result.failed == 0


def run(*arguments: str) -> str:
    """What the command prints, on a terminal of 80 columns without colour."""
    plain = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-m", "speaker_boxes", *arguments]
    with tempfile.TemporaryDirectory() as here:  # where what it writes by itself goes
        out = subprocess.run(
            command, capture_output=True, text=True, check=True, env=plain, cwd=here
        ).stdout
    return "\n".join(line.rstrip() for line in out.strip("\n").splitlines())


def part(name: str) -> str:
    """The text of the README between two markers."""
    match = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert match is not None, f"README.md has no part {name}"
    return match[1]


def test_the_readme_shows_the_real_help() -> None:
    """Write it again with ``python -m tests.golden.make_readme`` when it changed."""
    assert part("help") == f"```console\n$ speaker-boxes --help\n{run('--help')}\n```\n"


def test_no_help_text_loses_its_brackets() -> None:
    """They are markup there, and what looks like a tag is not shown."""
    assert '[{"start_s"' in run("track", "--help")


def test_the_readme_shows_what_the_sample_gives() -> None:
    printed = run("track", "--sample")

    assert "\n".join(part("sample").splitlines()[2:-1]) == printed


def test_the_readme_shows_a_dialogue_as_it_runs() -> None:
    """Against the loopback server; uploads may be answered in any order of ids."""
    assert part("dialogue") == dialogue_console()


@pytest.mark.parametrize("name", PARTS)
def test_the_readme_shows_what_was_measured(name: str) -> None:
    """Write it again with ``python -m benchmarks.readme`` when the results changed."""
    assert part(name) == PARTS[name]()


@pytest.mark.parametrize(
    "document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
)
def test_links_lead_somewhere(document: str) -> None:
    """Every relative link names a file of the project."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / target).exists(), target


def test_the_readme_names_public_things_only() -> None:
    """Each name that an example imports is at the front door."""
    for names in re.findall(r"from speaker_boxes import (.+)", README):
        for name in names.split(", "):
            assert name in speaker_boxes.__all__
