"""The result shot by shot: from when to when, who has boxes, how much of it, and why not all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import TurnBoxes

SPEAKER = "speaker"
"""What the one speaker of a clip is called."""


def shots_to_json(
    result: SpeakerBoxes | TurnBoxes, cuts: Sequence[int], words: Sequence[str]
) -> list[dict[str, Any]]:
    """A record for each shot.

    Parameters
    ----------
    cuts
        First frame of each shot but the first.
    words : (n_frames,)
        Why each frame is as it is, as the report says it.
    """
    bounds = [0, *cuts, result.video.n_frames]
    return [
        _shot(result, number, first, end, words[first:end])
        for number, (first, end) in enumerate(pairwise(bounds), 1)
    ]


def _shot(
    result: SpeakerBoxes | TurnBoxes, number: int, first: int, end: int, words: Sequence[str]
) -> dict[str, Any]:
    has_box = ~np.isnan(result.boxes[first:end, 0])
    n_boxes = int(has_box.sum())
    who: dict[str, int] = {}
    if isinstance(result, TurnBoxes):
        index = result.speaker_index[first:end][has_box]
        counts = {name: int((index == i).sum()) for i, name in enumerate(result.names)}
        who = {name: count for name, count in counts.items() if count}
    elif n_boxes:
        who = {SPEAKER: n_boxes}
    nulls = Counter(word.removeprefix("null: ") for word in words if word.startswith("null"))
    return {
        "shot": number,
        "first": first,
        "last": end - 1,
        "start_s": seconds(result.video, first),
        "end_s": seconds(result.video, end),
        "who": who,
        "boxes": n_boxes,
        "coverage": round(n_boxes / (end - first), 4),
        "null": dict(nulls.most_common()),
    }


def seconds(video: VideoMetadata, frame: int) -> float:
    """When a frame is shown, to milliseconds; one after the last frame, when that ends."""
    if frame < video.n_frames:
        return round(float(video.pts_s[frame]), 3)
    return round(float(video.pts_s[0]) + video.duration_s, 3)


def shot_lines(shots: Sequence[Mapping[str, Any]]) -> list[str]:
    """The records as a table for a terminal, with a head."""
    rows = [("shot", "from", "to", "boxes", "who", "why null")]
    for shot in shots:
        rows.append(
            (
                str(shot["shot"]),
                f"{shot['start_s']:.2f} s",
                f"{shot['end_s']:.2f} s",
                f"{shot['coverage']:.0%}",
                ", ".join(shot["who"]) or "nobody",
                ", ".join(f"{word} {count}" for word, count in shot["null"].items()),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return [
        "  ".join(
            [
                *(cell.rjust(width) for cell, width in zip(row[:4], widths[:4], strict=True)),
                row[4].ljust(widths[4]),
                row[5],
            ]
        ).rstrip()
        for row in rows
    ]
