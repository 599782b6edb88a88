"""Paint one frame of a scene, and tell where its faces are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.compose.footage import Footage, load, person_of
from benchmarks.compose.scenes import Layer, Scene, Shot
from speaker_boxes.detect.decode.frame_image import Image

Matrix = npt.NDArray[np.float64]
"""Shape (2, 3): affine, from pixels of the footage to pixels of the frame, in pixel edges."""

PixelRect = tuple[int, int, int, int]
"""``x, y, width, height`` in whole pixels of the frame."""

_COUNTS_FROM, _IGNORED_FROM = 0.9, 0.1
"""Part of a face that must be seen for it to count; below the second nobody can see it."""
_BRIGHT_FROM, _DIM_FROM = 0.75, 0.05
"""The same for how much of the picture it makes up in a dissolve or fade."""
_BLENDS = ("dissolve", "melt")
_EMPTY_GREY = 70
_SOFT_EDGE = 0.06
"""Of an oval, over its smaller side."""


@dataclass(frozen=True, slots=True)
class VisibleFace:
    """A face in a frame, or a part of one."""

    name: str
    box: list[float]
    """The part that is inside its rectangle and the frame."""
    counts: bool
    """Whether it is to be found; else it counts neither for nor against."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One shot at one moment, and how strongly it is seen."""

    number: int
    """Of the shot in the scene."""
    frame: int
    """Within the shot."""
    strength: float


def timeline(scene: Scene) -> list[tuple[int, int]]:
    """First frame and end of each shot; in a dissolve two overlap."""
    spans: list[tuple[int, int]] = []
    for shot in scene.shots:
        start = spans[-1][1] if spans else 0
        if shot.after in _BLENDS:
            start -= shot.blend
        spans.append((start, start + shot.n_frames))
    return spans


def layers_of_frame(scene: Scene, index: int) -> list[Moment]:
    """The shots of one frame with their strengths, in order."""
    moments = []
    spans = timeline(scene)
    for i, (shot, (start, end)) in enumerate(zip(scene.shots, spans, strict=True)):
        if not start <= index < end:
            continue
        strength = _rise(shot, index - start)
        if i + 1 < len(scene.shots):
            after = scene.shots[i + 1]
            if after.after in _BLENDS and index >= spans[i + 1][0]:
                strength = 1 - _rise(after, index - spans[i + 1][0])
            elif after.after == "fade":
                strength *= min(1.0, 2 * (end - index) / (after.blend + 1))
        moments.append(Moment(i, index - start, strength))
    return moments


def _rise(shot: Shot, frame: int) -> float:
    """How strongly a shot is seen since its beginning."""
    if shot.after in ("cut", "change"):
        return 1.0
    frames = shot.blend if shot.after in _BLENDS else shot.blend / 2
    return min(1.0, (frame + 1) / (frames + 1))


def paint_frame(scene: Scene, moments: list[Moment]) -> tuple[Image, list[VisibleFace]]:
    """One frame, and the faces in it."""
    total = np.zeros((scene.height, scene.width, 3), dtype=np.float32)
    faces: list[VisibleFace] = []
    painted = [_paint_shot(scene, moment.number, moment.frame) for moment in moments]
    if len(moments) == 1 and moments[0].strength >= 1:
        return painted[0]
    goes_on = _going_on(scene, moments, painted)
    for moment, (image, seen) in zip(moments, painted, strict=True):
        total += moment.strength * image
        for face in seen:
            if moment.strength >= _DIM_FROM:
                stays = any(_same(face, other) for other in goes_on[moment.number])
                bright = stays or moment.strength >= _BRIGHT_FROM
                faces.append(VisibleFace(face.name, face.box, face.counts and bright))
    return np.clip(total + 0.5, 0, 255).astype(np.uint8), faces


def _going_on(
    scene: Scene, moments: list[Moment], painted: list[tuple[Image, list[VisibleFace]]]
) -> dict[int, list[VisibleFace]]:
    """For each shot of a frame the faces of the other one, if the two melt into each other."""
    if len(moments) < 2 or scene.shots[moments[1].number].after != "melt":
        return {moment.number: [] for moment in moments}
    return {moments[0].number: painted[1][1], moments[1].number: painted[0][1]}


def _same(a: VisibleFace, b: VisibleFace) -> bool:
    return a.name == b.name and bool(np.abs(np.subtract(a.box, b.box)).max() <= 1)


def _paint_shot(scene: Scene, number: int, frame: int) -> tuple[Image, list[VisibleFace]]:
    shot = scene.shots[number]
    progress = frame / max(shot.n_frames - 1, 1)
    canvas = _wall(scene.width, scene.height, shot.wall or 0).copy()
    rects = [_rect(layer, progress, scene.width, scene.height) for layer in shot.layers]
    faces = []
    for i, (layer, rect) in enumerate(zip(shot.layers, rects, strict=True)):
        if not layer.actor:
            left, top = max(0, rect[0]), max(0, rect[1])
            canvas[top : rect[1] + rect[3], left : rect[0] + rect[2]] = _EMPTY_GREY
            continue
        footage = load(layer.actor)
        index = footage.index(frame + _offset(scene, number, layer))
        matrix = _matrix(layer, footage, rect, 1 + (layer.push - 1) * progress)
        _paint_layer(canvas, layer, footage.image(index), matrix, rect)
        face = _visible(layer, footage, index, matrix, rect, rects[i + 1 :], canvas)
        if face is not None:
            faces.append(face)
    return canvas, faces


def _offset(scene: Scene, number: int, layer: Layer) -> int:
    """Where in its footage a shot begins: after what the actor had in earlier shots."""
    return sum(
        shot.n_frames - (after.blend if after.after == "melt" else 0)
        for shot, after in pairwise(scene.shots[: number + 1])
        if any(other.actor == layer.actor for other in shot.layers)
    )


def _rect(layer: Layer, progress: float, width: int, height: int) -> PixelRect:
    """Where a layer's rectangle is: ``x, y, width, height`` in whole pixels."""
    x, y, w, h = layer.rect
    if layer.path:
        times = [step[0] for step in layer.path]
        eased = progress
        for start, end in pairwise(times):
            if start <= progress <= end and end > start:
                part = (progress - start) / (end - start)
                eased = start + (end - start) * part * part * (3 - 2 * part)
        x = float(np.interp(eased, times, [step[1] for step in layer.path]))
        y = float(np.interp(eased, times, [step[2] for step in layer.path]))
    return round(x * width), round(y * height), round(w * width), round(h * height)


def _matrix(layer: Layer, footage: Footage, rect: PixelRect, push: float) -> Matrix:
    """From the footage to the frame, so that the footage fills the rectangle."""
    left, top, width, height = rect
    x1, y1, x2, y2 = footage.face().tolist()
    scale = layer.face * height / (y2 - y1)
    # never so small that the footage would end inside the rectangle
    scale = push * max(scale, width / footage.width, height / footage.height)
    x = (x1 + x2) / 2 * scale - layer.at[0] * width
    y = (y1 + y2) / 2 * scale - layer.at[1] * height
    x = min(max(x, 0.0), footage.width * scale - width)
    y = min(max(y, 0.0), footage.height * scale - height)
    if layer.mirrored:
        return np.array([[-scale, 0, left + width + x], [0, scale, top - y]])
    return np.array([[scale, 0, left - x], [0, scale, top - y]])


def _paint_layer(
    canvas: Image, layer: Layer, image: Image, matrix: Matrix, rect: PixelRect
) -> None:
    """Scale the picture into its rectangle of the canvas."""
    height, width = canvas.shape[:2]
    x1, y1 = max(0, rect[0]), max(0, rect[1])
    x2, y2 = min(width, rect[0] + rect[2]), min(height, rect[1] + rect[3])
    if x1 >= x2 or y1 >= y2:
        return
    scale = abs(matrix[0, 0])
    if scale < 0.7:  # averaged first, or warping would pass over pixels
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        ratio = np.array([small.shape[1] / image.shape[1], small.shape[0] / image.shape[0]])
        image = np.asarray(small, dtype=np.uint8)
        matrix = matrix / np.array([*ratio, 1.0])
    shift = matrix - np.array([[0, 0, x1], [0, 0, y1]])
    # cv2 counts from pixel centres, boxes from pixel edges
    shift[:, 2] += shift[:, :2].sum(axis=1) / 2 - 0.5
    part = cv2.warpAffine(
        image, shift, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    if layer.light != (1.0, 1.0, 1.0):
        part = part * np.array(layer.light, dtype=np.float32)
    if layer.oval:
        behind = canvas[y1:y2, x1:x2].astype(np.float32)
        share = _oval(rect[2], rect[3])[y1 - rect[1] : y2 - rect[1], x1 - rect[0] : x2 - rect[0]]
        part = behind + share[..., None] * (part - behind)
    canvas[y1:y2, x1:x2] = np.clip(part + 0.5, 0, 255).astype(np.uint8)


@cache
def _oval(width: int, height: int) -> npt.NDArray[np.float32]:
    """1 inside the ellipse of a rectangle, 0 outside, with a soft edge: (height, width)."""
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    inside = 1 - np.sqrt(x * x + y * y)
    return np.asarray(np.clip(inside / (2 * _SOFT_EDGE), 0, 1), dtype=np.float32)


def _visible(
    layer: Layer,
    footage: Footage,
    index: int,
    matrix: Matrix,
    rect: PixelRect,
    before: list[PixelRect],
    canvas: Image,
) -> VisibleFace | None:
    """The part of the face that is inside its rectangle and the frame, if any can be seen."""
    if np.isnan(footage.box[index, 0]):
        return None
    corners = footage.box[index].astype(np.float64).reshape(2, 2)
    moved = corners @ matrix[:, :2].T + matrix[:, 2]
    low, high = moved.min(axis=0), moved.max(axis=0)
    whole = float((high - low).prod())
    bounds = np.array([canvas.shape[1], canvas.shape[0]])
    low = np.maximum(low, np.maximum(rect[:2], 0))
    high = np.minimum(high, np.minimum(np.add(rect[:2], rect[2:]), bounds))
    if (high <= low).any():
        return None
    share = float((high - low).prod()) / whole * (1 - _covered(low, high, before))
    if share < _IGNORED_FROM:
        return None
    box = [round(float(value), 1) for value in (*low, *high)]
    counts = share >= _COUNTS_FROM and bool(footage.sure[index])
    return VisibleFace(person_of(layer.actor), box, counts)


def _covered(
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    rects: list[PixelRect],
) -> float:
    """Part of a box that rectangles in front of it hide, counted in pixels."""
    x1, y1 = np.floor(low).astype(int)
    x2, y2 = np.ceil(high).astype(int)
    hidden = np.zeros((y2 - y1, x2 - x1), dtype=bool)
    for x, y, width, height in rects:
        hidden[
            max(0, y - y1) : max(0, y + height - y1), max(0, x - x1) : max(0, x + width - x1)
        ] = True
    return float(hidden.mean())


@cache
def _wall(width: int, height: int, number: int) -> Image:
    """A painted background: soft blocks of colour and a few straight edges; 0 is black."""
    if number == 0:
        return np.zeros((height, width, 3), dtype=np.uint8)
    random = np.random.default_rng(number)
    coarse = random.integers(40, 190, (5, 8, 3)).astype(np.uint8)
    wall = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(9):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        far = (x + int(random.integers(20, width // 4)), y + int(random.integers(20, height // 2)))
        colour = tuple(int(value) for value in random.integers(30, 200, 3))
        cv2.rectangle(wall, (x, y), far, colour, -1)
    return np.asarray(wall, dtype=np.uint8)
