"""Labelled clips: who is where, frame by frame.

One JSON a clip: ``clip``, ``sha256``, ``width``, ``height``, ``frames``, ``cuts`` (first frame of
each new shot), ``frame_diffs`` (frames at which a part of the picture changes and another goes on,
which need not be found as cuts and may be), ``identities`` (name -> ``clicks`` as
``[frame, x, y]``; ``boxes``, frame -> ``[x1, y1, x2, y2]`` in upright pixels; ``also``, frame ->
boxes of further pictures of that person in the frame, such as in a mirror), ``ignore`` (frame ->
boxes of faces that nobody is asked to find).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.media import clip_file, shared_folder
from speaker_boxes.click import Click
from speaker_boxes.geometry import BoxArray


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One labelled person."""

    clicks: tuple[Click, ...]
    """Good points to choose the person by; none if nobody is asked to."""
    boxes: BoxArray
    """Shape (n_frames, 4): NaN where the person is not seen."""
    also: dict[int, BoxArray] = field(default_factory=dict)
    """Frame -> (n, 4): where else in that frame the same person is seen; as right as the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is known of a clip."""

    name: str
    clip: Path
    width: int
    height: int
    n_frames: int
    cuts: tuple[int, ...]
    people: dict[str, Person]
    ignore: dict[int, BoxArray]
    """Frame -> (n, 4): faces that count neither for nor against."""
    frame_diffs: tuple[int, ...] = ()


def read_truth(path: Path, clip: Path) -> Truth:
    """Read the labels of ``clip``."""
    facts: dict[str, Any] = json.loads(path.read_text())
    n_frames = int(facts["frames"])
    return Truth(
        name=path.stem,
        clip=clip,
        width=int(facts["width"]),
        height=int(facts["height"]),
        n_frames=n_frames,
        cuts=tuple(facts["cuts"]),
        people={
            name: Person(
                tuple(Click(frame=int(f), x=x, y=y) for f, x, y in person["clicks"]),
                _dense(person["boxes"], n_frames),
                _by_frame(person.get("also", {})),
            )
            for name, person in facts["identities"].items()
        },
        ignore=_by_frame(facts.get("ignore", {})),
        frame_diffs=tuple(facts.get("changes", ())),
    )


def labelled_truths() -> list[Truth]:
    """The labelled clips of real people."""
    truths = []
    for path in sorted((shared_folder() / "media" / "truth").glob("*.json")):
        name = json.loads(path.read_text())["clip"]
        truths.append(read_truth(path, clip_file(name)))
    return truths


def _by_frame(listed: dict[str, list[list[float]]]) -> dict[int, BoxArray]:
    return {
        int(frame): np.array(boxes, dtype=np.float32).reshape(-1, 4)
        for frame, boxes in listed.items()
    }


def _dense(boxes: dict[str, list[float]], n_frames: int) -> BoxArray:
    out = np.full((n_frames, 4), np.nan, dtype=np.float32)
    for frame, box in boxes.items():
        out[int(frame)] = box
    return out
