"""The same clip in bad conditions: who is where stays as it was.

A degradation is put around a clip that is there, plain or composed; its labels go along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.truth import Person, Truth
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.geometry import BoxArray

FLASH_EVERY, FLASH_AT = 7, 3
"""Every seventh frame is a flash, from the fourth on."""
_FLASH = 120.0
_NOISE = 14.0
"""Standard deviation, grey levels."""
_FINE, _COARSE = "20", "38"
"""Constant rate factors of x264: the usual, and one at which faces fall into blocks."""

Filter = Callable[[Image, int], Image]
"""From a picture and its index to what is shown instead."""


def _dim(share: float) -> Filter:
    return lambda image, index: np.asarray(image * share + 0.5).astype(np.uint8)


def _strobe(image: Image, index: int) -> Image:
    if index % FLASH_EVERY != FLASH_AT:
        return image
    return np.asarray(np.clip(image + _FLASH, 0, 255), dtype=np.uint8)


def _noisy(image: Image, index: int) -> Image:
    noise = np.random.default_rng(index).normal(0, _NOISE, image.shape).astype(np.float32)
    return np.asarray(np.clip(image + noise + 0.5, 0, 255), dtype=np.uint8)


def _grey(image: Image, index: int) -> Image:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.repeat(np.asarray(grey, dtype=np.uint8)[..., None], 3, axis=2)


FILTERS: dict[str, Filter] = {
    "dark": _dim(1 / 5),
    "darker": _dim(1 / 7),
    "strobe": _strobe,
    "noisy": _noisy,
    "coarse": lambda image, index: image,
    "grey": _grey,
    "smear": lambda image, index: image,
}
"""By name. ``coarse`` is compressed hard; ``smear`` has one blended frame at each cut."""


class Degradation:
    """Takes the frames of one clip in their order."""

    def __init__(self, how: str, truth: Truth) -> None:
        if how not in FILTERS:
            raise ValueError(f"degradation must be one of {', '.join(FILTERS)}; got {how}")
        self._filter = FILTERS[how]
        self._smeared = frozenset(truth.cuts if how == "smear" else ())
        self._last: Image | None = None

    def apply(self, image: Image, index: int) -> Image:
        """What is shown instead of the next frame."""
        shown = self._filter(image, index)
        if index in self._smeared and self._last is not None:
            shown = np.asarray(cv2.addWeighted(self._last, 0.5, image, 0.5, 0), dtype=np.uint8)
        self._last = image
        return shown


def degrade(truth: Truth, how: str, folder: Path) -> Truth:
    """Write the degraded clip unless it is there; gives its labels."""
    degradation = Degradation(how, truth)
    path = folder / f"{truth.name}@{how}-{_digest(truth)}.mp4"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.mp4")
        _write(part, truth, degradation, _COARSE if how == "coarse" else _FINE)
        part.replace(path)
    made = replace(truth, name=f"{truth.name}@{how}", clip=path)
    return without(made, truth.cuts) if how == "smear" else made


def _digest(truth: Truth) -> str:
    said = truth.clip.read_bytes() + Path(__file__).read_bytes()
    return hashlib.sha256(said).hexdigest()[:12]


def _write(path: Path, truth: Truth, degradation: Degradation, crf: str) -> None:
    with open_video(truth.clip) as video, av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        # what the codec takes is even
        stream.width, stream.height = truth.width // 2 * 2, truth.height // 2 * 2
        stream.pix_fmt, stream.options = "yuv420p", {"crf": crf, "preset": "ultrafast"}
        for frame in video.frames():
            image = degradation.apply(frame.picture.rgb(), frame.index)
            image = np.ascontiguousarray(image[: stream.height, : stream.width])
            shown = av.VideoFrame.from_ndarray(image, format="rgb24")
            shown.pts, shown.time_base = frame.index, Fraction(1, 25)
            container.mux(stream.encode(shown))
        container.mux(stream.encode(None))


def without(truth: Truth, frames: tuple[int, ...]) -> Truth:
    """Labels in which the faces of some frames, and of those before, count neither way there."""
    ignore = dict(truth.ignore)
    people = {}
    for name, person in truth.people.items():
        boxes, also = person.boxes.copy(), dict(person.also)
        for frame in frames:
            for near in (person.boxes[frame], person.boxes[frame - 1]):
                _put(ignore, frame, near)
            boxes[frame] = np.nan
            also.pop(frame, None)
        clicks = tuple(click for click in person.clicks if click.frame not in frames)
        people[name] = Person(clicks, boxes, also)
    return replace(truth, people=people, ignore=ignore)


def _put(ignore: dict[int, BoxArray], frame: int, box: BoxArray) -> None:
    if not np.isnan(box[0]):
        there = ignore.get(frame, np.empty((0, 4), np.float32))
        ignore[frame] = np.concatenate([there, box[None]])
