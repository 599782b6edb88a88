"""The map is true: it names each folder there is, and no type or file that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
STAGES = ("src/speaker_boxes", "detect", "track", "submit")
ROOMS = re.findall(r"^- `([\w/]+)/`:", MAP, re.MULTILINE)
TYPES = re.findall(r"^\| `(\w+)` \| `([\w/]+\.py)` \|", MAP, re.MULTILINE)
PATHS = re.findall(r"`((?:src|detect|track|submit|tests)/[\w/.]*)`", MAP)


def folders() -> set[str]:
    """Every folder of the package, by its place in the checkout."""
    return {
        path.parent.relative_to(ROOT).as_posix()
        for stage in STAGES
        for path in (ROOT / stage).rglob("__init__.py")
    }


def test_each_folder_has_its_line_and_each_line_its_folder() -> None:
    assert sorted(ROOMS) == sorted(folders())


def test_rooms_come_in_the_order_of_the_stages() -> None:
    stages = [next(stage for stage in STAGES if room.startswith(stage)) for room in ROOMS]

    assert stages == sorted(stages, key=STAGES.index)


def test_the_table_of_types_is_read() -> None:
    assert len(TYPES) >= 10


@pytest.mark.parametrize(("name", "path"), TYPES)
def test_each_type_is_where_the_map_says(name: str, path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")

    assert re.search(rf"^(class {name}\b|{name}\b.* = )", text, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(PATHS)))
def test_each_path_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_each_name_in_code_is_in_the_code() -> None:
    """Classes and functions that the text names between backquotes."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for stage in STAGES
        for path in (ROOT / stage).rglob("*.py")
    )
    for name in set(re.findall(r"`([A-Z]\w+|[a-z]+_\w+)`", MAP)):
        assert re.search(rf"\b{name}\b", code), name


def test_what_the_drawing_names_is_in_the_table() -> None:
    drawing = MAP.split("```")[1]
    drawn = set(re.findall(r"\b([A-Z][a-z]+[A-Za-z]*):", drawing))

    assert drawn
    assert drawn <= {name for name, _ in TYPES}


def test_the_drawing_names_rooms() -> None:
    drawing = MAP.split("```")[1]
    named = set(re.findall(r"\b(?:detect|track|submit)/\w+", drawing))

    assert named
    assert named <= set(ROOMS)
