"""Looking for faces anywhere: regions, and what overlaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.detect.detectors.base import Detections
from speaker_boxes.detect.detectors.tiling import square_around, tiles
from speaker_boxes.detect.scan.search import to_frame_coords
from speaker_boxes.geometry import check_boxes, nms, pairwise_ios, pairwise_iou


@given(st.integers(2, 4000), st.integers(2, 4000))
def test_tiles_cover_the_picture_and_overlap(width: int, height: int) -> None:
    """Each point lies in a tile; a face of an eighth of the short side lies whole in one."""
    squares = tiles(width, height, shown_side=192)
    face = min(width, height) // 8

    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y = int(rng.integers(0, width - face)), int(rng.integers(0, height - face))
        assert any(
            x1 <= x and y1 <= y and x + face <= x2 and y + face <= y2 for x1, y1, x2, y2 in squares
        )
    assert all(x2 - x1 == y2 - y1 for x1, y1, x2, y2 in squares)
    if max(width, height) <= 8 * min(width, height):
        assert all(x1 >= 0 and y1 >= 0 for x1, y1, _, _ in squares)


@pytest.mark.parametrize(
    ("size", "side"), [((1920, 1080), 540), ((640, 360), 288), ((320, 240), 240), ((8, 6), 6)]
)
def test_tiles_are_no_closer_looks_than_are_of_use(size: tuple[int, int], side: int) -> None:
    """Half the short side, or what has two thirds of its pixels when it is shown with 192."""
    x1, _, x2, _ = tiles(*size, shown_side=192)[0]

    assert x2 - x1 == side


@given(st.integers(1, 50_000), st.integers(1, 50_000))
def test_tiles_are_not_too_many(width: int, height: int) -> None:
    """A strip of 8000x2 would have ten thousand of half its height."""
    assert 1 <= len(tiles(width, height, shown_side=192)) <= 64


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (333, 333)])
def test_whole_is_a_square_around_the_picture(width: int, height: int) -> None:
    x1, y1, x2, y2 = square_around(width, height)

    assert x2 - x1 == y2 - y1 == max(width, height)
    assert abs(x1 + x2 - width) <= 1
    assert abs(y1 + y2 - height) <= 1


def test_boxes_return_to_the_picture() -> None:
    """Half the scale, moved by the corner of the region."""
    found = Detections(check_boxes([[10, 20, 30, 40]]), np.array([0.5], np.float32))

    got = to_frame_coords(found, (-100, 50, 412, 562), 256)

    assert got.box.tolist() == [[-80, 90, -40, 130]]


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0, 1, width=32)), max_size=12
    )
)
def test_of_boxes_that_overlap_the_best_stays(rows: list[tuple[int, int, float]]) -> None:
    """No two kept boxes overlap, and each that goes is covered by a better one that stays."""
    box = check_boxes(np.array([[x, y, x + 20, y + 20] for x, y, _ in rows]).reshape(-1, 4))
    score = np.array([s for _, _, s in rows], np.float32)

    kept = nms(box, score, 0.4)

    overlap = np.maximum(pairwise_iou(box, box), pairwise_ios(box, box) * 0.4 / 0.75)
    assert (score[kept] == np.sort(score[kept])[::-1]).all()
    for i in kept:
        assert not any(overlap[i, j] > 0.4 for j in kept if j != i)
    for i in set(range(len(rows))) - set(kept.tolist()):
        assert any(overlap[i, j] > 0.4 and score[j] >= score[i] for j in kept)
