"""How much memory: an hour beside a minute, and large pictures, with two workers.

    python -m benchmarks.speed.memory [--hour] [-o benchmarks/results/memory.json]

Memory is what all processes of a run have together at the highest moment (``watch.py``), the result
among it, which grows with the clip.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.media import RESULTS, clip_file
from benchmarks.speed.clips import enlarge, join
from benchmarks.speed.watch import run_watched

RESULT = RESULTS / "memory.json"


def make_clips(folder: Path, *, hour: bool) -> dict[str, Path]:
    """Clips by name."""
    talk, short = clip_file("pyfeat-pexels.mp4"), clip_file("visualvoice-interview.mp4")
    clips = {
        "1 minute": join(talk, folder / "minute.mp4", min_s=60),
        "10 minutes": join(talk, folder / "ten.mp4", min_s=600),
    }
    if hour:
        clips["1 hour"] = join(talk, folder / "hour.mp4", min_s=3600)
    for name, width, height in (("4K", 3840, 2160), ("8K", 7680, 4320)):
        large = enlarge(
            short, folder / f"{name}-short.mp4", width=width, height=height, n_frames=64
        )
        clips[name] = join(large, folder / f"{name}.mp4", min_s=20)
    return clips


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure memory.")
    parser.add_argument("--hour", action="store_true", help="an hour of video too")
    parser.add_argument("-o", "--output", type=Path, default=RESULT)
    chosen = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, clip in make_clips(Path(folder), hour=chosen.hour).items():
            run = run_watched([sys.executable, "-m", "benchmarks.speed.ways", "ours", str(clip)])
            figures[name] = {
                "n_frames": run["n_frames"],
                "peak_mb": round(run["peak_mb"]),
                "result_mb": round(run["result_mb"]),
            }
            print(name, figures[name], flush=True)
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    result = {"machine": describe_machine(), "clips": figures}
    chosen.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
