"""Boxes as arrays, against something dumber: painted pixels and loops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.geometry import (
    BoxArray,
    areas,
    centres,
    check_boxes,
    check_shape,
    pairwise_iou,
    to_rows,
    whole_pixels,
)

SIZE = 24
NAN = float("nan")


@st.composite
def boxes_on_grid(draw: st.DrawFn) -> list[int]:
    """A box of whole pixels with area, inside a small grid."""
    x1, y1 = draw(st.integers(0, SIZE - 2)), draw(st.integers(0, SIZE - 2))
    return [x1, y1, draw(st.integers(x1 + 1, SIZE - 1)), draw(st.integers(y1 + 1, SIZE - 1))]


@st.composite
def loose_boxes(draw: st.DrawFn) -> list[float]:
    """A box of any position and size, or a missing one."""
    if draw(st.booleans()):
        return [NAN] * 4
    number = st.floats(-200, 200, width=32)
    x1, y1 = draw(number), draw(number)
    side = st.floats(0.125, 300, width=32)
    return [x1, y1, x1 + draw(side), y1 + draw(side)]


def painted_overlap(a: list[int], b: list[int]) -> float:
    """Count pixels of two boxes painted on a grid."""
    grids = np.zeros((2, SIZE, SIZE), dtype=bool)
    for grid, (x1, y1, x2, y2) in zip(grids, (a, b), strict=True):
        grid[y1:y2, x1:x2] = True
    return float((grids[0] & grids[1]).sum() / (grids[0] | grids[1]).sum())


@given(boxes_on_grid(), boxes_on_grid())
def test_iou_equals_counting_pixels(a: list[int], b: list[int]) -> None:
    """The vectorised formula agrees with painting both boxes on a grid."""
    got = pairwise_iou(check_boxes([a]), check_boxes([b]))[0, 0]

    assert got == pytest.approx(painted_overlap(a, b), abs=1e-6)


@given(st.lists(boxes_on_grid(), max_size=5), st.lists(boxes_on_grid(), max_size=5))
def test_iou_is_a_table_of_pairs(a: list[list[int]], b: list[list[int]]) -> None:
    """Row i, column j is the overlap of a[i] with b[j]; none of either is an empty table."""
    rows = check_boxes(np.reshape(a, (-1, 4)))
    columns = check_boxes(np.reshape(b, (-1, 4)))

    table = pairwise_iou(rows, columns)

    assert table.shape == (len(a), len(b))
    assert table.dtype == np.float32
    assert (pairwise_iou(columns, rows) == table.T).all()
    for i in range(len(a)):
        for j in range(len(b)):
            alone = pairwise_iou(rows[i : i + 1], columns[j : j + 1])
            assert table[i, j] == alone[0, 0]


@given(boxes_on_grid(), st.integers(-50, 50), st.integers(-50, 50))
def test_a_box_is_itself_wherever_it_is(box: list[int], right: int, down: int) -> None:
    """Overlap with itself is 1, also after both were moved; the centre moves along."""
    here = check_boxes([box])
    there = check_boxes(here + np.array([right, down, right, down]))

    assert pairwise_iou(there, there)[0, 0] == 1
    assert areas(there)[0] == areas(here)[0]
    assert (centres(there) - centres(here)).tolist() == [[right, down]]


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([0, 0, 1, 1], r"boxes must have shape \(n, 4\), got \(4,\)"),
        ([[0, 0, 1]], r"boxes must have shape \(n, 4\), got \(1, 3\)"),
        ([[0, 0, 1, 1], [0, 0, NAN, 1]], r"boxes\[1\] is only partly NaN: \[0.0, 0.0, nan, 1.0\]"),
        ([[0, 0, np.inf, 1]], r"boxes\[0\] is infinite"),
        ([[5, 0, 5, 1]], r"boxes\[0\] has no area"),
        ([[0, 9, 5, 1]], r"boxes\[0\] has no area"),
    ],
    ids=["one flat row", "three numbers", "half missing", "infinite", "zero width", "upside down"],
)
def test_bad_boxes_are_named(boxes: npt.ArrayLike, message: str) -> None:
    """A bad box is refused with its row number and its values."""
    with pytest.raises(ValueError, match=message):
        check_boxes(boxes)


def test_checked_boxes_are_a_copy_of_their_own() -> None:
    """The caller's array may change afterwards; the checked one cannot."""
    mine = np.array([[0, 0, 1, 1]], dtype=np.float32)
    checked = check_boxes(mine)
    mine[:] = 7

    assert checked.tolist() == [[0, 0, 1, 1]]
    with pytest.raises(ValueError, match="read-only"):
        checked[0, 0] = 1


def test_no_boxes_are_fine() -> None:
    """A clip without a face is no error."""
    assert check_boxes(np.empty((0, 4))).shape == (0, 4)


def test_shapes_are_named() -> None:
    """The message holds the name, the shape that is asked for, and the one that came."""
    with pytest.raises(ValueError, match=r"score must have shape \(3,\), got \(2,\)"):
        check_shape(np.zeros(2), (3,), "score")


@given(st.lists(loose_boxes(), min_size=1, max_size=8))
def test_whole_pixels_lie_in_the_frame(rows: list[list[float]]) -> None:
    """Whatever goes in: whole numbers inside the frame with area, or nothing at all."""
    width, height = 64, 48
    given_boxes: BoxArray = np.array(rows, dtype=np.float32)
    before = given_boxes.copy()

    out = whole_pixels(given_boxes, width, height)

    assert out.shape == given_boxes.shape
    assert np.array_equal(given_boxes, before, equal_nan=True)
    here = out[~np.isnan(out[:, 0])]
    assert (here == np.rint(here)).all()
    assert (here[:, :2] >= 0).all()
    assert (here[:, 2] <= width).all()
    assert (here[:, 3] <= height).all()
    assert (areas(here) > 0).all()
    for row, made in zip(rows, out, strict=True):
        assert np.isnan(made).all() == _leaves_no_pixel(row, width, height)


def _leaves_no_pixel(row: list[float], width: int, height: int) -> bool:
    """The same question, asked of one box in plain Python."""
    if np.isnan(row[0]):
        return True
    x1, y1, x2, y2 = (np.float32(value) for value in row)
    xs = [round(float(min(max(x, np.float32(0)), np.float32(width)))) for x in (x1, x2)]
    ys = [round(float(min(max(y, np.float32(0)), np.float32(height)))) for y in (y1, y2)]
    return xs[1] <= xs[0] or ys[1] <= ys[0]


@given(st.lists(loose_boxes(), min_size=1, max_size=8))
def test_rows_are_as_many_and_null_where_missing(rows: list[list[float]]) -> None:
    """One entry a box: four Python ints, or None."""
    boxes: BoxArray = whole_pixels(np.array(rows, dtype=np.float32), 64, 48)

    spelled = to_rows(boxes)

    assert len(spelled) == len(rows)
    for row, entry in zip(boxes, spelled, strict=True):
        assert (entry is None) == bool(np.isnan(row[0]))
        if entry is not None:
            assert all(type(value) is int for value in entry)
            assert entry == row.tolist()
