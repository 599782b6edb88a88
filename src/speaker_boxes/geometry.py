"""Boxes as arrays: format, checks, overlap. NumPy only.

A box is ``x1, y1, x2, y2`` in pixels of the decoded, upright frame; ``x2`` and ``y2`` are
exclusive. A missing box is a row of four NaN, and nothing else is.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

BoxArray = npt.NDArray[np.float32]
"""Shape (n, 4), float32: one box a row."""
Scores = npt.NDArray[np.float32]
"""Shape (n,), in [0, 1]: the detector's confidence; not a probability."""


def check_shape(array: npt.NDArray[np.generic], shape: tuple[int, ...], name: str) -> None:
    """Raise ``ValueError`` unless ``array`` has ``shape``."""
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")


DType = TypeVar("DType", bound=np.generic)


def as_array(values: npt.ArrayLike, dtype: type[DType], name: str) -> npt.NDArray[DType]:
    """Take numbers as an array of ``dtype``: an array of it as it is, a list converted.

    Raises
    ------
    ValueError
        They are no numbers, rows of different lengths, or not whole where ``dtype`` is.

    Examples
    --------
    >>> as_array([0, 1.5], np.int64, "frame")
    Traceback (most recent call last):
    ValueError: frame must be whole numbers, got 1.5
    """
    if isinstance(values, np.ndarray) and values.dtype == dtype:
        return values
    try:
        given = np.asarray(values)
        if not given.size:
            return given.astype(dtype)
        if given.dtype.kind not in "biuf":
            raise ValueError
        array = given.astype(dtype, copy=False)
    except (TypeError, ValueError) as error:
        shown = f"{values!r:.60}"
        raise ValueError(f"{name} must be an array of numbers, got {shown}") from error
    if array.dtype.kind in "iu" and given.dtype.kind == "f" and (array != given).any():
        raise ValueError(f"{name} must be whole numbers, got {given[array != given][0]}")
    return array


def check_boxes(boxes: npt.ArrayLike, name: str = "boxes") -> BoxArray:
    """Return a read-only float32 copy of ``boxes``, or say what is wrong with it.

    Parameters
    ----------
    boxes : (n, 4)
        Rows of four NaN are missing boxes.

    Raises
    ------
    ValueError
        Another shape, a row that is only partly NaN, infinite, or without area.
    """
    array = np.array(as_array(boxes, np.float32, name))
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"{name} must have shape (n, 4), got {array.shape}")
    missing = np.isnan(array)
    absent = missing.all(axis=1)
    with np.errstate(invalid="ignore"):
        flat = (array[:, 2] <= array[:, 0]) | (array[:, 3] <= array[:, 1])
    checks = [
        (missing.any(axis=1) & ~absent, "is only partly NaN"),
        (np.isinf(array).any(axis=1), "is infinite"),
        (flat & ~absent, "has no area"),
    ]
    for bad, what in checks:
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise ValueError(f"{name}[{row}] {what}: {array[row].tolist()}")
    array.setflags(write=False)
    return array


def areas(boxes: BoxArray) -> npt.NDArray[np.float32]:
    """Area of each box in square pixels: (n, 4) -> (n,)."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.asarray(width * height, dtype=np.float32)


def centres(boxes: BoxArray) -> npt.NDArray[np.float32]:
    """Centre ``x, y`` of each box: (n, 4) -> (n, 2)."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, dtype=np.float32)


def pairwise_iou(a: npt.ArrayLike, b: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Overlap of every box in ``a`` with every box in ``b``.

    Parameters
    ----------
    a : (n, 4)
    b : (m, 4)

    Returns
    -------
    (n, m) float32 in [0, 1]
        Intersection over union; 0 where the boxes do not touch.

    Examples
    --------
    >>> pairwise_iou([[0, 0, 10, 10]], [[5, 0, 15, 10], [20, 20, 30, 30]]).round(2)
    array([[0.33, 0.  ]], dtype=float32)
    """
    a, b = _as_boxes(a, "a"), _as_boxes(b, "b")
    shared = _shared_areas(a, b)
    return shared / (areas(a)[:, None] + areas(b) - shared)


def _as_boxes(boxes: npt.ArrayLike, name: str) -> BoxArray:
    array = as_array(boxes, np.float32, name)
    return array if array.ndim == 2 and array.shape[1] == 4 else check_boxes(array, name)


def pairwise_ios(a: BoxArray, b: BoxArray) -> npt.NDArray[np.float32]:
    """Part of the smaller of two boxes that lies in the other: (n, 4), (m, 4) -> (n, m)."""
    smaller = np.minimum(areas(a)[:, None], areas(b)[None, :])
    return np.asarray(_shared_areas(a, b) / smaller, dtype=np.float32)


def _shared_areas(a: BoxArray, b: BoxArray) -> npt.NDArray[np.float32]:
    # (n, 1) with (m,) -> (n, m); x and y apart, since NumPy is slow along axes of length 2
    width = np.minimum(a[:, 2, None], b[:, 2]) - np.maximum(a[:, 0, None], b[:, 0])
    height = np.minimum(a[:, 3, None], b[:, 3]) - np.maximum(a[:, 1, None], b[:, 1])
    return np.asarray(np.maximum(width, 0) * np.maximum(height, 0))


def matched_iou(a: BoxArray, b: BoxArray) -> npt.NDArray[np.float32]:
    """Overlap of each box in ``a`` with the one in the same row of ``b``: (n, 4) twice -> (n,)."""
    sides = np.clip(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0, None)
    shared = sides[:, 0] * sides[:, 1]
    return np.asarray(shared / (areas(a) + areas(b) - shared), dtype=np.float32)


def whole_pixels(boxes: BoxArray, width: int, height: int) -> BoxArray:
    """Round boxes to whole pixels inside the frame; a box wholly outside becomes NaN.

    Parameters
    ----------
    boxes : (n, 4)
    width, height
        Size of the frame in pixels.

    Returns
    -------
    (n, 4) float32 of whole numbers with ``0 <= x1 < x2 <= width``, or rows of NaN.
    """
    out = np.rint(np.clip(boxes, 0, [width, height, width, height])).astype(np.float32)
    with np.errstate(invalid="ignore"):
        flat = (out[:, 2] <= out[:, 0]) | (out[:, 3] <= out[:, 1])
    out[flat] = np.nan
    return out


def to_rows(boxes: npt.ArrayLike) -> list[list[int] | None]:
    """Spell (n, 4) boxes as JSON wants them: whole pixels, ``None`` where there is no box."""
    boxes = _as_boxes(boxes, "boxes")
    absent = np.isnan(boxes[:, 0])
    pixels = np.rint(np.where(absent[:, None], 0, boxes)).astype(np.int64).tolist()
    return [None if gone else row for gone, row in zip(absent, pixels, strict=True)]


_MAX_IOS = 0.75
"""Share of the smaller box inside the larger from which both are one face: what looks like a
large face around a face, with the hair for brows, is none."""


def nms(box: BoxArray, score: Scores, max_iou: float) -> npt.NDArray[np.int64]:
    """Rows to keep when of two boxes that overlap only the better one may stay.

    Parameters
    ----------
    box : (n, 4)
    score : (n,)
        Higher is better; of equals the earlier row.
    max_iou
        Overlap above which two boxes are the same face.

    Returns
    -------
    (k,) int64
        Indices of the kept rows, best first.
    """
    if len(score) < 2:
        return np.arange(len(score))
    order = np.argsort(-score, kind="stable")
    # pairwise_iou and pairwise_ios in one, on every frame
    shared, area = _shared_areas(box, box), areas(box)
    one, other = area[:, None], area
    overlaps = shared / (one + other - shared) > max_iou
    overlaps |= shared / np.minimum(one, other) > _MAX_IOS
    np.fill_diagonal(overlaps, False)
    if not overlaps.any():
        return order
    kept: list[int] = []
    for row in order.tolist():
        if not overlaps[row, kept].any():
            kept.append(row)
    return np.array(kept, dtype=np.int64)


def turn_words(rotation: int, mirrored: bool) -> str:
    """How a stored picture is turned to stand upright, in words.

    Parameters
    ----------
    rotation
        Degrees, counter-clockwise, a multiple of 90.

    Examples
    --------
    >>> turn_words(-90, False), turn_words(180, True)
    ('turned a quarter to the right', 'flipped left to right and turned upside down')
    """
    turns = {90: "turned a quarter to the left", 180: "turned upside down",
             270: "turned a quarter to the right"}  # fmt: skip
    turned = turns.get(rotation % 360, "")
    return " and ".join(filter(None, ("flipped left to right" if mirrored else "", turned)))
