"""What holds over spans of frames, said by hand: nobody, another face, a box that was drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from speaker_boxes.click import Click
from speaker_boxes.edits.model import BoxSpan, NullSpan, PersonSpan, Span
from speaker_boxes.errors import EditsError
from speaker_boxes.geometry import BoxArray, whole_pixels
from speaker_boxes.progress import counted
from speaker_boxes.track.output.result import SpeakerBoxes, Status, StatusCodes

BoxesOf: TypeAlias = Callable[[Click], tuple[BoxArray, StatusCodes]]
"""The boxes of whoever is under a click, over the whole clip."""


def apply_spans(result: SpeakerBoxes, spans: Sequence[Span], boxes_of: BoxesOf) -> SpeakerBoxes:
    """Overrule the boxes of one speaker over spans; where two overlap the later one holds.

    Raises
    ------
    EditsError
        A span goes beyond the clip.
    """
    if not spans:
        return result
    boxes, status = result.boxes.copy(), result.status_codes.copy()
    for span in spans:
        if span.end > len(boxes):
            raise EditsError(
                f"a span ends at {span.end}, the clip has {len(boxes)} frames; it is of another "
                "version of the clip"
            )
        frames = slice(span.first, span.end)
        match span:
            case NullSpan():
                boxes[frames], status[frames] = np.nan, Status.NULLED
            case PersonSpan():
                theirs, why = boxes_of(span.click)
                boxes[frames], status[frames] = theirs[frames], why[frames]
            case BoxSpan():
                drawn = whole_pixels(drawn_boxes(span), result.video.width, result.video.height)
                boxes[frames] = drawn
                # one that was pushed out of the picture is none
                status[frames] = np.where(np.isnan(drawn[:, 0]), Status.NULLED, Status.DRAWN)
    by_hand = f"{counted(len(spans), 'span')} by hand"
    return replace(result, boxes=boxes, status_codes=status, reason=f"{result.reason}, {by_hand}")


def drawn_boxes(span: BoxSpan) -> BoxArray:
    """The box in each frame of a span that was drawn at key frames.

    Returns
    -------
    (end - first, 4) float32
        Each side evenly from key to key, and as at the nearest key outside of them.

    Examples
    --------
    >>> from speaker_boxes.edits.model import KeyBox
    >>> keys = (KeyBox(11, (0, 0, 10, 10)), KeyBox(13, (4, 2, 14, 12)))
    >>> drawn_boxes(BoxSpan("", 10, 15, keys)).tolist()[2:4]
    [[2.0, 1.0, 12.0, 11.0], [4.0, 2.0, 14.0, 12.0]]
    """
    frames = np.arange(span.first, span.end)
    at = [key.frame for key in span.keys]
    sides = np.array([key.box for key in span.keys], dtype=np.float64)
    return np.column_stack([np.interp(frames, at, side) for side in sides.T]).astype(np.float32)
