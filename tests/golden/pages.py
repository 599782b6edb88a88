"""README and the pages in docs, followed as a reader would: block after block, in one folder.

A ``console`` block holds commands and what they print; a ``python`` block is a program, and what
it prints stands behind each ``print``. Blocks between markers have makers of their own; ``sh``
blocks hold what only the reader's own machine or account can do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from speaker_boxes.sample import clip_path
from tests.loopback.servers import running
from tests.loopback.state import KEY

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SOUNDS = {"say.wav": 6.8, "ana.wav": 2.5, "ben.wav": 1.5}
"""What the reader is asked to bring, and its seconds."""

_MARKED = r"<!-- (\w+) -->\n.*?<!-- /\1 -->"
_BLOCK = re.compile(rf"{_MARKED}|^```(console|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PRINT = re.compile(r"^( *print\(.*?\))(?:  # .*)?$", re.MULTILINE)


def rewritten(page: Path) -> str:
    """The text of a page as its blocks run now."""
    text = page.read_text(encoding="utf-8")
    with reader() as (folder, variables):

        def block(match: re.Match[str]) -> str:
            kind, body = match[2], match[3]
            if kind is None:
                return match[0]
            ran = _console if kind == "console" else _python
            return f"```{kind}\n{ran(body, folder, variables)}```"

        return _BLOCK.sub(block, text)


@contextmanager
def reader() -> Iterator[tuple[Path, Mapping[str, str]]]:
    """A folder with what a reader brings, and the variables of their shell."""
    with tempfile.TemporaryDirectory() as name, running() as api:
        folder, home = Path(name) / "work", Path(name) / "home"
        folder.mkdir()
        home.mkdir()
        shutil.copy(clip_path(), folder / "talk.mp4")
        for sound, seconds in SOUNDS.items():
            write_sound(folder / sound, seconds)
        api.statuses = ["PENDING", "COMPLETED"]
        direct = {name: v for name, v in os.environ.items() if not name.lower().endswith("_proxy")}
        yield (
            folder,
            direct
            | {
                "XDG_CONFIG_HOME": str(home),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "COLUMNS": "80",
                "NO_COLOR": "1",
                "TERM": "dumb",
                "SPEAKER_BOXES_CACHE": str(home / "cache"),
                "SYNC_API_KEY": KEY,
                "SYNC_BASE_URL": api.base_url,
            },
        )


def write_sound(path: Path, seconds: float) -> None:
    """Silence of a length."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * round(8000 * seconds)))


def _console(body: str, folder: Path, variables: Mapping[str, str]) -> str:
    """Each command again, with what a terminal shows below it."""
    shown = []
    for line in body.splitlines():
        if line.startswith("$ "):
            shown += [line, *_shown(["bash", "-c", line[2:]], folder, variables)]
    return "\n".join(shown) + "\n"


def _python(body: str, folder: Path, variables: Mapping[str, str]) -> str:
    """The program, with what each ``print`` prints behind it: one line."""
    # what libraries log is no print of the program's
    lines = iter(_shown([sys.executable, "-c", body], folder, variables, subprocess.PIPE))
    program = _PRINT.sub(lambda match: f"{match[1]}  # {next(lines)}", body)
    if left := list(lines):
        raise ValueError(f"more was printed than there are prints: {left}")
    return program


def _shown(
    command: list[str], folder: Path, variables: Mapping[str, str], stderr: int = subprocess.STDOUT
) -> list[str]:
    ended = subprocess.run(
        command, cwd=folder, env=variables, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
    )  # fmt: skip
    if ended.returncode not in (0, 3):  # 3: no speaker found, which a page may show
        raise ValueError(f"{command[-1]}: status {ended.returncode}: {ended.stdout}{ended.stderr}")
    return [line.rstrip() for line in ended.stdout.splitlines()]
