"""Pictures of what went worst: labels green, our box red, other labelled people blue."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.quality.scoring import judge, row_iou
from benchmarks.truth import Truth
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.geometry import BoxArray

_N_WORST, _COLUMNS, _TILE_WIDTH = 12, 4, 480
_GREEN, _RED, _BLUE = (0, 220, 0), (255, 0, 0), (80, 120, 255)


def worst_frames(boxes: BoxArray, truth: Truth, name: str) -> npt.NDArray[np.int64]:
    """Up to twelve frames: wrong people first, then strays, misses, and the least overlaps.

    Of each kind they are spread evenly in time. Hits of more than 0.6 overlap are fine.
    """
    frames = judge(boxes, truth, name)
    overlap = row_iou(boxes, truth.people[name].boxes)
    loose = frames.hit & (overlap < 0.6)
    kinds = (frames.wrong, frames.stray, frames.visible & ~frames.hit & ~frames.wrong, loose)
    picked: list[int] = []
    for kind in kinds:
        there = np.flatnonzero(kind)
        room = _N_WORST - len(picked)
        if len(there) and room:
            spread = np.linspace(0, len(there) - 1, min(room, len(there), 6)).round().astype(int)
            picked += there[spread].tolist()
    return np.unique(np.array(picked, dtype=np.int64))


def draw_worst(folder: Path, truth: Truth, name: str, boxes: BoxArray, label: str) -> None:
    """Write ``CLIP-NAME-LABEL.png``; nothing if all went well."""
    wanted = worst_frames(boxes, truth, name)
    if not len(wanted):
        return
    tiles = []
    with open_video(truth.clip) as video:
        for frame in video.frames():
            if frame.index in wanted:
                tiles.append(draw(frame.picture.rgb(), frame.index, truth, name, boxes))
            if frame.index >= wanted[-1]:
                break
    folder.mkdir(parents=True, exist_ok=True)
    write_sheet(folder / f"{truth.name}-{name}-{label}.png", tiles)


def draw(image: Image, frame: int, truth: Truth, name: str, boxes: BoxArray) -> Image:
    """One frame with its labels and the box."""
    image = image.copy()
    thick = max(1, image.shape[1] // 400)
    for other, person in truth.people.items():
        _rectangle(image, person.boxes[frame], _GREEN if other == name else _BLUE, thick)
    _rectangle(image, boxes[frame], _RED, thick)
    height = round(_TILE_WIDTH * image.shape[0] / image.shape[1])
    small = cv2.resize(image, (_TILE_WIDTH, height), interpolation=cv2.INTER_AREA)
    cv2.putText(small, str(frame), (6, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 0), 2)
    return np.asarray(small, dtype=np.uint8)


def write_sheet(path: Path, tiles: list[Image]) -> None:
    """Lay pictures of one size out in rows and write them as PNG."""
    blank = np.zeros_like(tiles[0])
    tiles = tiles + [blank] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)]
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def _rectangle(
    image: Image, box: npt.NDArray[np.float32], colour: tuple[int, int, int], thick: int
) -> None:
    if not np.isnan(box[0]):
        x1, y1, x2, y2 = (round(float(value)) for value in box)
        cv2.rectangle(image, (x1, y1), (x2, y2), colour, thick)
