"""Where a new shot begins."""

from __future__ import annotations

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.detectors.base import Detections
from speaker_boxes.detect.scan.builder import (
    BORDER_FRAMES,
    FacesBuilder,
    SegmentFaces,
    _join_changes,
)
from speaker_boxes.detect.scan.cuts import FrameDiffMeter, Thumb, find_cuts, may_be_cut, thumbnail
from speaker_boxes.detect.scan.hard_cuts import (
    CONTRAST,
    LEVEL,
    LOOK_BACK,
    N_COLUMNS,
    CutOptions,
    FrameDiffs,
    Row,
    hard_cuts,
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
        meter.measure(thumb_of(image))
    return np.array(meter.rows, dtype=np.float32)


def thumb_of(image: Image) -> Thumb:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    return thumbnail(FrameImage(frame, UPRIGHT, image.shape[1], image.shape[0]))


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
    """The search while decoding never misses a hard cut that is found in the end."""
    rng = np.random.default_rng(7)
    for _ in range(400):
        frame_diffs = rng.uniform(0, 1.5, (24, N_COLUMNS)).astype(np.float32)
        frame_diffs[:, [1, 5, 7]] = rng.gamma(0.5, 20, (24, 3))
        frame_diffs[:, CONTRAST] = rng.uniform(2, 60, 24)
        # half of the steps are of light only, so that flashes are among them
        steps = np.where(rng.random(24) < 0.5, frame_diffs[:, 1], 0) * rng.choice([-1, 1], 24)
        frame_diffs[:, LEVEL] = 100 + np.cumsum(steps)
        frame_diffs[0, [0, 1, 2, 5, 6, 7]] = 0  # there is none before the first
        rows: list[Row] = [tuple(row) for row in frame_diffs.tolist()]
        for cut in hard_cuts(frame_diffs, CutOptions()).tolist():
            assert may_be_cut(rows[: cut + 1])
            assert may_be_cut(rows[max(0, cut - LOOK_BACK) : cut + 1])


def lit(image: Image) -> Image:
    """The picture in the light of a camera's flash."""
    return np.asarray(np.clip(image.astype(np.float32) * 2.2 + 60, 0, 255), dtype=np.uint8)


@pytest.mark.parametrize("flash", [5, 6, 7, 8, 9, 10])
def test_a_flash_near_a_cut_does_not_hide_it(flash: int) -> None:
    """One lit frame up to three frames before or two after a cut, or on it: that cut alone."""
    images = pan(scene(1), 8) + pan(scene(2), 8)
    images[flash] = lit(images[flash])

    (cut,) = find_cuts(measure(images)).tolist()

    assert abs(cut - 8) <= (flash in (7, 8))


def test_flashes_all_along_are_no_cuts() -> None:
    """Every seventh frame, and twice in a row: the cuts alone are found."""
    images = pan(scene(1), 30) + pan(scene(2), 30) + pan(scene(3), 30)
    for i in [*range(3, 90, 7), 46]:
        images[i] = lit(images[i])

    assert find_cuts(measure(images)).tolist() == [30, 60]


def test_a_cut_in_the_dark_is_a_cut() -> None:
    """A seventh of the light; what moves is none."""
    images = [image // 7 for image in pan(scene(1), 12) + pan(scene(2), 12)]

    assert find_cuts(measure(images)).tolist() == [12]


def test_noise_in_the_dark_is_no_cut() -> None:
    rng = np.random.default_rng(0)
    dark = scene(1).astype(np.float32) / 16
    images = [
        np.clip(dark + rng.normal(0, 4, dark.shape), 0, 255).astype(np.uint8) for _ in range(40)
    ]

    assert find_cuts(measure(images)).tolist() == []


def test_a_cut_smeared_over_one_frame_is_one_cut() -> None:
    """A blend of both shots between them: the new shot begins with its first clean picture."""
    a, b = pan(scene(1), 9), pan(scene(2), 9)
    blended = ((a[8].astype(np.uint16) + b[0]) // 2).astype(np.uint8)

    assert find_cuts(measure([*a[:8], blended, *b[1:]])).tolist() == [9]


def test_a_cut_to_the_same_layout_is_a_cut() -> None:
    """The same large shapes, other details in half of the picture."""
    rng = np.random.default_rng(5)

    def detailed() -> Image:
        grain = cv2.resize(rng.normal(0, 22, (36, 64)).astype(np.float32), (320, 180))
        image = 80 + 0.35 * scene(1).astype(np.float32)
        image[:, 80:240] += grain[:, 80:240, None]
        return np.asarray(np.clip(image, 0, 255), dtype=np.uint8)

    assert find_cuts(measure([detailed()] * 10 + [detailed()] * 10)).tolist() == [10]


@pytest.mark.parametrize("people", [2, 3, 5])
@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_shots_however_short(length: int, people: int) -> None:
    """Pictures of several shots in turn, each for a few frames."""
    shots = [scene(1 + i % people) for i in range(12)]
    images = [scene(9)] * 12 + [shot for shot in shots for _ in range(length)] + [scene(8)] * 12

    cuts = [12 + length * i for i in range(13)]
    assert find_cuts(measure(images)).tolist() == cuts


def test_a_single_frame_of_another_shot_is_a_shot() -> None:
    """Unlike a flash it shows something else."""
    images = pan(scene(1), 16, step=1)
    images[8] = scene(2)

    assert find_cuts(measure(images)).tolist() == [8, 9]


def test_a_jerk_of_the_camera_is_no_cut() -> None:
    """All moves by a tenth of the width from one frame to the next."""
    wide = np.hstack([scene(1), scene(2)])
    images = [wide[:, 40 : 40 + 320]] * 10 + [wide[:, 72 : 72 + 320]] * 10

    assert find_cuts(measure(images)).tolist() == []


def test_rows_at_a_border_are_as_without_one() -> None:
    """Two stretches measured apart, joined: the rows of one run, wherever the border is."""
    images = pan(scene(1), 20) + pan(scene(2), 9) + pan(scene(3), 30, step=2)
    square_around, thumbs = measure(images), np.array([thumb_of(image) for image in images])
    for border in range(BORDER_FRAMES, len(images) - BORDER_FRAMES + 1):
        segments = [stretch(thumbs[:border]), stretch(thumbs[border:])]

        assert (_join_changes(segments) == square_around).all(), border


def stretch(thumbs: npt.NDArray[np.uint8]) -> SegmentFaces:
    """What is kept of a stretch in which no face is."""
    collected, meter = FacesBuilder(), FrameDiffMeter()
    picture = FrameImage(av.VideoFrame(16, 16, "yuv420p"), UPRIGHT, 16, 16)
    nothing = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32))
    for i, thumb in enumerate(thumbs):
        meter.measure(thumb)
        collected.add(nothing, picture, every=False)
        collected.add_thumb(i, thumb)
    collected.frame_diffs = meter.rows
    return collected.segment()
