"""Where a new shot begins."""

from __future__ import annotations

import av
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.cuts import ChangeMeter, Changes, find_cuts, may_be_cut, small
from speaker_boxes.detect.orientation import UPRIGHT
from speaker_boxes.detect.picture import Picture

Image = npt.NDArray[np.uint8]


def scene(seed: int) -> Image:
    """A picture of soft blobs, another for each seed."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (9, 16, 3), dtype=np.uint8)
    return np.kron(small, np.ones((20, 20, 1), dtype=np.uint8))


def measure(images: list[Image]) -> Changes:
    meter = ChangeMeter()
    rows = []
    for image in images:
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        rows.append(meter.measure(small(Picture(frame, UPRIGHT, image.shape[1], image.shape[0]))))
    return np.array(rows, dtype=np.float32)


def pan(image: Image, n: int, step: int = 4) -> list[Image]:
    return [np.roll(image, step * i, axis=1) for i in range(n)]


def test_a_cut_is_the_first_frame_of_the_new_shot() -> None:
    """Three shots of moving pictures: two cuts, at their first frames."""
    images = pan(scene(1), 8) + pan(scene(2), 8) + pan(scene(3), 8)

    assert find_cuts(measure(images)).tolist() == [8, 16]


def test_movement_is_no_cut() -> None:
    """A pan of a fortieth of the width each frame."""
    assert find_cuts(measure(pan(scene(1), 30, step=8))).tolist() == []


def test_a_flash_is_no_cut() -> None:
    """One white frame; the next one is as before."""
    images = pan(scene(1), 16)
    images[8] = np.full_like(images[8], 255)

    assert find_cuts(measure(images)).tolist() == []


def test_a_dissolve_is_no_cut() -> None:
    """Ten frames from one picture to the other."""
    a, b = scene(1).astype(float), scene(2).astype(float)
    blend = [(a + (b - a) * i / 10).astype(np.uint8) for i in range(11)]

    assert find_cuts(measure([scene(1)] * 8 + blend + [scene(2)] * 8)).tolist() == []


def test_a_black_last_frame_is_a_shot_of_its_own() -> None:
    images = [*pan(scene(1), 8), np.zeros_like(scene(1))]

    assert find_cuts(measure(images)).tolist() == [8]


def test_noise_on_black_is_no_cut() -> None:
    """A flat dark picture has no structure to compare."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 6, (180, 320, 3)).astype(np.uint8) for _ in range(10)]

    assert find_cuts(measure(images)).tolist() == []


@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_short_clips(n_frames: int) -> None:
    assert find_cuts(measure([scene(1)] * n_frames)).tolist() == []


def test_what_is_a_cut_may_be_one_at_once() -> None:
    """The search while decoding never misses a cut that is found in the end."""
    rng = np.random.default_rng(7)
    for _ in range(200):
        changes = np.column_stack(
            [rng.uniform(0, 1.5, 20), rng.gamma(0.5, 20, 20), rng.uniform(0, 1.5, 20)]
        ).astype(np.float32)
        rows = [tuple(row) for row in changes.tolist()]
        for cut in find_cuts(changes).tolist():
            assert may_be_cut(rows[: cut + 1])
