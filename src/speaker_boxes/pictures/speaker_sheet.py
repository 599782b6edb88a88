"""The speaker's face over time in one picture: a row a shot, nulls and joins marked."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.video import Frame
from speaker_boxes.pictures.boxes_input import ShownBoxes
from speaker_boxes.pictures.canvas import (
    FAINT,
    NULL_COLOUR,
    SPEAKER_COLOURS,
    TEXT,
    blank,
    outline,
    paste,
    write,
)
from speaker_boxes.pictures.overlay import has_box, word_of

_FACE = 116
_GAP = 8
_LABEL = 190
_COLUMNS = 10
"""Looks at each shot, evenly over its time."""
_MAX_SHOTS = 80
"""Rows: more make a picture that viewers refuse; the longest shots are shown."""
_SHARE = 1.7
"""Side of a look over the size of the face."""
_JOIN_COLOUR = SPEAKER_COLOURS[1]
_ROW = _FACE + 22 + _GAP


@dataclass(eq=False)
class SheetCollector:
    """Takes its looks while the clip is decoded for something else."""

    shown: ShownBoxes
    _looks: dict[int, Image] = field(default_factory=dict)
    _wanted: dict[int, tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._wanted = {first: _spread(first, end) for first, end in self._shots()}
        self._frames = {frame for frames in self._wanted.values() for frame in frames}

    def see(self, frame: Frame) -> None:
        """Cut the face out of a frame, if it is one that is shown."""
        if frame.index in self._frames and has_box(self.shown, frame.index):
            x1, y1, x2, y2 = self.shown.boxes[frame.index].tolist()
            side = max(8, round(_SHARE * float(np.sqrt((x2 - x1) * (y2 - y1)))))
            x, y = round((x1 + x2 - side) / 2), round((y1 + y2 - side) / 2)
            region = (x, y, x + side, y + side)
            self._looks[frame.index] = frame.picture.resized_crop(region, _FACE, _FACE)

    def draw(self) -> Image:
        """The sheet, when all frames were seen: (height, width, 3) uint8."""
        width = _LABEL + _COLUMNS * (_FACE + _GAP) + _GAP
        shots = self._shots()
        image = blank(width, len(shots) * _ROW + 2 * _GAP)
        tracks = self._track_of_frames()
        for row, (first, end) in enumerate(shots):
            self._draw_shot(image, _GAP + row * _ROW, first, end, tracks)
        return image

    def _shots(self) -> list[tuple[int, int]]:
        """First frame and end of each shot that is shown, in order of time."""
        n_frames = len(self.shown.boxes)
        borders = [0, *(cut for cut in self.shown.cuts if 0 < cut < n_frames), n_frames]
        longest = sorted(pairwise(borders), key=lambda shot: shot[0] - shot[1])[:_MAX_SHOTS]
        return sorted(longest)

    def _draw_shot(
        self, image: Image, y: int, first: int, end: int, tracks: dict[int, int]
    ) -> None:
        there = ~np.isnan(self.shown.boxes[first:end, 0])
        number = 1 + sum(cut <= first for cut in self.shown.cuts)
        write(image, f"Shot {number}", _GAP, y, size=22, colour=TEXT)
        write(image, f"frames {first} to {end - 1}", _GAP, y + 34, size=15, colour=FAINT)
        share = f"{there.mean():.0%} with a box"
        write(image, share, _GAP, y + 56, size=15, colour=FAINT)
        before: int | None = None
        for column, frame in enumerate(self._wanted[first]):
            x = _LABEL + column * (_FACE + _GAP)
            self._draw_look(image, x, y, frame)
            track = tracks.get(frame)
            if track is not None:
                if before is not None and track != before:
                    image[y : y + _FACE, x - _GAP + 2 : x - 2] = _JOIN_COLOUR
                    write(image, "joined", x + 60, y + _FACE + 2, size=14, colour=_JOIN_COLOUR)
                before = track

    def _draw_look(self, image: Image, x: int, y: int, frame: int) -> None:
        word = word_of(self.shown, frame)
        if frame in self._looks:
            look = self._looks[frame].copy()
            if word == "interpolated":
                outline(look, (240, 190, 40), 3)
        else:
            look = blank(_FACE, _FACE, (44, 30, 24))
            outline(look, NULL_COLOUR, 3)
            for i, line in enumerate(_wrapped(word)):
                write(look, line, 8, 34 + 19 * i, size=14, colour=TEXT)
        paste(image, look, x, y)
        write(image, str(frame), x, y + _FACE + 2, size=14, colour=FAINT)

    def _track_of_frames(self) -> dict[int, int]:
        """The speaker's track in each frame, as far as a report tells."""
        found: dict[int, int] = {}
        for info in self.shown.report.get("tracks", ()):
            if info.get("role") == "speaker" or info.get("speaker"):
                for frame in range(info["first"], info["last"] + 1):
                    found[frame] = info["track"]
        return found


def _spread(first: int, end: int) -> tuple[int, ...]:
    count = min(_COLUMNS, end - first)
    return tuple(np.unique(np.linspace(first, end - 1, count).round().astype(int)).tolist())


def _wrapped(word: str, width: int = 14) -> list[str]:
    lines = [""]
    for part in word.split():
        if len(lines[-1]) + len(part) >= width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {part}".strip()
    return lines
