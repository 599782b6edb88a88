"""Write the measured parts of README.md from the results.

python -m benchmarks.readme
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.media import RESULTS, ROOT
from benchmarks.speed.asked import SHORT, as_table

HARD = [RESULTS / f"report-{name}.json" for name in ("mediapipe", "yunet")]
"""From ``benchmarks.quality --half report --detector NAME``."""
DEGRADED = RESULTS / "report-degraded.json"
"""The same with ``--degraded dark --degraded strobe``, both detectors."""
WAYS = {
    "mediapipe": "speaker-boxes",
    "yunet": "speaker-boxes with `--detector yunet`",
}
PLAIN = {
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


def quality_part() -> str:
    """Tables for one click each: ours on the reported half, and the plain ways on older clips."""
    hard = [json.loads(path.read_text(encoding="utf-8")) for path in HARD]
    lines = [
        "| one click each | clips | people | on the person | on somebody else | wrong frames |"
    ]
    lines.append("| --- |" + " --- |" * 5)
    for results in hard:
        kinds = [kind for kind in results["kinds"] if not kind["kind"].startswith("all ")]
        labelled = [kind for kind in kinds if kind["kind"] == "labelled"]
        composed = [kind for kind in kinds if kind["kind"] != "labelled"]
        way = WAYS[kinds[0]["way"]]
        lines.append(_quality_row(f"{way}: composed clips", composed))
        lines += [_quality_row(f"{way}: {k['kind']}", [k]) for k in composed if k["n_wrong"]]
        lines.append(_quality_row(f"{way}: labelled clips", labelled))
    for (name, how), kinds in _degraded().items():
        lines.append(_quality_row(f"{WAYS[name]}: composed clips, {how}", kinds))
    about = (
        "No number was chosen on these clips: they are the half that is only reported. But the "
        "rule that tells look-alikes apart was mended after a look at why it had missed one pair "
        "of them, and in the dark also why people who dissolve into each other were missed, so of "
        "these the figures say less. Composed are clips whose people are exactly known, with "
        "cuts, tiles that change hands, people who look alike, and more; a kind with an error "
        "stands by itself.\n" + _machine(hard[0])
    )
    return "\n".join(lines) + f"\n\n{about}\n\n{_plain_part()}"


def _degraded() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The composed kinds of each ``(detector, degradation)``."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for kind in json.loads(DEGRADED.read_text(encoding="utf-8"))["kinds"]:
        if kind["kind"] != "labelled" and not kind["kind"].startswith("all "):
            how = {"dark": "in a fifth of the light", "strobe": "under flashes"}[kind["degraded"]]
            found.setdefault((kind["way"], how), []).append(kind)
    return found


def _quality_row(name: str, kinds: Sequence[dict[str, Any]]) -> str:
    n_people = sum(kind["n_people"] for kind in kinds)
    means = [
        sum(kind[key] * kind["n_people"] for kind in kinds) / n_people
        for key in ("coverage", "wrong_person")
    ]
    n_clips, n_wrong = (sum(kind[key] for kind in kinds) for key in ("n_clips", "n_wrong"))
    return f"| {name} | {n_clips} | {n_people} | {means[0]:.1%} | {means[1]:.2%} | {n_wrong} |"


def _plain_part() -> str:
    results = json.loads((RESULTS / "quality.json").read_text(encoding="utf-8"))
    lines = ["| the plain ways | on the person | on somebody else |", "| --- | --- | --- |"]
    for way, name in PLAIN.items():
        scores = [
            row["score"]
            for row in results["people"]
            if (row["group"], row["way"], row["clicks"]) == ("composed", way, "first")
        ]
        figures = [mean(s[key] or 0 for s in scores) for key in ("coverage", "wrong_person")]
        lines.append(f"| {name} | {figures[0]:.1%} | {figures[1]:.1%} |")
    about = f"On the twelve first composed clips, easier than those above.\n{_machine(results)}"
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
        + _start()
    )
    parts = [_speed_table(long, LOOPS)]
    if short:
        parts.append(f"Clips of 15 to 20 seconds:\n\n{_speed_table(short, COLD)}")
    if rows := results.get("asked"):
        parts.append(f"What we asked of it:\n\n{as_table(rows)}")
    return "\n\n".join([*parts, f"{about}\n{more}{_sample(results)}\n"])


def _start() -> str:
    """How long one waits for the command itself."""
    start = json.loads((RESULTS / "start.json").read_text(encoding="utf-8"))
    choose, help_ = (
        f"{start[key]['wall_median_s']:.1f} s (at best {start[key]['wall_min_s']:.1f})"
        for key in ("choose", "help")
    )
    return (
        "Choosing another face in a ten-minute clip that is known takes "
        f"{choose}, `speaker-boxes --help` {help_}, on {start['machine']['date']}."
    )


def _sample(results: Mapping[str, Any]) -> str:
    """The whole command on the sample, and how long it took before."""
    if "sample" not in results:
        return ""
    now, before = results["sample"]["now"], results["sample"].get("before")
    said = (
        f"\n`speaker-boxes track --sample --no-cache` takes {now['warm_s']:.1f} s, "
        f"{now['cold_s']:.1f} s when nothing of it is in memory yet"
    )
    return said + (
        f" (before: {before['warm_s']:.1f} and {before['cold_s']:.1f} s)." if before else "."
    )


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


_LISTED = 30e6
"""Bytes from which a part of the install is named by itself; chosen."""


def install_part() -> str:
    """How large the install is, and what of it is whose."""
    results = json.loads((RESULTS / "install.json").read_text(encoding="utf-8"))
    sizes: dict[str, int] = results["bytes"]
    large = {name: size for name, size in sizes.items() if size >= _LISTED}
    named = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in large.items())
    rest = sum(sizes.values()) - sum(large.values())
    return (
        f"Installed it takes {sum(sizes.values()) / 1e6:.0f} MB: {named}, the rest "
        f"{rest / 1e6:.0f}, of which speaker-boxes is {sizes['speaker-boxes'] / 1e6:.0f}. "
        "MediaPipe requires OpenCV with its extra modules, and matplotlib, which nothing here "
        f"uses.\n{_machine(results)}\n"
    )


PARTS = {"quality": quality_part, "speed": speed_part, "install": install_part}


def write_parts(parts: Mapping[str, Callable[[], str]], page: Path = ROOT / "README.md") -> None:
    """Put each part between its markers on a page."""
    text = page.read_text(encoding="utf-8")
    for name, make in parts.items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        after = rest.partition(f"<!-- /{name} -->")[2]
        text = f"{before}<!-- {name} -->\n{make()}<!-- /{name} -->{after}"
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_parts(PARTS)
