"""Small grey pictures of a face: what they show, and what lies outside."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.orientation import UPRIGHT, Orientation
from speaker_boxes.track.speech.pictures import FaceTrack, cut_face, face_squares


@pytest.fixture
def picture() -> FrameImage:
    """White, with a dark square of 112 pixels at (200, 100)."""
    image = np.full((360, 640, 3), 255, np.uint8)
    image[100:212, 200:312] = 40
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
    frame.time_base = Fraction(1, 25)
    return FrameImage(frame, UPRIGHT, 640, 360)


def test_the_square_is_met(picture: FrameImage) -> None:
    """Nothing but the dark square is in its own cut-out, a quarter in one twice as wide."""
    exact = cut_face(picture, np.array([256.0, 156.0, 112.0]))
    wide = cut_face(picture, np.array([256.0, 156.0, 224.0]))

    assert exact.shape == (112, 112)
    assert np.abs(exact.astype(int) - 40).max() <= 3
    assert (wide < 128).mean() == pytest.approx(0.25, abs=0.01)


def test_outside_the_picture_it_is_grey(picture: FrameImage) -> None:
    """Half of the square is beyond the left edge, half beyond the lower one."""
    found = cut_face(picture, np.array([0.0, 360.0, 100.0]))

    assert (found[:, :56] == 110).all()
    assert (found[56:] == 110).all()
    assert (found[:55, 57:] > 250).all()


@pytest.mark.parametrize("full_range", [True, False])
def test_black_and_white_are_0_and_255(full_range: bool) -> None:
    """Whatever range the clip keeps its brightness in."""
    image = np.zeros((112, 112, 3), np.uint8)
    image[:, 56:] = 255
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
        format="yuvj420p" if full_range else "yuv420p"
    )
    frame.time_base = Fraction(1, 25)

    found = cut_face(FrameImage(frame, UPRIGHT, 112, 112), np.array([56.0, 56.0, 112.0]))

    assert int(found[:, :50].max()) <= 1
    assert int(found[:, 62:].min()) >= 254


def test_grey_is_the_grey_of_the_colours() -> None:
    """As turned upright as the picture, and within a few levels of what OpenCV makes of RGB."""
    noise = np.random.default_rng(0).integers(60, 190, (30, 40, 3), dtype=np.uint8)
    image = np.asarray(cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
    frame.time_base = Fraction(1, 25)
    turned = FrameImage(frame, Orientation(True, False, True), 480, 640)
    box = (120.0, 200.0, 344.0, 424.0)

    grey = turned.grey_crop(box, 112, 112).astype(int)

    of_colours = cv2.cvtColor(turned.resized_crop(box, 112, 112), cv2.COLOR_RGB2GRAY)
    assert np.abs(grey - of_colours).mean() < 1.5


def test_a_box_that_jumps_is_steadied() -> None:
    """One bad frame among 25 a second does not move the square; a walk does."""
    x = np.arange(50) * 2.0
    box = np.column_stack([x, np.zeros(50), x + 40, np.full(50, 60.0)]).astype(np.float32)
    box[20] += 300

    squares = face_squares(box, np.arange(50) / 25)

    # off by a step of the walk where the bad frame is among those of the median
    assert squares[10:40, 0] == pytest.approx(x[10:40] + 20, abs=2)
    assert squares[:, 2].tolist() == [60.0] * 50


def test_a_face_s_clock_must_rise() -> None:
    """Where the clip's clock is set back, it is another face."""
    with pytest.raises(ValueError, match="pts_s must rise"):
        FaceTrack(np.array([0.0, 0.0]), np.zeros((2, 4), np.float32), np.zeros((2, 112, 112), "u1"))
