"""Pictures stand upright, whatever the file says of rotation and pixel shape."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.filter import Graph

from speaker_boxes.detect.decode.orientation import Orientation
from speaker_boxes.detect.decode.video import open_video, probe

WriteVideo = Callable[..., Path]


@pytest.mark.parametrize("mirrored", [False, True], ids=["plain", "mirrored"])
@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_pictures_stand_upright(write_video: WriteVideo, degrees: int, mirrored: bool) -> None:
    """All eight orientations, against turning the stored pixels with NumPy."""
    stored = np.zeros((48, 64, 3), dtype=np.uint8)
    stored[:24, :32], stored[:24, 32:], stored[24:, :32] = 80, 160, 240
    upright = np.rot90(stored, degrees // 90)
    upright = upright[:, ::-1] if mirrored else upright
    path = write_video([stored] * 3, turn=(degrees, mirrored))

    with open_video(path) as video:
        images = [frame.picture.rgb() for frame in video.frames()]
        metadata = video.metadata()

    assert (metadata.height, metadata.width) == upright.shape[:2]
    assert metadata.mirrored == mirrored
    for image in images:
        assert np.abs(image.astype(int) - upright).mean() < 6
    turned = stored[:, ::-1] if metadata.mirrored else stored
    assert (np.rot90(turned, metadata.rotation // 90) == upright).all()


@pytest.mark.parametrize("flip_y", [False, True])
@pytest.mark.parametrize("flip_x", [False, True])
@pytest.mark.parametrize("transpose", [False, True])
def test_filters_turn_as_the_pixels_are_turned(transpose: bool, flip_x: bool, flip_y: bool) -> None:
    """What is written anew stands as what is shown: FFmpeg's filters against NumPy's views."""
    orientation = Orientation(transpose, flip_x, flip_y)
    stored = np.arange(16 * 32, dtype=np.uint16).reshape(16, 32).astype(np.uint8)
    graph = Graph()
    nodes = [
        graph.add_buffer(
            width=32, height=16, format=av.VideoFormat("gray"), time_base=Fraction(1, 25)
        ),
        *(graph.add(name, argument) for name, argument in orientation.filters()),
    ]
    graph.link_nodes(*nodes, graph.add("buffersink"))
    graph.configure()
    graph.push(av.VideoFrame.from_ndarray(stored, format="gray"))

    assert np.array_equal(graph.vpull().to_ndarray(), orientation.apply(stored))


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_opencv_turns_pictures_the_same_way(write_video: WriteVideo, degrees: int) -> None:
    """The reader that most people compare with shows the same picture."""
    ramp = np.linspace(20, 220, 64 * 48).reshape(48, 64).astype(np.uint8)
    path = write_video([np.repeat(ramp[..., None], 3, axis=2)] * 2, turn=(degrees, False))
    with open_video(path) as video:
        ours = next(video.frames()).picture.rgb()
    capture = cv2.VideoCapture(str(path))
    theirs = np.asarray(capture.read()[1])
    capture.release()

    assert np.abs(ours.astype(int) - theirs[..., ::-1]).max() <= 4


def test_a_slanted_display_matrix_is_ignored_and_said(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    """A turn of 30 degrees is no way to hold a camera: the picture stays as it is stored."""
    metadata = probe(write_video(2, turn=(30, False)))

    assert (metadata.rotation, metadata.mirrored, metadata.width) == (0, False, 64)
    assert "not a quarter turn" in caplog.text


def test_pixel_aspect_is_told_upright(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    """Pixels that are 3:2 as stored are 2:3 when the picture is turned by a quarter."""
    path = write_video(2, pixel_aspect_ratio=Fraction(3, 2))
    turned = write_video(2, "turned.mp4", pixel_aspect_ratio=Fraction(3, 2), turn=(90, False))

    assert probe(path).pixel_aspect_ratio == Fraction(3, 2)
    assert probe(turned).pixel_aspect_ratio == Fraction(2, 3)
    assert "its pixels are not square (3:2)" in caplog.text
