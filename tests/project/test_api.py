"""The front door."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import speaker_boxes


def declared() -> dict[str, str]:
    """Public name -> module, as type checkers read it from the file."""
    tree = ast.parse(Path(speaker_boxes.__file__).read_text())
    return {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and "speaker_boxes" in node.module
        for alias in node.names
    }


def test_all_is_sorted_and_complete() -> None:
    """What type checkers see, what is listed, and what can be imported are the same names."""
    listed = list(speaker_boxes.__all__)

    assert listed == sorted(set(listed))
    assert set(listed) == set(declared())


@pytest.mark.parametrize("name", speaker_boxes.__all__)
def test_each_name_comes_from_its_home(name: str) -> None:
    """The same object as in the module that defines it, with a docstring."""
    value = getattr(speaker_boxes, name)

    home = getattr(importlib.import_module(declared()[name]), name)
    # submit is a package too, which can be called as the function
    assert value is home or (name == "submit" and value.__wrapped__ is home)
    assert value.__doc__


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = speaker_boxes.nonsense


def test_the_front_door_is_light() -> None:
    """Importing the package, or the command, loads none of the heavy libraries."""
    code = (
        "import sys, speaker_boxes.cli; "
        "heavy = {'av', 'cv2', 'mediapipe', 'numpy', 'scipy', 'httpx', 'pydantic'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"
