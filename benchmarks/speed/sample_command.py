"""How long ``speaker-boxes track --sample --no-cache`` takes, the whole command.

    python -m benchmarks.speed.sample_command [--before COMMAND] [--repeats 5]

Cold: what is installed is not in memory but on disk, as after a start of the machine. ``--before``
names the command of an older installation, which takes turns with this one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.speed.watch import run_watched

COMMAND = str(Path(sys.executable).with_name("speaker-boxes"))


def sample_s(commands: Mapping[str, str], repeats: int) -> dict[str, dict[str, float]]:
    """Seconds of each command, warm and cold: medians; the commands take turns."""
    warm: dict[str, list[float]] = {name: [] for name in commands}
    cold: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        _run(command)  # compiles
    for _ in range(repeats):
        for name, command in commands.items():
            _forget_files(Path(command).parents[1])
            cold[name].append(_run(command))
            warm[name].append(_run(command))
    return {
        name: {
            "warm_s": round(statistics.median(warm[name]), 2),
            "cold_s": round(statistics.median(cold[name]), 2),
        }
        for name in commands
    }


def _run(command: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--sample", "--no-cache", "--quiet", "-o", str(Path(folder) / "boxes.json")]
        return run_watched([command, "track", *arguments])["elapsed_s"]


def _forget_files(environment: Path) -> None:
    """Ask the system to drop what it keeps in memory of an environment's files."""
    if not hasattr(os, "posix_fadvise"):
        raise SystemExit("cold starts are measured on Linux only")
    for path in environment.rglob("*"):
        if path.is_file():
            file = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(file)


def commands(before: str | None) -> dict[str, str]:
    """The command of this installation, and the older one."""
    return {"now": COMMAND, **({"before": before} if before else {})}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the command on the sample.")
    parser.add_argument("--before", help="the speaker-boxes command of an older installation")
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    for name, seconds in sample_s(commands(chosen.before), chosen.repeats).items():
        print(name, *(f"{key} {value}" for key, value in seconds.items()))


if __name__ == "__main__":
    main()
