"""Imports go upstream, and heavy packages stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"": "src/speaker_boxes", "detect": "detect", "track": "track", "submit": "submit"}
LAYERS = [
    "click", "errors", "system_libraries", "native_stderr", "geometry", "progress",
    "abandoned", "files", "file_digest", "made_of",
    "fetch", "sample", "detect", "track", "submit",
    "detection", "tracking", "active_speaker", "edits", "follow", "pictures", "dask_executor",
    "batch", "page",
    "commands", "cli", "__main__",
]  # fmt: skip
"""The front door, ``__init__``, imports from all of them and nobody imports from it."""
ROOMS = {
    "detect": ["models", "decode", "normalize", "onnx", "detectors", "faces", "scan", "run"],
    "track": ["options", "tracklets", "looks", "identity", "output", "speech", "conversation"],
    "submit": ["schema", "http", "api", "preflight", "job"],
}
"""The rooms and modules of each stage, in the order in which data flows through them."""
MAX_MODULES = 15
AT_HOME: dict[str, str | tuple[str, ...]] = {
    "mediapipe": "detect/detectors/blazeface_mediapipe.py",
    "httpx": "submit/",
    "pydantic": "submit/",
    "stamina": "detect/detectors/model_download.py",
    "scipy": "track/",
    "onnxruntime": "detect/onnx/session.py",
    "typer": ("src/speaker_boxes/cli.py", "src/speaker_boxes/commands/"),
    "starlette": "src/speaker_boxes/page/",
    "uvicorn": "src/speaker_boxes/page/",
    "rich": ("src/speaker_boxes/cli.py", "src/speaker_boxes/commands/"),
}
MODULES = sorted(path for folder in FOLDERS.values() for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions and for types only."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_whole_files_are_read_in_one_place(path: Path) -> None:
    """``files.read_whole`` has a bound; what reads by itself can be filled by a device."""
    calls = [
        node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]
    names = {call.attr for call in calls if isinstance(call, ast.Attribute)}

    assert not names & {"read_bytes", "read_text", "readlines"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_upstream(path: Path) -> None:
    """No module imports a later stage or room, or the front door."""
    for name in imports_of(path):
        assert is_upstream(name_of(path), name), f"{name_of(path)} imports {name}"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("detect/decode/video.py", "speaker_boxes.track.options"),
        ("detect/decode/video.py", "speaker_boxes.detect.scan.scan"),
        ("track/tracklets/link.py", "speaker_boxes.track.output"),
        ("submit/schema/media.py", "speaker_boxes.submit.job.job_file.Job"),
        ("src/speaker_boxes/files.py", "speaker_boxes.detect.faces"),
        ("src/speaker_boxes/batch/run.py", "speaker_boxes.commands.track"),
    ],
)
def test_an_import_that_runs_upwards_is_found(path: str, name: str) -> None:
    """The check itself: each of these would be a fault."""
    assert not is_upstream(path, name)


def is_upstream(path: str, name: str) -> bool:
    """Whether a file may import a name: of its own room, or of one that data reaches before."""
    package, _, rest = name.partition(".")
    mine = path.removeprefix("src/speaker_boxes/").removesuffix(".py").split("/")
    if package != "speaker_boxes" or not rest or mine[0] == "__init__":
        return True
    theirs = rest.split(".")
    if theirs[0] not in LAYERS[: LAYERS.index(mine[0]) + 1]:
        return False
    rooms = ROOMS.get(mine[0], [])
    if theirs[0] != mine[0] or len(mine) < 2 or mine[1] not in rooms or theirs[1:2] == []:
        return True
    return theirs[1] in rooms[: rooms.index(mine[1]) + 1]


@pytest.mark.parametrize("stage", sorted(ROOMS))
def test_every_room_has_its_place(stage: str) -> None:
    """A new folder or module at the top of a stage is given a place in the order."""
    there = {path.stem for path in (ROOT / stage).iterdir() if path.suffix == ".py"}
    there |= {path.name for path in (ROOT / stage).iterdir() if path.is_dir()}

    assert there - {"__init__", "__pycache__"} == set(ROOMS[stage])


BESIDE = sorted(
    path for folder in ("benchmarks", "tests") for path in (ROOT / folder).rglob("*.py")
)
"""Modules that are not part of the package."""


def is_taken_in_at_a_glance(folder: Path) -> bool:
    """Whether a folder shows no more modules than a reader can hold in mind."""
    return sum(path.name != "__init__.py" for path in folder.glob("*.py")) <= MAX_MODULES


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES + BESIDE}), ids=name_of)
def test_a_folder_can_be_taken_in_at_a_glance(folder: Path) -> None:
    assert is_taken_in_at_a_glance(folder)


def test_a_sixteenth_module_is_found(tmp_path: Path) -> None:
    """The check itself."""
    for i in range(MAX_MODULES):
        (tmp_path / f"module_{i}.py").touch()
    (tmp_path / "__init__.py").touch()
    assert is_taken_in_at_a_glance(tmp_path)

    (tmp_path / "one_more.py").touch()

    assert not is_taken_in_at_a_glance(tmp_path)


@pytest.mark.parametrize(
    "folder",
    sorted({path.parent for path in MODULES + BESIDE if not path.is_relative_to(ROOT / "tests")}),
    ids=name_of,
)
def test_a_room_says_what_it_is_for(folder: Path) -> None:
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_heavy_packages_stay_at_home(path: Path) -> None:
    """Each of them is imported in one place only."""
    for name in imports_of(path):
        home = AT_HOME.get(name.split(".")[0])
        assert home is None or name_of(path).startswith(home), f"{name_of(path)} imports {name}"


@pytest.mark.parametrize(
    "modules",
    ["speaker_boxes.cli", "speaker_boxes.tracking", "speaker_boxes.active_speaker.follow"],
)
def test_plain_tracking_loads_nothing_that_listens(modules: str) -> None:
    """Neither the command nor a clip that is followed by clicks waits for ONNX Runtime.

    Nor does one in which nobody is looked at.
    """
    script = f"import sys, {modules}, speaker_boxes.batch; print('onnxruntime' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "False\n"


@pytest.mark.parametrize("package", ["mediapipe", "numpy", "httpx", "pydantic", "av"])
def test_help_does_not_wait_for_what_it_does_not_need(package: str) -> None:
    """``speaker-boxes --help`` imports no mediapipe, which takes a second, nor what takes less."""
    script = f"import sys, speaker_boxes.cli; print({package!r} in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "False\n"
