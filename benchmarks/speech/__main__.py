"""Score who is found to speak, on composed conversations.

    python -m benchmarks.speech [tune|report] [N]

Each half's conversations (``talk.py``) go the whole way: decoded, tracked, joined and listened
to, as ``--active-speaker turns`` does. Nothing is tuned on the half ``report``.
"""

from __future__ import annotations

import json
import sys

from benchmarks.machine import describe_machine
from benchmarks.media import RESULTS
from benchmarks.speech.scoring import as_rows, measure

RESULT = RESULTS / "speech.json"
HEADINGS = [
    "sound", "length", "right face, a second", "on who speaks", "on somebody else",
    "box in silence", "box, speaker not seen", "left open", "turns within 0.4 s",
]  # fmt: skip


def markdown(rows: list[list[str]]) -> str:
    """The table of the README."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def main() -> None:
    """Score one half and keep the figures."""
    half = sys.argv[1] if len(sys.argv) > 1 else "report"
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    rows = as_rows(measure(half, n))
    known = json.loads(RESULT.read_text()) if RESULT.is_file() else {}
    known[half] = {"machine": describe_machine(), "headings": HEADINGS, "rows": rows}
    RESULT.write_text(json.dumps(known, indent=1) + "\n")
    print(markdown(rows))


if __name__ == "__main__":
    main()
