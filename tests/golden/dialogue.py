"""The README's dialogue: run on the sample, against the loopback server."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

from tests.loopback.servers import running
from tests.loopback.state import KEY

TURNS = [
    {"start_s": 0, "end_s": 2.5, "speaker": "ana"},
    {"start_s": 5, "end_s": 6.5, "speaker": "ben"},
]
RUN = (
    "speaker-boxes run --sample --speaker ana=12:281,180 --speaker ben=132:285,216 "
    "--turns turns.json --audio ana=ana.wav --audio ben=ben.wav -o result.mp4"
)


def dialogue_console() -> str:
    """What the terminal shows: the turns, the command, what it says, and what was sent."""
    with tempfile.TemporaryDirectory() as name, running() as api:
        folder = Path(name)
        (folder / "turns.json").write_text(json.dumps(TURNS))
        _write_sound(folder / "ana.wav", 2.5)
        _write_sound(folder / "ben.wav", 1.5)
        api.statuses = ["COMPLETED"]
        said = _run(folder, api.base_url)
        sent = api.calls("create")[0].json
    inputs = json.dumps(sent["input"])
    segments = json.dumps(sent["segments"])
    return (
        "```console\n"
        f"$ cat turns.json\n{json.dumps(TURNS)}\n"
        f"$ {RUN}\n{said}"
        "```\n\n"
        "The one request that went out, beside its boxes:\n\n"
        f'```json\n{{"input": {inputs},\n "segments": {segments}}}\n```\n'
    )


def _run(folder: Path, base_url: str) -> str:
    direct = {name: v for name, v in os.environ.items() if not name.lower().endswith("_proxy")}
    plain = {**direct, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    plain |= {
        "SYNC_API_KEY": KEY,
        "SYNC_BASE_URL": base_url,
        "SPEAKER_BOXES_CACHE": str(folder / "cache"),
    }
    command = [sys.executable, "-m", "speaker_boxes", *shlex.split(RUN)[1:]]
    ended = subprocess.run(
        command, cwd=folder, env=plain, text=True, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return ended.stdout


def _write_sound(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * round(8000 * seconds)))
