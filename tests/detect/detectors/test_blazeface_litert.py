"""Our own handling of BlazeFace's output against MediaPipe's, box by box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.blazeface_litert import (
    FULL,
    SHORT,
    LitertFace,
    Network,
    RawFaces,
    weighted_nms,
)
from speaker_boxes.detect.detectors.blazeface_mediapipe import BlazeFace
from speaker_boxes.detect.detectors.model_files import FULL_RANGE, SHORT_RANGE
from speaker_boxes.errors import ModelError
from speaker_boxes.sample import clip_path

ENLARGED = 8
"""MediaPipe takes every eighth pixel of a picture eight times as large, so that both see the
same; its boxes are then rounded to an eighth of a pixel."""


NETWORKS = pytest.mark.parametrize(
    ("network", "model"), [(SHORT, SHORT_RANGE), (FULL, FULL_RANGE)], ids=["short", "full"]
)


@pytest.fixture(scope="module")
def litert() -> LitertFace:
    return LitertFace()


def seen_by_mediapipe(detector: BlazeFace, image: Image) -> RawFaces:
    """What MediaPipe finds in a square image, in shares of it."""
    import mediapipe

    large = image.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
    wrapped = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=large)
    found = detector._detector.detect(wrapped).detections
    boxes = [face.bounding_box for face in found]
    corner = np.array([(b.origin_x, b.origin_y) for b in boxes], np.float32).reshape(-1, 2)
    size = np.array([(b.width, b.height) for b in boxes], np.float32).reshape(-1, 2)
    points = [[(point.x, point.y) for point in face.keypoints] for face in found]
    square = np.hstack([corner, corner + size], dtype=np.float32) / np.float32(len(large))
    return RawFaces(
        square,
        np.array(points, np.float32).reshape(-1, 6, 2),
        np.array([face.categories[0].score for face in found], np.float32),
        np.zeros(len(found), np.int64),
    )


def cutouts_of(clip: Path, size: int, every: int) -> Iterator[Image]:
    """Squares in many places and sizes of some frames: faces whole, cut off, small and none."""
    rng = np.random.default_rng(4)
    with open_video(clip) as video:
        for frame in video.frames():
            if frame.index % every:
                continue
            for _ in range(6):
                side = int(rng.uniform(0.3, 1.2) * min(video.width, video.height))
                x = int(rng.integers(-side // 4, max(1, video.width - side)))
                y = int(rng.integers(-side // 4, max(1, video.height - side)))
                yield frame.picture.resized_crop((x, y, x + side, y + side), size, size)


def check_agreement(network: Network, model: str, clip: Path, *, every: int) -> int:
    """Face by face the same, best first; the number of faces."""
    litert, side = LitertFace(network), network.side
    with closing(BlazeFace(model)) as mediapipe:
        seen = [
            (weighted_nms(litert._run([image])), seen_by_mediapipe(mediapipe, image))
            for image in cutouts_of(clip, side, every)
        ]
    n_faces = 0
    for ours, theirs in seen:
        assert ours.score == pytest.approx(theirs.score, abs=1e-6)
        assert ours.points.ravel() == pytest.approx(theirs.points.ravel(), abs=1e-4)
        square = ours.square.copy()
        # MediaPipe moves, not clips, a box that leaves the picture at the left or the top
        square -= np.tile(np.minimum(square[:, :2], 0), 2)
        square = np.minimum(square, np.maximum(theirs.square, 1))  # and ends it at the other edge
        # corner and size are each cut to whole pixels
        assert np.abs(square - theirs.square).max(initial=0) <= 2 / (ENLARGED * side) + 1e-4
        n_faces += len(ours.score)
    return n_faces


@NETWORKS
def test_boxes_are_those_of_mediapipe(network: Network, model: str) -> None:
    """On cut-outs of the sample: the same faces, to within MediaPipe's own rounding."""
    assert check_agreement(network, model, clip_path(), every=10) > 20


@NETWORKS
def test_boxes_are_those_of_mediapipe_on_real_clips(
    network: Network, model: str, shared_media: Path
) -> None:
    """Crowds, turned faces, two beside each other."""
    clips = ("facenet-video.mp4", "visualvoice-interview.mp4", "latentsync-3.mp4")
    n_faces = sum(
        check_agreement(network, model, shared_media / "clips" / name, every=60) for name in clips
    )

    assert n_faces > 50


def test_several_images_give_what_each_gives(litert: LitertFace) -> None:
    """Row by row, whichever image is beside it; one without a face has no row."""
    images = [*cutouts_of(clip_path(), SHORT.side, every=60)]
    images.insert(2, np.zeros((SHORT.side, SHORT.side, 3), np.uint8))

    found, image = litert.detect_batch(images)

    assert len(found) > 10
    assert 2 not in image
    for index, alone in enumerate(map(litert.detect, images)):
        mine = image == index
        assert found.score[mine] == pytest.approx(alone.score, abs=1e-6)
        assert found.box[mine].ravel() == pytest.approx(alone.box.ravel(), abs=1e-3)


def test_anchors_are_those_of_mediapipe() -> None:
    """896 of them: 16x16 cells with two each, then 8x8 with six, in rows."""
    centres = SHORT.anchors()

    assert centres.shape == (896, 2)
    assert centres[[0, 1, 2, 32]].tolist() == [
        [1 / 32, 1 / 32], [1 / 32, 1 / 32], [3 / 32, 1 / 32], [1 / 32, 3 / 32],
    ]  # fmt: skip
    assert centres[512].tolist() == centres[517].tolist() == [1 / 16, 1 / 16]
    assert centres[-1].tolist() == [15 / 16, 15 / 16]


def test_overlapping_squares_are_blended() -> None:
    """The mean by score; the score is the best one's; a square apart stays as it is."""
    square = np.array([[0, 0, 1, 1], [0, 0, 1, 0.8], [5, 5, 6, 6]], np.float32)
    points = np.zeros((3, 6, 2), np.float32)
    points[1] = 1

    score = np.array([0.9, 0.3, 0.5], np.float32)
    found = weighted_nms(RawFaces(square, points, score, np.zeros(3, np.int64)))

    assert found.square[0].tolist() == pytest.approx([0, 0, 1, 0.95])
    assert found.points[0, 0].tolist() == pytest.approx([0.25, 0.25])
    assert found.score.tolist() == pytest.approx([0.9, 0.5])
    assert found.square[1].tolist() == [5, 5, 6, 6]


def test_an_image_of_another_shape_is_fitted(litert: LitertFace) -> None:
    """The whole frame gives the boxes of the square around it, in its own pixels."""
    with open_video(clip_path()) as video:
        picture = next(video.frames()).picture
    square = litert.detect(picture.resized_crop((0, -140, 640, 500), SHORT.side, SHORT.side))

    found = litert.detect(picture.rgb())

    assert len(found) == len(square)
    moved = square.box * 5 - [0, 140, 0, 140]
    assert np.abs(found.box - moved).max(initial=0) < 5


def test_no_face_gives_no_rows(litert: LitertFace) -> None:
    found = litert.detect(np.zeros((SHORT.side, SHORT.side, 3), np.uint8))

    assert found.box.shape == (0, 4)
    assert found.score.shape == (0,)


def test_a_damaged_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from speaker_boxes.detect.detectors import blazeface_litert as litert_faces

    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    monkeypatch.setattr(litert_faces, "model_path", lambda name: broken)

    with pytest.raises(ModelError, match=r"cannot load .*broken\.tflite"):
        LitertFace()
