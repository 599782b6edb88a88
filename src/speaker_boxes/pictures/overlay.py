"""What is drawn over one frame of a preview: boxes, frame and time, and why there is no box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import BoxArray, pairwise_iou
from speaker_boxes.pictures.boxes_input import ShownBoxes
from speaker_boxes.pictures.canvas import (
    BACKGROUND,
    NULL_COLOUR,
    NULL_GROUND,
    OTHER_COLOUR,
    TEXT,
    Colour,
    colour_of,
)
from speaker_boxes.pictures.yuv_canvas import YuvCanvas

DETECTED, INTERPOLATED, DRAWN = (0, 190, 120), (240, 190, 40), (86, 180, 233)
"""Colours of the one speaker's box."""
_SAME_FACE_IOU = 0.4
"""Overlap from which a face is the one whose box is drawn already."""
_NO_ENTRY = "null: the boxes end before this frame"
_BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Draws over the frames of a clip."""

    shown: Sequence[ShownBoxes]
    """One array each; one alone is coloured by why a box is there, several by whose it is."""
    faces: Faces | None
    """All faces of the clip, of which those that are nobody's box are drawn thin."""
    scale: tuple[float, float]
    """From pixels of the clip to those of the preview, across and down."""

    def draw(self, canvas: YuvCanvas, frame: int, time_s: float) -> None:
        """Draw over one frame."""
        unit = max(2, canvas.height // 240 // 2 * 2)
        mine = [each.boxes[frame] for each in self.shown if has_box(each, frame)]
        for other in self._others(frame, np.array(mine, dtype=np.float32).reshape(-1, 4)):
            canvas.box(self._corners(other), OTHER_COLOUR, 2)
        for i, each in enumerate(self.shown):
            if has_box(each, frame):
                self._draw_box(canvas, i, frame, 2 * unit)
        size = max(12, canvas.height // 32)
        x = canvas.text(f"{frame}   {time_s:.3f} s", 0, 0, size, TEXT, _BLACK)
        for i, each in enumerate(self.shown):
            if label := self._label(i, frame):
                ground = BACKGROUND if has_box(each, frame) else NULL_GROUND
                x = canvas.text(label, x, 0, size, TEXT, ground)
        self._draw_null_bars(canvas, frame, size)

    def _draw_box(self, canvas: YuvCanvas, i: int, frame: int, thickness: int) -> None:
        corners, word = self._corners(self.shown[i].boxes[frame]), self.shown[i].words[frame]
        draw = canvas.corners if word == "interpolated" else canvas.box
        draw(corners, self._colour(i, frame), thickness)

    def _colour(self, i: int, frame: int) -> Colour:
        each = self.shown[i]
        if len(self.shown) > 1:
            return colour_of(i)
        if each.whose is not None:
            names = list(each.report.get("speakers", ()))
            who = each.whose[frame]
            return colour_of(names.index(who)) if who in names else DETECTED
        return {"interpolated": INTERPOLATED, "drawn by hand": DRAWN}.get(
            each.words[frame], DETECTED
        )

    def _label(self, i: int, frame: int) -> str:
        """Who and why; nothing where no report tells and the colour says all."""
        each = self.shown[i]
        who = each.name if len(self.shown) > 1 else ""
        if each.whose is not None and frame < len(each.whose):
            who = each.whose[frame] or ""
        word = word_of(each, frame)
        return " ".join(filter(None, [who, "" if word == "box" else word]))

    def _draw_null_bars(self, canvas: YuvCanvas, frame: int, size: int) -> None:
        """A bar at the bottom for each array that holds none."""
        high = max(6, size // 2)
        gone = [i for i, each in enumerate(self.shown) if not has_box(each, frame)]
        for row, i in enumerate(gone):
            bottom = canvas.height - row * (high + 2)
            canvas.fill(0, bottom - high, canvas.width, bottom, NULL_COLOUR)
            if len(self.shown) > 1:
                canvas.fill(0, bottom - high, 4 * high, bottom, colour_of(i))

    def _others(self, frame: int, mine: BoxArray) -> BoxArray:
        if self.faces is None:
            return np.empty((0, 4), np.float32)
        box = self.faces.box[self.faces.rows(frame)]
        return np.asarray(box[pairwise_iou(box, mine).max(axis=1, initial=0) < _SAME_FACE_IOU])

    def _corners(self, box: np.typing.NDArray[np.float32]) -> tuple[int, int, int, int]:
        x1, y1, x2, y2 = (box * np.array([*self.scale, *self.scale], np.float32)).tolist()
        return round(x1), round(y1), round(x2), round(y2)


def has_box(shown: ShownBoxes, frame: int) -> bool:
    """Whether a frame has a box."""
    return frame < len(shown.boxes) and not bool(np.isnan(shown.boxes[frame, 0]))


def word_of(shown: ShownBoxes, frame: int) -> str:
    """Why a frame is as it is."""
    return shown.words[frame] if frame < len(shown.words) else _NO_ENTRY
