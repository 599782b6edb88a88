"""Time and smoothness of ``detect.picture.downscale`` beside OpenCV's own ways.

    python -m benchmarks.speed.resize

For squares of several sizes shrunk to what the detectors take: microseconds, and how much of a
fine grid (a pixel on, a pixel off) is left, which a smooth way averages out.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.machine import describe_machine
from speaker_boxes.detect.decode.frame_image import downscale

Plane = npt.NDArray[np.uint8]
SIZES = ((300, 128), (600, 128), (600, 256), (1000, 192), (1080, 192))
REPEATS = 200


def resize(how: int) -> Callable[[Plane, int], Plane]:
    """One of OpenCV's ways to scale."""
    return lambda plane, side: np.asarray(
        cv2.resize(plane, (side, side), interpolation=how), np.uint8
    )


WAYS: dict[str, Callable[[Plane, int], Plane]] = {
    "shrink": lambda plane, side: downscale(plane, side, side),
    "INTER_AREA": resize(cv2.INTER_AREA),
    "INTER_LINEAR": resize(cv2.INTER_LINEAR),
}


def main() -> None:
    """Print a line for each size and way."""
    print(describe_machine())
    rng = np.random.default_rng(0)
    for size, side in SIZES:
        plane = rng.integers(0, 256, (size, size), dtype=np.uint8)
        grid = (np.indices((size, size)).sum(axis=0) % 2 * 255).astype(np.uint8)
        for name, way in WAYS.items():
            start = time.perf_counter()
            for _ in range(REPEATS):
                way(plane, side)
            taken_us = (time.perf_counter() - start) / REPEATS * 1e6
            left = float(way(grid, side).std()) / 127.5
            print(f"{size:5} -> {side:3}  {name:12} {taken_us:7.0f} us  {left:6.1%} of a grid left")


if __name__ == "__main__":
    main()
