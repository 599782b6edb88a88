"""A picture of one person: the face found and cut as the faces of clips are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes import PictureError, open_video
from speaker_boxes.detect.scan.crops import CROP_SIDE
from speaker_boxes.detect.scan.reference_face import cut_reference, read_picture
from speaker_boxes.sample import clip_path

Image = npt.NDArray[np.uint8]
TIGHT = (slice(80, 250), slice(219, 343))
"""The face of the sample in frame 12, and nothing else."""
TIGHTER = (slice(98, 231), slice(233, 329))
"""Of that face the part from brows to chin, in which no face is found without a margin."""


@pytest.fixture(scope="module")
def frame() -> Image:
    """A frame of the sample, with one face."""
    with open_video(clip_path()) as video:
        return next(each.picture.rgb() for each in video.frames() if each.index == 12)


def save(path: Path, image: Image) -> Path:
    cv2.imwrite(str(path), image[..., ::-1])
    return path


def likeness(a: Image, b: Image) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "bmp"])
def test_the_one_face_is_cut_out(frame: Image, tmp_path: Path, kind: str) -> None:
    """Whatever the kind of file, the same crop."""
    crop = cut_reference(save(tmp_path / f"né.{kind}", frame))

    assert crop.shape == (CROP_SIDE, CROP_SIDE, 3)
    assert likeness(crop, cut_reference(save(tmp_path / "same.png", frame))) > 0.85


@pytest.mark.parametrize("part", [TIGHT, TIGHTER], ids=["tight", "tighter"])
def test_a_picture_that_is_all_face_will_do(
    frame: Image, tmp_path: Path, part: tuple[slice, slice]
) -> None:
    """As in a passport or closer: the face comes out about as large, in about the same place."""
    middle = slice(55, 90), slice(70, 122)
    tight = cut_reference(save(tmp_path / "tight.png", frame[part]))
    whole = cut_reference(save(tmp_path / "whole.png", frame))

    assert likeness(tight[middle], whole[middle]) > 0.5


def test_a_large_photo_is_shrunk_first(frame: Image, tmp_path: Path) -> None:
    large = cv2.resize(frame, (4000, 2250), interpolation=cv2.INTER_CUBIC)
    path = save(tmp_path / "large.jpg", np.asarray(large, dtype=np.uint8))

    assert read_picture(path).shape == (1080, 1920, 3)
    whole = cut_reference(save(tmp_path / "whole.png", frame))
    assert likeness(cut_reference(path), whole) > 0.9


def test_two_faces_or_none_are_refused(frame: Image, tmp_path: Path) -> None:
    two = save(tmp_path / "two.png", np.concatenate([frame, frame[:, ::-1]], axis=1))
    none = save(tmp_path / "none.png", np.full_like(frame, 90))

    with pytest.raises(PictureError, match=r"two\.png shows 2 faces; cut out the one that is"):
        cut_reference(two)
    with pytest.raises(PictureError, match=r"none\.png shows no face$"):
        cut_reference(none)


@pytest.mark.parametrize("content", [None, b"", b"no picture", "cut"], ids=str)
def test_no_picture_is_one_line(
    frame: Image, tmp_path: Path, content: bytes | str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also a file that ends early, on which libpng would comment."""
    path = tmp_path / "x.png"
    if content == "cut":
        path.write_bytes(save(path, frame).read_bytes()[:9000])
    elif isinstance(content, bytes):
        path.write_bytes(content)

    with pytest.raises(PictureError, match=r"^cannot (open|read) .*x\.png: "):
        cut_reference(path)
    assert capfd.readouterr().err == ""
