"""Parts of a picture are those of the whole one, however it is stored and turned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.decode.frame_image import FrameImage, downscale
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.geometry import whole_pixels

Image = npt.NDArray[np.uint8]
WriteVideo = Callable[..., Path]
WIDTH, HEIGHT = 160, 120
BOXES = {
    "whole": (0, 0, 160, 120),
    "corner": (0, 0, 40, 30),
    "middle": (50, 40, 110, 90),
    "odd": (33, 21, 94, 77),
    "fractions": (30.4, 20.3, 90.2, 80.4),
}


def scene() -> Image:
    """Soft shapes in colour: no two corners alike, nothing that 4:2:0 cannot hold."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    red = 40 + 150 * x / WIDTH
    green = 40 + 150 * y / HEIGHT
    blue = 120 + 80 * np.sin(x / 19) * np.cos(y / 23)
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


@pytest.fixture
def open_picture(write_video: WriteVideo) -> Callable[..., FrameImage]:
    """The first picture of a clip of the scene."""

    def first(name: str = "scene.mp4", **how: object) -> FrameImage:
        with open_video(write_video([scene()] * 2, name, **how)) as video:
            return next(video.frames()).picture

    return first


def resized(image: Image, box: tuple[float, ...], width: int, height: int) -> Image:
    """The same part, cut from the whole picture and scaled by another method."""
    x1, y1, x2, y2 = (round(value) for value in box)
    return scaled(image[y1:y2, x1:x2], (width, height))


def scaled(image: Image, size: tuple[int, int], method: int = cv2.INTER_AREA) -> Image:
    """What OpenCV makes of it."""
    return np.asarray(cv2.resize(image, size, interpolation=method), dtype=np.uint8)


def difference(a: Image, b: Image) -> float:
    """Mean difference in levels of 255."""
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_a_region_is_the_whole_picture_cut_and_scaled(
    open_picture: Callable[..., FrameImage], box: tuple[float, ...]
) -> None:
    """Within 3 levels of 255: colour is stored at half the size, so borders smear a little."""
    picture = open_picture()

    region = picture.resized_crop(box, 30, 24)  # type: ignore[arg-type]  # four of them

    assert region.shape == (24, 30, 3)
    assert region.dtype == np.uint8
    assert region.flags.c_contiguous
    assert difference(region, resized(picture.rgb(), box, 30, 24)) < 3


@pytest.mark.parametrize("mirrored", [False, True], ids=["plain", "mirrored"])
@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_regions_stand_upright(
    open_picture: Callable[..., FrameImage], degrees: int, mirrored: bool
) -> None:
    """In all eight orientations the box is one of the upright picture."""
    picture = open_picture(turn=(degrees, mirrored))
    box = (20, 10, 80, 70)
    whole = picture.rgb()

    assert difference(picture.resized_crop(box, 32, 32), resized(whole, box, 32, 32)) < 3
    everything = (0, 0, picture.width, picture.height)
    assert (
        difference(picture.resized_crop(everything, 40, 36), resized(whole, everything, 40, 36)) < 3
    )


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "options"),
    [
        ("tagged.mp4", "libx264", "yuv420p", {"x264-params": "colormatrix=bt709"}),
        ("wide.mp4", "libx264", "yuv420p", {"x264-params": "colormatrix=bt2020nc"}),
        ("full.mp4", "libx264", "yuvj420p", {}),
        ("full444.mp4", "libx264", "yuvj444p", {}),
        ("sharp.mp4", "libx264", "yuv444p", {"x264-params": "colormatrix=bt709"}),
        ("ten.mkv", "libx265", "yuv420p10le", {"x265-params": "log-level=none"}),
        ("rgb.mkv", "ffv1", "bgr0", {}),
        ("grey.mkv", "ffv1", "gray", {}),
        ("palette.gif", "gif", "rgb8", {}),
    ],
    ids=lambda value: value.partition(".")[0] if isinstance(value, str) and "." in value else "",
)
def test_colours_are_those_of_the_whole_picture(
    open_picture: Callable[..., FrameImage],
    name: str,
    codec: str,
    pix_fmt: str,
    options: dict[str, str],
) -> None:
    """Whatever matrix and range the clip has: within 4 levels of what swscale makes of it."""
    picture = open_picture(name, codec=codec, pix_fmt=pix_fmt, options=options)
    whole = picture.rgb()
    everything = (0, 0, WIDTH, HEIGHT)

    region = picture.resized_crop(everything, 40, 30)

    for channel in range(3):
        expected = resized(whole, everything, 40, 30)[..., channel]
        assert difference(region[..., channel], expected) < 4


@pytest.mark.parametrize("degrees", [0, 90], ids=["plain", "turned"])
@pytest.mark.parametrize(
    ("box", "inside"),
    [
        ((-40, -30, 40, 30), np.s_[16:, 16:]),
        ((60, 60, 200, 200), np.s_[:12, :12]),
    ],
    ids=["over the first corner", "over the last corner"],
)
def test_outside_is_black(
    open_picture: Callable[..., FrameImage],
    degrees: int,
    box: tuple[int, int, int, int],
    inside: tuple[slice, slice],
) -> None:
    """What a box covers beyond the picture comes out black, what lies in it stays in place."""
    picture = open_picture(turn=(degrees, False))
    padded = np.zeros((400, 400, 3), dtype=np.uint8)
    padded[100 : 100 + picture.height, 100 : 100 + picture.width] = picture.rgb()
    x1, y1, x2, y2 = (value + 100 for value in box)

    region = picture.resized_crop(box, 32, 32)

    expected = resized(padded, (x1, y1, x2, y2), 32, 32)
    assert difference(region, expected) < 5
    # colour has half the pixels: at the very border it reaches over by one
    assert region[expected.max(axis=2) == 0].max() <= 8
    assert region[inside].mean() > 60


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuvj420p"], ids=["limited range", "full range"])
def test_a_box_wholly_outside_is_black(
    open_picture: Callable[..., FrameImage], pix_fmt: str
) -> None:
    """No part of the picture, no error."""
    picture = open_picture(pix_fmt=pix_fmt)

    assert picture.resized_crop((500, 500, 600, 600), 16, 16).max() <= 2
    assert picture.resized_crop((-90, 10, -50, 50), 16, 16).max() <= 2


def test_a_region_can_be_larger_than_its_part(open_picture: Callable[..., FrameImage]) -> None:
    """A small face is scaled up."""
    picture = open_picture()
    box = (60, 50, 76, 66)
    whole = picture.rgb()[50:66, 60:76]
    expected = scaled(whole, (64, 64), cv2.INTER_LINEAR)

    assert difference(picture.resized_crop(box, 64, 64), expected) < 3


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_luma_is_the_brightness_of_the_upright_picture(
    open_picture: Callable[..., FrameImage], degrees: int
) -> None:
    """Coarse, but in its place: within 4 levels of the grey of the whole picture."""
    picture = open_picture(turn=(degrees, False), pix_fmt="yuvj420p")
    grey = np.asarray(cv2.cvtColor(picture.rgb(), cv2.COLOR_RGB2GRAY), dtype=np.uint8)

    luma = picture.luma(16, 12)

    assert luma.shape == (12, 16)
    expected = scaled(grey, (16, 12))
    assert difference(luma, expected) < 4


def test_a_later_size_keeps_the_first_ones_coordinates(write_video: WriteVideo) -> None:
    """After a change to half the size, the same box shows the same part of the scene."""
    large = write_video([scene()] * 2, "large.h264")
    half = scaled(scene(), (80, 60))
    small = write_video([half] * 2, "small.h264")
    joined = large.with_name("joined.h264")
    joined.write_bytes(large.read_bytes() + small.read_bytes())

    with open_video(joined) as video:
        pictures = [frame.picture for frame in video.frames()]

    box = (40, 20, 100, 80)
    assert (
        difference(pictures[0].resized_crop(box, 24, 24), pictures[3].resized_crop(box, 24, 24)) < 4
    )
    assert difference(pictures[0].rgb(), pictures[3].rgb()) < 4


@pytest.mark.parametrize("size", [(160, 120), (97, 61), (31, 20), (8, 8), (300, 200)], ids=str)
def test_shrinking_keeps_the_picture(size: tuple[int, int]) -> None:
    """As smooth as averaging over areas: within 2 levels on soft pictures, no shift."""
    plane = np.ascontiguousarray(scene()[..., 2])
    flag = cv2.INTER_AREA if size[0] < WIDTH else cv2.INTER_LINEAR

    small = downscale(plane, *size)

    expected = scaled(plane, size, flag)
    assert small.shape == size[::-1]
    assert difference(small, expected) < 2


@pytest.mark.parametrize("ratio", [2, 3, 4, 6, 10])
def test_shrinking_passes_over_no_pixel(ratio: int) -> None:
    """Thin lines become a grey; at worst it is off by an eighth, where steps and lines beat."""
    plane = np.zeros((240, 240), dtype=np.uint8)
    plane[:, ::3] = 240

    small = downscale(plane, 240 // ratio, 240 // ratio)

    assert float(small.mean()) == pytest.approx(80, abs=11)


def test_whole_pixels_are_met_exactly(write_video: WriteVideo) -> None:
    """A box of whole pixels at its own size gives the very brightness that is stored."""
    rng = np.random.default_rng(0)
    image = np.repeat(rng.integers(30, 220, (48, 64, 1), dtype=np.uint8), 3, axis=2)
    with open_video(write_video([image], "exact.mkv", codec="ffv1")) as video:
        picture = next(video.frames()).picture
    box = whole_pixels(np.array([[11.2, 7.4, 43.1, 39.3]], dtype=np.float32), 64, 48)[0]
    x1, y1, x2, y2 = (int(value) for value in box)

    region = picture.resized_crop((x1, y1, x2, y2), x2 - x1, y2 - y1)

    assert difference(region, picture.rgb()[y1:y2, x1:x2]) < 1.5
