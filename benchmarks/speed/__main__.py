"""How fast: decoding alone, the obvious loops, and ours, on the same clips in one run.

    python -m benchmarks.speed [--repeats 3] [--only CLIP ...] [--ways all] [--before COMMAND]

What is asked (``asked.py``) is printed beside it; by default only the ways that this needs are
measured, which takes a quarter of an hour on two quiet cores. Each way runs in a process of its
own, in turn with the others, several times; imports, models and the pool's start are not timed.
Before any clock starts the ways show that they decode the same frames. Medians; the spread is
there too. ``plot.py`` draws the result.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.media import RESULTS, clip_file
from benchmarks.speed.asked import (
    CROWD,
    FOUR,
    HEVC,
    SHORT,
    SMALL,
    TWO,
    as_table,
    measured_rows,
    ways_of,
)
from benchmarks.speed.clips import four_faces, join
from benchmarks.speed.same_frames import check_same_frames
from benchmarks.speed.sample_command import commands, sample_s
from benchmarks.speed.watch import run_watched
from benchmarks.speed.ways import WAYS

RESULT = RESULTS / "speed.json"
_LONG_S = 64.0
"""Seconds a clip is made long by joining it to itself, so that starting does not matter."""


def make_clips(folder: Path) -> dict[str, Path]:
    """Clips by name: one and many faces, H.264 and HEVC, 360p to 1080p."""
    return {
        HEVC: join(clip_file("latentsync-3.mp4"), folder / "one-hevc.mp4", min_s=_LONG_S),
        TWO: join(clip_file("visualvoice-interview.mp4"), folder / "two.mp4", min_s=_LONG_S),
        FOUR: join(four_faces(folder / "four-short.mp4"), folder / "four.mp4", min_s=_LONG_S),
        CROWD: join(clip_file("facenet-video.mp4"), folder / "crowd.mp4", min_s=_LONG_S / 4),
        SMALL: join(clip_file("pyfeat-pexels.mp4"), folder / "one-small.mp4", min_s=_LONG_S),
        # as they come, of 15 to 20 s
        SHORT + HEVC: clip_file("latentsync-2.mp4"),
        SHORT + TWO: clip_file("visualvoice-interview.mp4"),
        SHORT + FOUR: folder / "four-short.mp4",
    }


def measure(clip: Path, ways: Sequence[str], repeats: int) -> dict[str, dict[str, float]]:
    """Medians for each way; the ways take turns."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way in ways:
            runs[way].append(
                run_watched([sys.executable, "-m", "benchmarks.speed.ways", way, str(clip)])
            )
    out = {way: summarize(each) for way, each in runs.items()}
    for figures in out.values():
        figures["of_decoding"] = round(figures["fps"] / out["decode"]["fps"], 3)
        figures["cpu_of_decoding"] = round(
            out["decode"]["cpu_ms_per_frame"] / figures["cpu_ms_per_frame"], 3
        )
        if n_faces := figures.get("n_faces"):
            figures["ms_per_face"] = round(1000 * figures["n_frames"] / figures["fps"] / n_faces, 3)
    return out


def summarize(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """Frames per second with their spread, processor time a frame, and memory at its peak."""
    rates = sorted(run["n_frames"] / run["wall_s"] for run in runs)
    return {
        "n_frames": runs[0]["n_frames"],
        **({"n_faces": runs[0]["n_faces"]} if "n_faces" in runs[0] else {}),
        "fps": round(statistics.median(rates), 1),
        "fps_min": round(rates[0], 1),
        "fps_max": round(rates[-1], 1),
        "cpu_ms_per_frame": round(
            statistics.median(1000 * run["cpu_s"] / run["n_frames"] for run in runs), 2
        ),
        "peak_mb": round(statistics.median(run["peak_mb"] for run in runs)),
    }


def one_more_face_ms(folder: Path, repeats: int) -> float:
    """Milliseconds of processor time a frame for each face more, decoding left out."""
    costs = []
    for n_faces in (1, 4):
        short = four_faces(folder / f"{n_faces}-short.mp4", n_shown=n_faces)
        clip = join(short, folder / f"{n_faces}.mp4", min_s=_LONG_S)
        figures = measure(clip, ("decode", "ours"), repeats)
        costs.append(figures["ours"]["cpu_ms_per_frame"] - figures["decode"]["cpu_ms_per_frame"])
    return (costs[1] - costs[0]) / 3


def available(ways: Sequence[str]) -> list[str]:
    """Leave out dlib where it is not installed."""
    command = [sys.executable, "-c", "import dlib"]
    has_dlib = not subprocess.run(command, capture_output=True).returncode
    return [way for way in ways if way != "loop-dlib" or has_dlib]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure speed.")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], help="words in names: these clips alone")
    parser.add_argument("--ways", nargs="*", default=[], help="all, or some of them")
    parser.add_argument("--before", help="an older speaker-boxes command, for the sample")
    parser.add_argument("-o", "--output", type=Path, default=RESULT)
    chosen = parser.parse_args()
    ways = available(list(WAYS) if chosen.ways == ["all"] else chosen.ways)
    clips: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, clip in make_clips(Path(folder)).items():
            if chosen.only and not any(word in name for word in chosen.only):
                continue
            check_same_frames(clip)
            clips[name] = figures = measure(clip, ways or ways_of(name), chosen.repeats)
            print(name)
            for way, row in figures.items():
                print(f"  {way:15}", *(f"{key} {value}" for key, value in row.items()), sep="  ")
            sys.stdout.flush()
        result = {"machine": describe_machine(), "clips": clips, "asked": measured_rows(clips)}
        if not chosen.only:
            result |= {
                "sample": sample_s(commands(chosen.before), chosen.repeats),
                "one_more_face_ms": round(one_more_face_ms(Path(folder), chosen.repeats), 2),
            }
    print(as_table(measured_rows(clips)))
    print(*(f"{key} {result[key]}" for key in list(result)[3:]), sep="\n")
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
