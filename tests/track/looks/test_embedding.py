"""The face embedding, on real crops of the sample clip."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes import ClipFaces, DetectionOptions, find_faces
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.scan.crops import CROP_SIDE, FACE_AT
from speaker_boxes.detect.scan.face_points import FacePointFinder
from speaker_boxes.sample import clip_path
from speaker_boxes.track.looks.embedding import LENGTH, MobileFaceNet, similarity


@pytest.fixture(scope="module")
def sample() -> ClipFaces:
    return find_faces(clip_path(), DetectionOptions(workers=1))


@pytest.fixture(scope="module")
def crops(sample: ClipFaces) -> list[Image]:
    """Four of one woman, from two shots."""
    places = np.linspace(0, len(sample.crops.row) - 1, 4).round().astype(int)
    return [sample.crops.image(i) for i in places.tolist()]


@pytest.fixture(scope="module")
def network() -> MobileFaceNet:
    return MobileFaceNet()


def cosine(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_points_lie_in_the_face(crops: list[Image]) -> None:
    """Eyes above the nose, the nose above the mouth, left before right, around the middle."""
    finder = FacePointFinder()
    for crop in crops:
        found = finder.find(crop)

        assert found is not None
        left, right, nose, mouth = found.points[:4]
        assert left[0] < nose[0] < right[0]
        assert max(left[1], right[1]) < nose[1] < mouth[1]
        assert np.abs(nose - [CROP_SIDE / 2, FACE_AT * CROP_SIDE]).max() < 25
        assert found.score > 0.5


def test_points_are_mirrored_with_the_picture(crops: list[Image]) -> None:
    """What is left becomes right, at the same distance from the edge."""
    finder = FacePointFinder()
    plain = finder.find(crops[0])
    mirrored = finder.find(np.ascontiguousarray(crops[0][:, ::-1]))

    assert plain is not None
    assert mirrored is not None
    back = mirrored.points[[1, 0, 2, 3, 5, 4]] * [-1, 1] + [CROP_SIDE, 0]
    assert back == pytest.approx(plain.points, abs=0.05)


def test_one_person_points_one_way(network: MobileFaceNet, crops: list[Image]) -> None:
    """Crops of one woman in two shots have a cosine above 0.5."""
    vectors = [network.embed(crop).vector for crop in crops]

    assert vectors[0].shape == (LENGTH,)
    assert min(cosine(a, b) for a in vectors for b in vectors) > 0.5


def test_another_face_points_another_way(network: MobileFaceNet, crops: list[Image]) -> None:
    """The same face upside down is no likeness of hers."""
    turned = np.ascontiguousarray(np.rot90(crops[0], 2))
    points = np.array([[70.0, 60], [120, 60], [95, 85], [95, 105]])
    other = network.embed_at(turned, points, points * 112 / CROP_SIDE)

    assert cosine(network.embed(crops[0]).vector, other) < 0.4


def test_the_same_bytes_twice(network: MobileFaceNet, crops: list[Image]) -> None:
    """No state is left over from other crops, and another network says the same."""
    first = network.embed(crops[0]).vector
    network.embed(crops[1])

    assert network.embed(crops[0]).vector.tobytes() == first.tobytes()
    assert MobileFaceNet().embed(crops[0]).vector.tobytes() == first.tobytes()


def test_a_mirrored_crop_is_the_same_face(network: MobileFaceNet, crops: list[Image]) -> None:
    """Picture and mirror are added, so that a mirrored clip changes nothing."""
    plain = network.embed(crops[0])
    mirrored = network.embed(np.ascontiguousarray(crops[0][:, ::-1]))

    assert cosine(plain.vector, mirrored.vector) > 0.999
    assert mirrored.score == pytest.approx(plain.score, abs=1e-3)


def test_no_face_is_no_vector(network: MobileFaceNet) -> None:
    """A grey crop has a score of 0 and a vector of zeros."""
    found = network.embed(np.full((CROP_SIDE, CROP_SIDE, 3), 128, np.uint8))

    assert found.score == 0
    assert not found.vector.any()


def test_a_similarity_is_found_again() -> None:
    """Points that were turned, scaled and shifted are met exactly."""
    points = np.array([[0.0, 0], [4, 0], [2, 3], [2, 6]])
    turn = 1.7 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    moved = points @ turn.T + [5, -3]

    matrix = similarity(points, moved)

    assert matrix == pytest.approx(np.column_stack([turn, [5, -3]]))


def test_a_similarity_is_the_nearest() -> None:
    """No small change of turn, scale or shift comes nearer to points that do not fit."""
    random = np.random.default_rng(0)
    source, target = random.normal(size=(4, 2)), random.normal(size=(4, 2))
    a, minus_b, x, b, _, y = similarity(source, target).ravel().tolist()

    def off(values: npt.NDArray[np.float64]) -> float:
        a, b, x, y = values
        matrix = np.array([[a, -b], [b, a]])
        return float(((source @ matrix.T + [x, y] - target) ** 2).sum())

    best = np.array([a, b, x, y])
    assert minus_b == -b
    for step in np.concatenate([np.eye(4), -np.eye(4)]) * 1e-3:
        assert off(best + step) > off(best)


def test_opening_takes_no_mediapipe() -> None:
    """The embedder runs under LiteRT alone, and importing it loads neither."""
    script = (
        "import sys; from speaker_boxes.track.looks.embedding import MobileFaceNet;"
        "print('ai_edge_litert' in sys.modules); MobileFaceNet();"
        "print('mediapipe' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "False\nFalse\n"
