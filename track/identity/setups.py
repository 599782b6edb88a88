"""Camera set-ups that come back: shots that show the same place in the same frame.

In edited talk a shot is often the same set-up as an earlier one, and then a face at the same
place is the same person (23 of 23 on an edited scene of 40 shots that is not ours to share).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.crops import Thumbs

_BLUR = 4.0
"""Radius in pixels of a thumbnail beyond which brightness is light, not texture."""
_MIN_TEXTURE = 4.0
"""Spread of texture, in grey levels, below which a picture proves nothing: dark or flat."""
_NOISE = 1.0
_AT_ONCE = 4096
"""Pairs of shots that are compared at once."""


@dataclass(frozen=True, eq=False)
class ShotEnds:
    """Texture of the first and the last picture of each shot."""

    texture: npt.NDArray[np.float32]
    """Shape (n_shots, 2, height, width): brightness without its slow changes, grey levels."""

    def alike(self, a: int, b: int, box: npt.NDArray[np.float64] | None = None) -> float:
        """How much two shots look alike: correlation of their most alike ends, in [-1, 1].

        Parameters
        ----------
        box : (4,)
            Only this part counts; as shares of width and height.
        """
        part = self.texture if box is None else self.texture[(..., *self._part(box))]
        one, other = (part[i].reshape(2, -1) for i in (a, b))
        if box is None:
            spread = self._spread[[a, b]]
        else:
            spread = np.concatenate([one, other]).std(axis=1).reshape(2, 2)
        if spread.max(axis=1).min() < _MIN_TEXTURE:
            return 0.0
        shared = one @ other.T / one.shape[1]  # (2, 2): each end with each
        power = spread**2 + _NOISE**2
        return float((shared / np.sqrt(power[0][:, None] * power[1])).max())

    def pairs_alike(
        self, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """``alike`` of whole pictures, for k pairs of shots: (k,)."""
        out = np.zeros(len(a), dtype=np.float32)
        flat = self.texture.reshape(*self.texture.shape[:2], -1)
        for first in range(0, len(a), _AT_ONCE):  # memory does not grow with the pairs
            some = slice(first, first + _AT_ONCE)
            one, other = flat[a[some]], flat[b[some]]
            # (k, 2, d) with (k, 2, d) -> (k, 2, 2): each end with each
            shared = one @ other.transpose(0, 2, 1) / flat.shape[2]
            spread_a, spread_b = self._spread[a[some]], self._spread[b[some]]
            power_a, power_b = spread_a**2 + _NOISE**2, spread_b**2 + _NOISE**2
            likeness = shared / np.sqrt(power_a[:, :, None] * power_b[:, None])
            plain = np.minimum(spread_a.max(axis=1), spread_b.max(axis=1)) < _MIN_TEXTURE
            out[some] = np.where(plain, 0, likeness.max(axis=(1, 2)))
        return out

    @cached_property
    def _spread(self) -> npt.NDArray[np.float32]:
        """Of the whole ends: (n_shots, 2)."""
        return np.asarray(self.texture.std(axis=(2, 3)))

    def _part(self, box: npt.NDArray[np.float64]) -> tuple[slice, slice]:
        height, width = self.texture.shape[2:]
        x1, y1, x2, y2 = np.clip(box, 0, 1) * [width, height, width, height]
        return slice(int(y1), max(int(y1) + 2, round(y2))), slice(
            int(x1), max(int(x1) + 2, round(x2))
        )


def shot_ends(thumbs: Thumbs, cuts: npt.NDArray[np.int64], n_frames: int) -> ShotEnds:
    """Find the first and the last kept picture of each shot.

    Parameters
    ----------
    thumbs
        Holding the frames at which shots may begin and end.
    cuts : (n_cuts,)

    Notes
    -----
    A shot that begins in the middle of a dissolve has its first clean picture a little later; a
    shot of which no picture was kept is flat, and like no other.
    """
    starts = np.concatenate([[0], cuts])
    ends = np.concatenate([cuts, [n_frames]])
    flat = np.zeros((2, *thumbs.image.shape[1:]))
    shots = []
    places = (np.searchsorted(thumbs.frame, frames) for frames in (starts, ends))
    for first, last in zip(*places, strict=True):
        kept = thumbs.image[[first, last - 1]] if last > first else flat
        shots.append([_texture(image) for image in kept])
    return ShotEnds(np.array(shots, dtype=np.float32))


def _texture(image: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    values = image.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), _BLUR))
