"""Write the measured parts of README.md from the results.

python -m benchmarks.readme
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
WAYS = {
    "mediapipe": "speaker-boxes",
    "yunet": "speaker-boxes with `--detector yunet`",
    "plain short-range": "MediaPipe short range on whole frames, linked by overlap",
    "plain full-range": "MediaPipe full range on whole frames, linked by overlap",
    "plain yunet": "YuNet on whole frames, linked by overlap",
}
LOOPS = {
    "decode": "decoding alone (PyAV, all cores)",
    "ours": "speaker-boxes",
    "ours-yunet": "speaker-boxes with `--detector yunet`",
    "ours-1": "speaker-boxes, one worker",
    "loop-short": "cv2.VideoCapture and MediaPipe short range on whole frames",
    "loop-full": "cv2.VideoCapture and MediaPipe full range on whole frames",
    "loop-yunet": "cv2.VideoCapture and YuNet on whole frames",
}

COLD = {
    "decode": "decoding alone (PyAV, all cores)",
    "ours-cold": "speaker-boxes, with its start",
    "ours-yunet-cold": "speaker-boxes with `--detector yunet`, with its start",
}
SHORT = "short: "
"""Names of short clips begin so."""


def quality_part() -> str:
    """A table of the means over people, for one click each on cut-rich clips."""
    results = json.loads((RESULTS / "quality.json").read_text(encoding="utf-8"))
    lines = [
        "| one click each | on the person | on somebody else | overlap |",
        "| --- | --- | --- | --- |",
    ]
    n_people = 0
    for way, name in WAYS.items():
        scores = [
            row["score"]
            for row in results["people"]
            if (row["group"], row["way"], row["clicks"]) == ("composed", way, "first")
        ]
        n_people = len(scores)
        figures = [mean(s[key] or 0 for s in scores) for key in ("coverage", "wrong_person")]
        overlap = mean(s["mean_iou"] for s in scores if s["mean_iou"] is not None)
        lines.append(f"| {name} | {figures[0]:.1%} | {figures[1]:.1%} | {overlap:.2f} |")
    about = (
        f"Twelve composed clips with {n_people} people, cuts, dissolves, crossings and absences; "
        f"part of the frames that show the person, and part of all frames. "
        f"Joining was tuned on these clips too.\n{_machine(results)}"
    )
    return "\n".join(lines) + f"\n\n{about}\n"


def speed_part() -> str:
    """Tables of frames a second and of the ratio to decoding alone."""
    results = json.loads((RESULTS / "speed.json").read_text(encoding="utf-8"))
    clips = results["clips"]
    short = {name.removeprefix(SHORT): found for name, found in clips.items() if SHORT in name}
    long = {name: found for name, found in clips.items() if SHORT not in name}
    about = f"Frames a second, and of decoding alone; medians of runs in turn.\n{_machine(results)}"
    more = (
        f"One more face takes {results['one_more_face_ms']:.1f} ms of processor time a frame. "
        f"Choosing another face in a ten-minute clip that is known takes "
        f"{results['choose_s']:.1f} s, `speaker-boxes --help` {results['help_s']:.1f} s."
    )
    parts = [_speed_table(long, LOOPS)]
    if short:
        parts.append(f"Clips of 15 to 20 seconds:\n\n{_speed_table(short, COLD)}")
    return "\n\n".join([*parts, f"{about}\n{more}\n"])


def _speed_table(clips: Mapping[str, dict[str, Any]], ways: Mapping[str, str]) -> str:
    lines = [
        "| | " + " | ".join(clips) + " |",
        "| --- |" + " --- |" * len(clips),
    ]
    for way, name in ways.items():
        cells = [_cell(found.get(way)) for found in clips.values()]
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(found: dict[str, Any] | None) -> str:
    return f"{found['fps']:.0f} ({found['of_decoding']:.2f})" if found else ""


def _machine(results: dict[str, Any]) -> str:
    machine = results["machine"]
    return (
        f"Measured on {machine['date']} with {machine['cores']} cores of an {machine['cpu']}, "
        f"Python {machine['python']}, by the scripts in [benchmarks](benchmarks/README.md)."
    )


PARTS = {"quality": quality_part, "speed": speed_part}


def write_parts(parts: Mapping[str, Callable[[], str]]) -> None:
    """Put each part between its markers."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    for name, make in parts.items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        after = rest.partition(f"<!-- /{name} -->")[2]
        text = f"{before}<!-- {name} -->\n{make()}<!-- /{name} -->{after}"
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_parts(PARTS)
