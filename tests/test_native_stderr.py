"""Native libraries are silent, and what we say is not lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from speaker_boxes import probe
from speaker_boxes.sample import clip_path


@pytest.mark.skipif(sys.platform == "win32", reason="descriptor 2 stays as it is there")
def test_stderr_is_kept_for_python() -> None:
    """What native code writes later is nowhere, also that of processes it starts."""
    code = (
        "import os, subprocess, sys\n"
        "from speaker_boxes.native_stderr import keep_stderr\n"
        "print('before', file=sys.stderr)\n"
        "keep_stderr()\n"
        "os.write(2, b'native\\n')\n"
        "subprocess.run([sys.executable, '-c', 'import os; os.write(2, b\"child\")'])\n"
        "print('grüße', file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, encoding="utf-8"
    )

    assert ended.stderr == "before\ngrüße\n"


def test_no_stderr_is_no_error() -> None:
    """A program may be started with descriptor 2 closed."""
    code = (
        "import os\n"
        "os.close(2)\n"
        "from speaker_boxes.native_stderr import keep_stderr\n"
        "keep_stderr()\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_threads_that_are_silent_together_give_stderr_back() -> None:
    """The first to begin is the first to end; what comes after both is seen."""
    code = (
        "import os\n"
        "from speaker_boxes.native_stderr import quiet_stderr\n"
        "first, second = quiet_stderr(), quiet_stderr()\n"
        "first.__enter__(); second.__enter__()\n"
        "first.__exit__(None, None, None)\n"
        "os.write(2, b'within\\n')\n"
        "second.__exit__(None, None, None)\n"
        "os.write(2, b'after\\n')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert ended.stderr == "after\n"


@pytest.mark.skipif(sys.platform == "win32", reason="closes descriptors as a POSIX shell does")
@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2), (0, 1, 2)], ids=str)
def test_the_command_runs_without_streams(tmp_path: Path, closed: tuple[int, ...]) -> None:
    """As a service manager may start it: done, and nothing of it in a file that it opened."""
    script = f"""
import os, sys
for number in {closed}:
    os.close(number)
program = [sys.executable, "-m", "speaker_boxes", "normalize"]
os.execv(program[0], [*program, *sys.argv[1:]])
"""
    out = tmp_path / "out.mp4"
    done = subprocess.run([sys.executable, "-c", script, str(clip_path()), "-o", str(out)])

    assert done.returncode == 0
    assert probe(out).n_frames == probe(clip_path()).n_frames
