"""Faces that cannot take a turn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from speaker_boxes.track.speech.fitness import unfit
from speaker_boxes.track.speech.pictures import FaceTrack


def face(*, side: float = 80, seconds: float = 2, blur: float = 0) -> FaceTrack:
    """Texture of all sizes in place of a face."""
    n = round(25 * seconds)
    noise = np.random.RandomState(5).randint(0, 255, (112, 112)).astype(np.float32)
    picture = np.asarray(
        cv2.GaussianBlur(noise, (0, 0), 0.7) + 4 * cv2.GaussianBlur(noise, (0, 0), 8)
    )
    if blur:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur))
    picture = (255 * (picture - picture.min()) / np.ptp(picture)).astype(np.uint8)
    box = np.tile(np.array([0, 0, side * 0.8, side], np.float32), (n, 1))
    return FaceTrack(np.arange(n) / 25, box, np.tile(picture, (n, 1, 1)))


@pytest.mark.parametrize(
    ("track", "reason"),
    [
        (face(), None),
        (face(side=39), "small"),
        (face(seconds=0.9), "short"),
        (face(blur=5), "blurred"),
    ],
    ids=["fit", "small", "short", "blurred"],
)
def test_a_face_without_a_mouth_to_see_is_unfit(track: FaceTrack, reason: str | None) -> None:
    assert unfit(track) == reason
