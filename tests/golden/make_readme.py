"""Write the parts of README.md that show what the command prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
PARTS = {
    "help": ("$ speaker-boxes --help", ["--help"]),
    "sample": ("$ pip install . && speaker-boxes track --sample", ["track", "--sample"]),
}


def main() -> None:
    """Run each command and put its output between its markers."""
    text = README.read_text(encoding="utf-8")
    plain = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    plain["SPEAKER_BOXES_CACHE"] = os.devnull  # nothing known from before, nothing kept
    for name, (shown, arguments) in PARTS.items():
        command = [sys.executable, "-m", "speaker_boxes", *arguments]
        out = subprocess.run(command, capture_output=True, text=True, check=True, env=plain).stdout
        lines = "\n".join(line.rstrip() for line in out.strip("\n").splitlines())
        block = f"```console\n{shown}\n{lines}\n```\n"
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        after = rest.partition(f"<!-- /{name} -->")[2]
        text = f"{before}<!-- {name} -->\n{block}<!-- /{name} -->{after}"
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
