"""What was found of who speaks: turns, what stays open, and curves to look at; plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click
from speaker_boxes.progress import counted
from speaker_boxes.track.output.turns import Turn

CURVE_RATE = 5
"""Values a second: enough to see turns by, and short to write."""

Curve = npt.NDArray[np.float32]
"""Shape (m,): ``CURVE_RATE`` values a second; NaN where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenTurn(Turn):
    """A turn that was found, not given."""

    score: float | None
    """How much more the face speaks than the next one, on average, in LR-ASD's logits; than
    nobody, if there is no other. ``None`` where the sound alone decided."""
    reason: str
    """What gave the turn to this person, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTurn:
    """A span in which somebody speaks, and it is not clear who."""

    start_s: float
    end_s: float
    """Seconds, exclusive."""
    speaker: str
    """Who it would be, if anybody who is seen."""
    at: Click
    """A click on that face."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeechFindings:
    """All that was found of who speaks in a clip."""

    turns: tuple[SpokenTurn, ...]
    unresolved: tuple[OpenTurn, ...]
    by_lips: bool
    """Whether there was no sound to go by."""
    start_s: float
    """Time of the first value of each curve."""
    voice: Curve
    """In [0, 1]: that somebody is heard to speak."""
    curves: Mapping[str, Curve]
    """Of each person how much the face speaks, in LR-ASD's logits."""

    def __repr__(self) -> str:
        turns, n_open = counted(len(self.turns), "turn"), len(self.unresolved)
        return f"<SpeechFindings: {turns} of {', '.join(self.curves)}; {n_open} unclear>"


def turns_json(turns: Sequence[SpokenTurn]) -> str:
    """Turns in the form that ``read_turns`` takes, one a line."""
    lines = [json.dumps(turn_to_json(turn), ensure_ascii=False) for turn in turns]
    return "[\n " + ",\n ".join(lines) + "\n]\n" if lines else "[]\n"


def turn_to_json(turn: SpokenTurn) -> dict[str, object]:
    """One turn."""
    return {
        "start_s": turn.start_s,
        "end_s": turn.end_s,
        "speaker": turn.speaker,
        "score": turn.score,
        "reason": turn.reason,
    }


def findings_to_json(found: SpeechFindings) -> dict[str, object]:
    """What the report says of it; the turns stand elsewhere in it."""
    return {
        "heard": "nothing: by lips alone" if found.by_lips else "voices",
        "turns": [turn_to_json(turn) for turn in found.turns],
        "unresolved": [
            {
                "start_s": each.start_s,
                "end_s": each.end_s,
                "speaker": each.speaker,
                "at": str(each.at),
                "reason": each.reason,
            }
            for each in found.unresolved
        ],
        "curves": {
            "start_s": found.start_s,
            "per_second": CURVE_RATE,
            "voice": _spell(found.voice),
            "speakers": {name: _spell(curve) for name, curve in found.curves.items()},
        },
    }


def _spell(curve: Curve) -> list[float | None]:
    return [None if np.isnan(value) else round(value, 1) for value in curve.tolist()]
