"""Draw ``results/speed.json``: frames per second of each way beside decoding alone.

python -m benchmarks.speed.plot
"""

from __future__ import annotations

import json
from pathlib import Path

from matplotlib import pyplot as plt

from benchmarks.media import RESULTS

RESULT = RESULTS / "speed.json"
PICTURE = RESULT.with_suffix(".png")
_LABELS = {
    "decode": "decoding alone",
    "loop-short": "loop, short range",
    "loop-full": "loop, full range",
    "loop-yunet": "loop, YuNet",
    "loop-dlib": "loop, dlib HOG",
    "ours": "speaker-boxes",
    "ours-1": "speaker-boxes, one worker",
    "ours-yunet": "speaker-boxes, YuNet",
    "ours-yunet-1": "speaker-boxes, YuNet, one worker",
    "ours-cold": "speaker-boxes, with its start",
    "ours-yunet-cold": "speaker-boxes, YuNet, with its start",
}


def draw(result: Path, picture: Path) -> None:
    """A panel a clip, a bar a way; thin lines from the slowest to the fastest run."""
    clips = json.loads(result.read_text())["clips"]
    figure, panels = plt.subplots(
        len(clips), figsize=(7, 0.4 + 1.9 * len(clips)), layout="constrained", squeeze=False
    )
    for panel, (name, ways) in zip(panels[:, 0], clips.items(), strict=True):
        rates = [row["fps"] for row in ways.values()]
        spread = [
            [row["fps"] - row["fps_min"] for row in ways.values()],
            [row["fps_max"] - row["fps"] for row in ways.values()],
        ]
        colours = ["tab:blue" if way.startswith("ours") else "0.7" for way in ways]
        labels = [_LABELS[way] for way in ways]
        bars = panel.barh(labels, rates, xerr=spread, color=colours, error_kw={"lw": 0.7})
        panel.bar_label(bars, [f" {rate:.0f}" for rate in rates], fontsize=8)
        panel.set_title(name, fontsize=9, loc="left")
        panel.margins(x=0.1)  # for the numbers
        panel.invert_yaxis()
        panel.tick_params(labelsize=8)
    panels[-1, 0].set_xlabel("frames per second", fontsize=8)
    figure.savefig(picture, dpi=120)


if __name__ == "__main__":
    draw(RESULT, PICTURE)
