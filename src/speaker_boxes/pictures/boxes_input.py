"""Boxes to look at: any ``bounding_boxes`` file, and what the report beside it tells of them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speaker_boxes.errors import BoxesFileError
from speaker_boxes.files import read_whole, report_path_for
from speaker_boxes.geometry import BoxArray

BOX, NULL = "box", "null"
"""What is said of a frame of which no report tells why it is as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownBoxes:
    """One array of boxes, with what is known of it."""

    name: str
    boxes: BoxArray
    """Shape (n, 4), pixels of the upright frame; NaN where there is none."""
    words: tuple[str, ...]
    """Why each of the n frames is as it is, as reports say it."""
    whose: tuple[str | None, ...] | None
    """Who speaks in each frame, if the boxes are those of whoever speaks."""
    report: dict[str, Any]
    """What the report says; empty without one."""

    @property
    def cuts(self) -> tuple[int, ...]:
        """First frame of each shot but the first, as far as is known."""
        return tuple(self.report.get("cuts", ()))


def read_shown(path: Path) -> ShownBoxes:
    """Read boxes, as any tool may write them, and their report if there is one.

    A list of ``[x1, y1, x2, y2]`` or ``null``, alone or as ``bounding_boxes`` of an object;
    numbers need not be whole.

    Raises
    ------
    BoxesFileError
        The file is something else, or the report is none, or one of other boxes.
    """
    value = _read_json(path, "boxes file")
    rows = value.get("bounding_boxes") if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows:
        raise BoxesFileError(f"{path} is no boxes file: it holds no list of bounding_boxes")
    boxes = np.full((len(rows), 4), np.nan, dtype=np.float32)
    for i, row in enumerate(rows):
        if row is not None:
            boxes[i] = _read_box(row, path, i)
    report = _read_report(report_path_for(path), len(rows))
    words = report.get("frames") or [BOX if row is not None else NULL for row in rows]
    whose = report.get("whose")
    return ShownBoxes(
        path.stem, boxes, tuple(words), None if whose is None else tuple(whose), report
    )


def _read_box(row: object, path: Path, i: int) -> list[float]:
    numbers = row if isinstance(row, list) else []
    good = len(numbers) == 4 and all(
        isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers
    )
    if not good or numbers[2] <= numbers[0] or numbers[3] <= numbers[1]:
        raise BoxesFileError(
            f"{path} is no boxes file: bounding_boxes[{i}] is no [x1, y1, x2, y2] with an area"
        )
    return numbers


def _read_report(path: Path, n_rows: int) -> dict[str, Any]:
    if not path.is_file():
        return {}
    report = _read_json(path, "report")
    if not isinstance(report, dict) or report.get("format") != 1:
        raise BoxesFileError(f"{path} is no report: its format is not 1")
    for key in ("frames", "whose"):
        if len(report.get(key, [])) not in (0, n_rows):
            raise BoxesFileError(
                f"{path} is of other boxes: it tells of {len(report[key])} frames, they of {n_rows}"
            )
    return report


def _read_json(path: Path, what: str) -> Any:
    try:
        return json.loads(read_whole(path))
    except OSError as error:
        raise BoxesFileError(f"cannot read {what} {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BoxesFileError(f"{path} is no {what}: it is not JSON ({error})") from error
