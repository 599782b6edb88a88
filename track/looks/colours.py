"""What a person looks like besides the face: the colours of head and clothing."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.scan.crops import CROP_SHARE, CROP_SIDE, FACE_AT

Descriptor = npt.NDArray[np.float32]
"""Shape (2, n_bins): square roots of two histograms, of the head and of the clothing; each row
has length 1, so that the dot product of two is their overlap (Bhattacharyya 1943)."""

_FACE = CROP_SIDE / CROP_SHARE
_MIDDLE = CROP_SIDE / 2
_HEAD = (slice(0, round(FACE_AT * CROP_SIDE + 0.7 * _FACE)),
         slice(round(_MIDDLE - 0.75 * _FACE), round(_MIDDLE + 0.75 * _FACE)))  # fmt: skip
_CLOTHING = (slice(round(FACE_AT * CROP_SIDE + 0.95 * _FACE), CROP_SIDE),
             slice(round(_MIDDLE - 0.9 * _FACE), round(_MIDDLE + 0.9 * _FACE)))  # fmt: skip
_BINS = (8, 12, 12)
"""Of lightness, green to red, blue to yellow (CIE L*a*b*). Few for lightness, which the camera's
exposure changes."""
N_BINS = _BINS[0] * _BINS[1] * _BINS[2]


def describe_colours(crop: Image) -> Descriptor:
    """Colours of one crop."""
    lab = cv2.cvtColor(crop, cv2.COLOR_RGB2LAB)
    return np.stack([_histogram(np.asarray(lab[part])) for part in (_HEAD, _CLOTHING)])


def _histogram(lab: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    # under coloured light all may lie beyond: the outermost bins hold what is stronger
    lab = np.clip(lab, (0, 64, 64), (255, 191, 191)).astype(np.uint8)
    counts = cv2.calcHist(
        [np.ascontiguousarray(lab)], [0, 1, 2], None, _BINS, [0, 256, 64, 192, 64, 192]
    )
    soft = cv2.GaussianBlur(counts.reshape(_BINS[0], -1), (3, 3), 0.7)
    share = np.asarray(soft, dtype=np.float32).ravel()
    return np.asarray(np.sqrt(share / max(float(share.sum()), 1e-6)), dtype=np.float32)


def colour_distance(
    a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Mean Hellinger distance of head and clothing: (n, 2, d) with (m, 2, d) -> (n, m)."""
    total = np.zeros((len(a), len(b)), np.float32)
    for part in range(2):  # products of matrices: 6,000 tracks make 36 million pairs
        overlap = a[:, part] @ b[:, part].T
        np.clip(1 - overlap, 0, 1, out=overlap)
        total += np.sqrt(overlap, out=overlap)
    total /= 2
    return total
