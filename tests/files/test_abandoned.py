"""Unfinished files: one a writer, cleared when nobody writes them any more."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from speaker_boxes import abandoned
from speaker_boxes.abandoned import private_folder, scratch_folder
from speaker_boxes.files import atomic_path, write_atomic

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks are another thing there")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has cleared nothing yet."""
    monkeypatch.setattr(abandoned, "_cleared", set())


DOWNLOAD = """
import time
from speaker_boxes.abandoned import scratch_folder
with scratch_folder() as folder:
    (folder / "clip.mp4").write_bytes(b"x" * 1000)
    print("held", flush=True)
    time.sleep(60)
"""


def kill_while_it_holds(program: str) -> None:
    """Run a program to where it prints a line, and end it by force."""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        process.send_signal(signal.SIGKILL)


def test_the_next_write_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    """What another writer is at, and what only looks alike, stays."""
    out = tmp_path / "out.json"
    kill_while_it_holds(f"""
import sys, time, pathlib
from speaker_boxes.files import atomic_path
with atomic_path(pathlib.Path({str(out)!r})) as aside:
    aside.write_text("half")
    print("held", flush=True)
    time.sleep(60)
""")
    [left] = tmp_path.iterdir()
    other = tmp_path / ".notes.part"
    other.touch()

    with atomic_path(tmp_path / "held.json") as held:
        assert not left.exists()
        abandoned._cleared.clear()
        write_atomic(out, "whole")

        assert sorted(tmp_path.iterdir()) == sorted([held, other, out])


def test_the_folder_of_a_killed_download_is_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    kill_while_it_holds(DOWNLOAD)
    [left] = tmp_path.iterdir()
    foreign = tmp_path / "speaker-boxes-notes"
    foreign.mkdir()

    with scratch_folder() as one:
        assert not left.exists()
        with scratch_folder() as two:
            assert sorted(tmp_path.iterdir()) == sorted([one, two, foreign])

    assert list(tmp_path.iterdir()) == [foreign]


def test_whoever_writes_next_clears_the_folder_of_a_killed_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run may have a clip that is here, and fetch nothing."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    kill_while_it_holds(DOWNLOAD)
    (tmp_path / "out").mkdir()

    write_atomic(tmp_path / "out" / "out.json", "whole")

    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_never_was_locked_is_cleared_when_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process died in between; what holds anything, or is not called so, is somebody's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, new, full, foreign = (
        tmp_path / f"speaker-boxes-{end}" for end in ("a1b2c3d_", "x1y2z3w_", "projects", "notes")
    )
    for folder in (old, new, full, foreign):
        folder.mkdir()
    (full / "clip.mp4").touch()
    for folder in (old, full, foreign):
        os.utime(folder, (0, 0))

    with scratch_folder():
        pass

    assert sorted(tmp_path.iterdir()) == sorted([new, full, foreign])


def test_the_lock_goes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is killed while a folder is removed leaves one that the next run can clear."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left: list[list[str]] = []
    remove = shutil.rmtree

    def seen(path: str, **options: object) -> None:
        if Path(path).name.startswith("speaker-boxes-"):
            left.append([each.name for each in Path(path).iterdir()])
        remove(path, **options)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(shutil, "rmtree", seen)
    with scratch_folder() as folder:
        (folder / "clips").mkdir()
        (folder / "clips" / "clip.mp4").touch()
        (folder / "clip.mp4").touch()

    assert left == [[".lock"]]
    assert list(tmp_path.iterdir()) == []


def test_a_private_folder_is_private_all_the_way(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "b")

    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o700] * 2


def test_a_folder_that_is_cleared_before_it_is_locked_is_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another process clears between the two, as it may: nobody holds the folder yet."""
    made: list[str] = []

    class ClearedOnce(tempfile.TemporaryDirectory[str]):
        def __init__(self, *, prefix: str, ignore_cleanup_errors: bool) -> None:
            super().__init__(prefix=prefix, ignore_cleanup_errors=ignore_cleanup_errors)
            made.append(self.name)
            if len(made) == 1:
                Path(self.name).rmdir()

    monkeypatch.setattr(tempfile, "TemporaryDirectory", ClearedOnce)

    with scratch_folder() as folder:
        (folder / "clip.mp4").write_bytes(b"held")

        assert [str(folder)] == made[1:]
    assert not any(Path(name).exists() for name in made)
