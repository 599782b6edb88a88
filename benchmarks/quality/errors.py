"""Each run of frames whose box lies on somebody else, as a picture of both faces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.quality.overlays import draw
from benchmarks.quality.scoring import Flags, nearest, row_iou
from benchmarks.truth import Truth
from speaker_boxes.click import Click
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.scan.crops import crop_region
from speaker_boxes.geometry import BoxArray

_SIDE = 270
"""Of the pictures of faces; the frame beside them is as high."""
_MAX_PICTURES = 6


@dataclass(frozen=True, slots=True)
class Error:
    """A run of frames on one wrong person."""

    first: int
    end: int
    """Frames first..end-1."""
    other: str
    """On whom the box lies in the middle of it."""

    @property
    def middle(self) -> int:
        """The frame that is shown."""
        return (self.first + self.end) // 2


def find_errors(wrong: Flags, boxes: BoxArray, truth: Truth) -> list[Error]:
    """Runs of frames on a wrong person.

    Parameters
    ----------
    wrong : (n_frames,)
    boxes : (n_frames, 4)
    """
    edges = np.flatnonzero(np.diff(np.pad(wrong.astype(np.int8), 1)))
    errors = []
    for first, end in edges.reshape(-1, 2).tolist():
        middle = (first + end) // 2
        overlap = {
            name: float(row_iou(boxes, nearest(boxes, person))[middle])
            for name, person in truth.people.items()
        }
        errors.append(Error(first, end, max(overlap, key=lambda name: overlap[name])))
    return errors


def draw_errors(
    folder: Path,
    truth: Truth,
    name: str,
    click: Click,
    boxes: BoxArray,
    errors: list[Error],
    way: str,
) -> None:
    """Write ``CLIP-NAME-WAY-FRAME.png``: the clicked face, the face of the box, the frame.

    One for each error, up to six of a person, spread over all.

    The label of the clicked person is green, our box red, other people are blue.
    """
    if not errors:
        return
    spread = np.linspace(0, len(errors) - 1, min(_MAX_PICTURES, len(errors))).round().astype(int)
    errors = [errors[i] for i in spread.tolist()]
    clicked = click.frame or 0
    images = _frames(truth, {clicked, *(error.middle for error in errors)})
    folder.mkdir(parents=True, exist_ok=True)
    face = _face(images[clicked], truth.people[name].boxes[clicked], f"clicked: {name}")
    for error in errors:
        image = images[error.middle]
        frames = f"{error.first}-{error.end - 1}"
        found = _face(image, boxes[error.middle], f"{frames}: {error.other}")
        whole = draw(image, error.middle, truth, name, boxes)
        width = round(_SIDE * whole.shape[1] / whole.shape[0])
        small = np.asarray(cv2.resize(whole, (width, _SIDE)), dtype=np.uint8)
        sheet = cv2.cvtColor(np.hstack([face, found, small]), cv2.COLOR_RGB2BGR)
        way = way.replace(" ", "")
        cv2.imwrite(str(folder / f"{truth.name}-{name}-{way}-{error.first}.png"), sheet)


def _frames(truth: Truth, wanted: set[int]) -> dict[int, Image]:
    images = {}
    with open_video(truth.clip) as video:
        for frame in video.frames():
            if frame.index in wanted:
                images[frame.index] = frame.picture.rgb()
            if frame.index >= max(wanted):
                break
    return images


def _face(image: Image, box: npt.NDArray[np.float32], caption: str) -> Image:
    x1, y1, x2, y2 = crop_region(box)
    side = x2 - x1
    padded = cv2.copyMakeBorder(image, side, side, side, side, cv2.BORDER_CONSTANT)
    part = padded[y1 + side : y2 + side, x1 + side : x2 + side]
    face = cv2.resize(part, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    cv2.putText(face, caption, (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1)
    return np.asarray(face, dtype=np.uint8)
