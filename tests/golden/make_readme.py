"""Write the parts of README.md that show what the command prints.

python -m tests.golden.make_readme
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial

from benchmarks.readme import write_parts
from tests.golden.dialogue import dialogue_console

COMMANDS = {
    "help": ("$ speaker-boxes --help", ["--help"]),
    "sample": ("$ pip install . && speaker-boxes track --sample", ["track", "--sample"]),
}


def console(shown: str, arguments: list[str]) -> str:
    """What a terminal shows when the command is typed."""
    plain = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    plain["SPEAKER_BOXES_CACHE"] = os.devnull  # nothing known from before, nothing kept
    command = [sys.executable, "-m", "speaker_boxes", *arguments]
    with tempfile.TemporaryDirectory() as here:  # where what it writes by itself goes
        out = subprocess.run(
            command, capture_output=True, text=True, check=True, env=plain, cwd=here
        ).stdout
    lines = "\n".join(line.rstrip() for line in out.strip("\n").splitlines())
    return f"```console\n{shown}\n{lines}\n```\n"


if __name__ == "__main__":
    shown = {name: partial(console, *command) for name, command in COMMANDS.items()}
    write_parts({**shown, "dialogue": dialogue_console})
