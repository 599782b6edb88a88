"""How a stored picture is turned to stand upright."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture is turned to stand upright: transposed first, then flipped."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    def apply(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Turn the pixels; a view, nothing is copied."""
        if self.transpose:
            image = image.swapaxes(0, 1)
        return image[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]

    def filters(self) -> list[tuple[str, str]]:
        """FFmpeg's filters, each with its argument, that turn a frame so as it comes."""
        turned = (
            (self.transpose, ("transpose", "cclock_flip")),
            (self.flip_x, ("hflip", "")),
            (self.flip_y, ("vflip", "")),
        )
        return [named for wanted, named in turned if wanted]

    def stored(
        self, box: tuple[float, float, float, float], width: float, height: float
    ) -> tuple[float, float, float, float]:
        """Find an upright box, in a picture of ``width`` x ``height``, in the stored one."""
        x1, y1, x2, y2 = box
        if self.flip_x:
            x1, x2 = width - x2, width - x1
        if self.flip_y:
            y1, y2 = height - y2, height - y1
        return (y1, x1, y2, x2) if self.transpose else (x1, y1, x2, y2)

    def turn(self) -> tuple[int, bool]:
        """The counter-clockwise turn in degrees, and whether the picture is mirrored beside it.

        A mirrored picture is flipped left to right first, then turned.
        """
        turns = {
            (False, False, False): (0, False), (True, False, True): (90, False),
            (False, True, True): (180, False), (True, True, False): (-90, False),
            (False, True, False): (0, True), (True, False, False): (90, True),
            (False, False, True): (180, True), (True, True, True): (-90, True),
        }  # fmt: skip
        return turns[self.transpose, self.flip_x, self.flip_y]


UPRIGHT = Orientation()
