"""From BlazeFace's square around eyes and mouth to a box around the face."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MIN_SCORE = 0.3
"""Weaker boxes are noise; from here to 0.5 they may prolong a track, not begin one."""
SAME_FACE_IOU = 0.3
"""Overlap of squares from which they are one face (``min_suppression_threshold`` of MediaPipe's
face detection graphs)."""
PROFILE_FROM = 0.3
"""How far the nose is beside the middle of the ears, in sides of the square, where a head is so
turned that it is nearly seen from the side; faces that look ahead have up to 0.2."""
_FACE = np.array(
    [
        # 1, nose beside ears, nose below ears, profile -> x1, y1, x2, y2
        [-0.470, 0.087, 0.161, 0.055],
        [-0.771, 0.000, 0.478, -0.009],
        [0.470, 0.087, -0.161, -0.055],
        [0.504, 0.000, 0.047, 0.178],
    ]
)
"""From BlazeFace's square to a face from forehead to chin, jaw to jaw: each edge relative to the
square's centre and side, by how the head is turned (nose against the middle of the ears).
Least squares, mirrored evenly, over the faces of fourteen clips:
``benchmarks/calibrate/box_shape.py``. In profile the network's squares are small and differ by a
tenth from one person to the next: the chin may be off by as much."""


def face_box(
    square: npt.NDArray[np.float32], points: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Turn BlazeFace's squares into face boxes.

    Parameters
    ----------
    square : (n, 4)
        From brows to mouth, ear to ear.
    points : (n, 6, 2)
        Two eyes, nose tip, mouth, two ears; same pixels.

    Returns
    -------
    (n, 4) float32
    """
    if not len(square):
        return square
    centre = (square[:, :2] + square[:, 2:]) / 2
    side = square[:, 2] - square[:, 0]
    nose = (points[:, 2] - (points[:, 4] + points[:, 5]) / 2) / side[:, None]
    profile = np.maximum(np.abs(nose[:, 0]) - PROFILE_FROM, 0)
    turned = np.column_stack([np.ones(len(side)), nose, profile])  # (n, 4)
    edges = turned @ _FACE.T * side[:, None]
    return np.asarray(edges + centre[:, [0, 1, 0, 1]], dtype=np.float32)
