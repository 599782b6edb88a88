"""How long one waits for the command itself: its help, and choosing again in a known clip.

    python -m benchmarks.speed.start [--repeats 30] [-o benchmarks/results/start.json]

Wall time and processor time of the whole process, the fastest run beside the median: on a machine
that does other things too, the fastest is what the command needs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.media import RESULTS, ROOT, clip_file
from benchmarks.speed.clips import join
from benchmarks.speed.watch import compiled_env

RESULT = RESULTS / "start.json"
COMMAND = str(Path(sys.executable).with_name("speaker-boxes"))
_KNOWN_S = 600
"""Seconds of the clip in which it is chosen again."""


def time_once(command: Sequence[str], **more_env: str) -> tuple[float, float]:
    """Wall seconds and processor seconds of one run, of the process and of what it waits for."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, cwd=ROOT, env={**compiled_env(), **more_env}
    )
    _, status, used = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return elapsed, used.ru_utime + used.ru_stime


def summarize(runs: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Fastest and median of both clocks, in seconds."""
    wall, cpu = zip(*runs, strict=True)
    return {
        "runs": len(runs),
        "wall_min_s": round(min(wall), 3),
        "wall_median_s": round(statistics.median(wall), 3),
        "cpu_min_s": round(min(cpu), 3),
        "cpu_median_s": round(statistics.median(cpu), 3),
    }


def time_help(repeats: int) -> dict[str, float]:
    """Time ``speaker-boxes --help``."""
    time_once([COMMAND, "--help"])  # compiles
    return summarize([time_once([COMMAND, "--help"]) for _ in range(repeats)])


def time_choosing(folder: Path, repeats: int) -> dict[str, float]:
    """Time the choice of a face by another click in a ten-minute clip whose faces are known."""
    clip = join(clip_file("pyfeat-pexels.mp4"), folder / "ten.mp4", min_s=_KNOWN_S)
    out, cache = str(folder / "ten.json"), str(folder / "cache")
    runs = []
    for second in range(repeats + 2):  # the first decodes, the second compiles
        track = ["track", str(clip), "--at", f"{second}s:300,150", "-o", out, "--overwrite", "-q"]
        runs.append(time_once([COMMAND, *track], SPEAKER_BOXES_CACHE=cache))
    return summarize(runs[2:])


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure how long the command takes to answer.")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("-o", "--output", type=Path, default=RESULT)
    chosen = parser.parse_args()
    result: dict[str, object] = {"machine": describe_machine()}
    with tempfile.TemporaryDirectory() as folder:
        result["help"] = time_help(chosen.repeats)
        result["choose"] = time_choosing(Path(folder), chosen.repeats)
    print(json.dumps({key: result[key] for key in ("help", "choose")}, indent=1))
    chosen.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
