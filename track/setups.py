"""Camera set-ups that come back: shots that show the same place in the same frame.

In edited talk a shot is often the same set-up as an earlier one, and then a face at the same
place is the same person (23 of 23 on a scene of 40 shots).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.crops import Thumbs

_BLUR = 4.0
"""Radius in pixels of a thumbnail beyond which brightness is light, not texture."""
_MIN_TEXTURE = 4.0
"""Spread of texture, in grey levels, below which a picture proves nothing: dark or flat."""
_NOISE = 1.0


def setup_similarity(
    thumbs: Thumbs, cuts: npt.NDArray[np.int64], n_frames: int
) -> npt.NDArray[np.float64]:
    """How much each two shots look like the same set-up.

    Parameters
    ----------
    thumbs
        Holding at least the first and the last frame of each shot.
    cuts : (n_cuts,)

    Returns
    -------
    (n_shots, n_shots) in [-1, 1]
        Correlation of texture of their most alike ends; 0 where one has too little texture.
    """
    starts = np.concatenate([[0], cuts])
    ends = np.concatenate([cuts, [n_frames]]) - 1
    first = _textures(thumbs, starts)
    last = _textures(thumbs, ends)
    ends_of_all = np.stack([first, last], axis=1)  # (n_shots, 2, pixels)
    # (n, 1, 2, p) with (1, m, 2, p) -> (n, m, 2, 2)
    alike = np.einsum("nap,mbp->nmab", ends_of_all, ends_of_all)
    return np.asarray(alike.max(axis=(2, 3)))


def _textures(thumbs: Thumbs, frames: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Texture of the pictures of some frames, of length 1, or all 0: (k, pixels)."""
    place = np.searchsorted(thumbs.frame, frames)
    missing = (place >= len(thumbs.frame)) | (
        thumbs.frame[np.minimum(place, len(thumbs.frame) - 1)] != frames
    )
    if missing.any():
        raise ValueError(f"thumbs lack frame {int(frames[missing][0])}")
    return np.stack([_texture(thumbs.image[i]) for i in place.tolist()])


def _texture(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    values = image.astype(np.float64)
    fine = values - cv2.GaussianBlur(values, (0, 0), _BLUR)
    spread = float(fine.std())
    if spread < _MIN_TEXTURE:
        return np.zeros(values.size)
    flat = fine.ravel() / np.sqrt(spread**2 + _NOISE**2)
    return np.asarray(flat / np.sqrt(flat.size))
