"""Native libraries are silent, and what we say is not lost."""

from __future__ import annotations

import subprocess
import sys

import pytest


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
