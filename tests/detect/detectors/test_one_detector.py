"""An object with ``detect(image)`` is a detector: it finds, and it follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes import Cache, DetectionOptions, Detections, find_faces, track_speaker

SIDE, SIZE = 40, (320, 240)
Image = npt.NDArray[np.uint8]


class Bright:
    """Finds the one bright patch of a picture, and remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def detect(self, image: Image) -> Detections:
        self.shown.append(image.shape[:2])
        rows, columns = np.nonzero(image.min(axis=2) > 128)
        if not len(rows):
            return Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32))
        box = [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]]
        return Detections(np.array(box, np.float32), np.ones(1, np.float32))


def pictures(n_frames: int = 30) -> list[Image]:
    """A bright square that goes to the right, two pixels a frame."""
    width, height = SIZE
    made = []
    for i in range(n_frames):
        image = np.full((height, width, 3), 16, np.uint8)
        image[100 : 100 + SIDE, 60 + 2 * i : 60 + 2 * i + SIDE] = 235
        made.append(image)
    return made


def test_one_method_is_enough(write_video: Callable[..., Path]) -> None:
    """Every frame has its box, and no frame but the searched ones was shown whole."""
    mine = Bright()

    result = track_speaker(write_video(pictures()), at=(0, 80, 120), detectors=mine)

    assert result.n_boxes == 30
    for i, box in enumerate(result.bounding_boxes):
        assert box == pytest.approx([60 + 2 * i, 100, 60 + 2 * i + SIDE, 100 + SIDE], abs=2)
    assert result.detector == "Bright"
    whole = mine.shown.count(SIZE[::-1])
    assert 1 <= whole < 30
    assert set(mine.shown) == {SIZE[::-1], (256, 256)}


def test_what_it_finds_is_not_kept(write_video: Callable[..., Path], tmp_path: Path) -> None:
    """Nobody knows when somebody else's detector changes: each time it is asked."""
    clip, mine = write_video(pictures()), Bright()

    for _ in range(2):
        before = len(mine.shown)
        track_speaker(clip, at=(0, 80, 120), detectors=mine, cache=Cache(tmp_path / "cache"))
        assert len(mine.shown) > before


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        ([[0, 0, 9, 9]], r"Mine.detect must give Detections, got \[\[0, 0, 9, 9\]\]"),
        (Detections(np.zeros((1, 4), np.float32), np.ones(1, np.float32)), "has no area"),
        (Detections(np.full((1, 4), np.nan, np.float32), np.ones(1, np.float32)), "is not a row"),
        (
            Detections(np.array([[0, 0, 9, 9]], np.float32), np.full(1, 97, np.float32)),
            r"Mine.detect: score must lie in \[0, 1\]",
        ),
    ],
    ids=["a list", "no area", "missing", "percent"],
)
def test_a_slip_of_it_is_named(write_video: Callable[..., Path], gives: Any, message: str) -> None:
    """At the first picture, not at the clip's end."""

    class Mine:
        def detect(self, image: Image) -> Detections:
            return gives  # type: ignore[no-any-return]  # wrong on purpose

    with pytest.raises((TypeError, ValueError), match=message):
        find_faces(write_video(3), DetectionOptions(detectors=Mine()))


def test_what_cannot_detect_is_refused(write_video: Callable[..., Path]) -> None:
    wrong: Any = "yunet"

    with pytest.raises(TypeError, match=r"an object with detect\(image\) -> Detections; got 'yu"):
        track_speaker(write_video(3), detectors=wrong)
