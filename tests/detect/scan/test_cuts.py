"""Where a new shot begins."""

from __future__ import annotations

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.scan.cuts import (
    FrameDiffMeter,
    FrameDiffs,
    Row,
    find_cuts,
    may_be_cut,
    thumbnail,
)

Image = npt.NDArray[np.uint8]


def scene(seed: int) -> Image:
    """A picture of soft blobs, another for each seed."""
    rng = np.random.default_rng(seed)
    thumbnail = rng.integers(0, 256, (9, 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(thumbnail, (320, 180), interpolation=cv2.INTER_CUBIC), np.uint8)


def measure(images: list[Image]) -> FrameDiffs:
    meter = FrameDiffMeter()
    for image in images:
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        meter.measure(thumbnail(FrameImage(frame, UPRIGHT, image.shape[1], image.shape[0])))
    return np.array(meter.rows, dtype=np.float32)


def pan(image: Image, n: int, step: int = 4) -> list[Image]:
    return [np.roll(image, step * i, axis=1) for i in range(n)]


def test_a_cut_is_the_first_frame_of_the_new_shot() -> None:
    """Three shots of moving pictures: two cuts, at their first frames."""
    images = pan(scene(1), 8) + pan(scene(2), 8) + pan(scene(3), 8)

    assert find_cuts(measure(images)).tolist() == [8, 16]


@pytest.mark.parametrize("step", [1, 2, 3, 5, 8, 13])
def test_movement_is_no_cut(step: int) -> None:
    """Pans from a second for a twelfth of the width to one for all of it; over soft shapes."""
    assert find_cuts(measure(pan(scene(1), 60, step=step))).tolist() == []


def test_a_flash_is_no_cut() -> None:
    """One white frame; the next one is as before."""
    images = pan(scene(1), 16)
    images[8] = np.full_like(images[8], 255)

    assert find_cuts(measure(images)).tolist() == []


@pytest.mark.parametrize("length", [8, 14, 20])
def test_a_dissolve_is_a_cut_in_its_middle(length: int) -> None:
    """From one picture to the other."""
    a, b = [scene(1)] * (20 + length), [scene(2)] * (20 + length)
    images = [*a[:20], *mix(a[20:], b[:length]), *b[length:]]

    (cut,) = find_cuts(measure(images)).tolist()

    assert abs(cut - (20 + length / 2)) <= 2


def test_a_fade_through_black_is_a_cut_where_it_is_black() -> None:
    a, b = pan(scene(1), 30, step=1), pan(scene(2), 30, step=1)
    black = [np.zeros_like(scene(1))] * 10
    images = [*a[:20], *mix(a[20:], black), *mix(black, b[:10]), *b[10:]]

    (cut,) = find_cuts(measure(images)).tolist()

    assert abs(cut - 30) <= 2


def test_a_jump_cut_is_a_cut() -> None:
    """A third of the picture is another one from one frame to the next."""
    after = scene(1).copy()
    after[40:, :120] = scene(2)[40:, :120]

    assert find_cuts(measure([scene(1)] * 10 + [after] * 10)).tolist() == [10]


def mix(a: list[Image], b: list[Image]) -> list[Image]:
    """From the pictures of a to those of b, step by step."""
    share = (np.arange(len(a)) + 0.5) / len(a)
    return [(x * (1 - s) + y * s).astype(np.uint8) for x, y, s in zip(a, b, share, strict=True)]


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
        frame_diffs = np.zeros((20, 5), dtype=np.float32)
        frame_diffs[:, 0], frame_diffs[:, 2] = rng.uniform(0, 1.5, (2, 20))
        frame_diffs[:, 1] = rng.gamma(0.5, 20, 20)
        rows: list[Row] = [(a, b, c, d, e) for a, b, c, d, e in frame_diffs.tolist()]
        for cut in find_cuts(frame_diffs).tolist():
            assert may_be_cut(rows[: cut + 1])
