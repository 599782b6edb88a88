"""Imports go upstream, and heavy packages stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"": "src/speaker_boxes", "detect": "detect", "track": "track", "submit": "submit"}
LAYERS = [
    "errors", "libraries", "geometry", "progress", "files", "sample", "detect", "track", "submit",
    "pipeline", "speakers", "cluster", "batch", "commands", "cli", "__main__",
]  # fmt: skip
"""The front door, ``__init__``, imports from all of them and nobody imports from it."""
AT_HOME: dict[str, str | tuple[str, ...]] = {
    "mediapipe": "detect/detectors/blazeface_mediapipe.py",
    "httpx": "submit/",
    "pydantic": "submit/",
    "stamina": "detect/detectors/model_download.py",
    "scipy": "track/",
    "typer": ("src/speaker_boxes/cli.py", "src/speaker_boxes/commands/"),
    "rich": ("src/speaker_boxes/cli.py", "src/speaker_boxes/commands/"),
}
MODULES = sorted(path for folder in FOLDERS.values() for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layer_of(path: Path) -> str:
    """The layer that a file belongs to: its stage's folder, or its own name."""
    parts = name_of(path).removeprefix("src/speaker_boxes/").split("/")
    return parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions and for types only."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_upstream(path: Path) -> None:
    """No module imports a later stage, or the front door."""
    layer = layer_of(path)
    if layer == "__init__":
        return
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    for name in imports_of(path):
        package, _, rest = name.partition(".")
        if package == "speaker_boxes" and rest:
            assert rest.split(".")[0] in allowed, f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_heavy_packages_stay_at_home(path: Path) -> None:
    """Each of them is imported in one place only."""
    for name in imports_of(path):
        home = AT_HOME.get(name.split(".")[0])
        assert home is None or name_of(path).startswith(home), f"{name_of(path)} imports {name}"


def test_help_does_not_wait_for_the_detector() -> None:
    """``speaker-boxes --help`` imports no mediapipe, which takes a second."""
    script = "import sys, speaker_boxes.cli; print('mediapipe' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "False\n"
