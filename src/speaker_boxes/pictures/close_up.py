"""A close-up of a face that holds still: what lip-sync will be given to work on, to judge it by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import av
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.video import Frame
from speaker_boxes.geometry import BoxArray
from speaker_boxes.pictures.boxes_input import ShownBoxes
from speaker_boxes.pictures.canvas import BACKGROUND, NULL_GROUND, TEXT, colour_of
from speaker_boxes.pictures.overlay import word_of
from speaker_boxes.pictures.yuv_canvas import YuvCanvas

_SHARE = 1.8
"""Side of the close-up over the size of the face."""
_STEADY_FRAMES = 25
"""Over how many frames its place is averaged; chosen, a second."""


class CloseUps:
    """A square for each array of boxes, one below the other, at the right of the picture."""

    def __init__(self, shown: Sequence[ShownBoxes], height: int) -> None:
        self._shown = shown
        self._side = max(2, height // len(shown) // 2 * 2)
        self._regions = [steady_regions(each) for each in shown]

    def beside(self, canvas: YuvCanvas, frame: Frame) -> av.VideoFrame:
        """The picture with the close-ups of this frame at its right."""
        image = canvas.beside(self._side, BACKGROUND)
        wide = YuvCanvas(image)
        for i, each in enumerate(self._shown):
            self._draw(wide, each, i, canvas.width, frame)
        return image

    def _draw(self, canvas: YuvCanvas, shown: ShownBoxes, i: int, left: int, frame: Frame) -> None:
        top, regions = i * self._side, self._regions[i]
        size = max(12, canvas.height // 32)
        if frame.index >= len(regions) or np.isnan(regions[frame.index, 0]):
            word = word_of(shown, frame.index)
            canvas.text(word, left, top + self._side // 2, size, TEXT, NULL_GROUND)
        else:
            x1, y1, x2, y2 = regions[frame.index].tolist()
            part = frame.picture.resized_crop((x1, y1, x2, y2), self._side, self._side)
            canvas.paste(part, left, top)
        if len(self._shown) > 1:
            canvas.text(shown.name, left, top, size, TEXT, colour_of(i))


def steady_regions(shown: ShownBoxes) -> npt.NDArray[np.float64]:
    """Where the close-up of each frame is: of one size in a run of boxes, moving slowly.

    Returns
    -------
    (n, 4) whole numbers, ``x1, y1, x2, y2``; NaN where there is no box
    """
    out = np.full((len(shown.boxes), 4), np.nan)
    there = ~np.isnan(shown.boxes[:, 0])
    steps = np.flatnonzero(np.diff(there.astype(np.int8)) != 0) + 1
    cuts = [cut for cut in shown.cuts if cut < len(there)]
    jumps = _jumps(shown.boxes)
    borders = sorted({0, len(there), *steps.tolist(), *cuts, *jumps.tolist()})
    for first, end in pairwise(borders):
        if there[first]:
            out[first:end] = _steady(shown.boxes[first:end].astype(np.float64))
    return out


def _jumps(boxes: BoxArray) -> npt.NDArray[np.int64]:
    """Frames whose box is beside the one before: of another face, or of a shot nobody told of."""
    before, after = boxes[:-1], boxes[1:]
    apart = (after[:, :2] >= before[:, 2:]) | (before[:, :2] >= after[:, 2:])  # NaN is not apart
    return np.flatnonzero(apart.any(axis=1)) + 1


def _steady(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    side = _SHARE * float(np.median(np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))))
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    reach = min(_STEADY_FRAMES, len(boxes)) // 2
    padded = np.pad(middle, ((reach, reach), (0, 0)), mode="edge")
    window = np.ones(2 * reach + 1) / (2 * reach + 1)
    slow = np.column_stack([np.convolve(one, window, mode="valid") for one in padded.T])
    corner = np.rint(slow - side / 2)
    return np.column_stack([corner, corner + round(side)])
