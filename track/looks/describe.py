"""What one crop says of whose face it is: the embedding of the face, the colours around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.crops import read_crop
from speaker_boxes.track.looks.colours import N_BINS, describe_colours
from speaker_boxes.track.looks.embedding import FaceEmbedder, FaceVector

Colours = npt.NDArray[np.uint8]
"""Shape (2, N_BINS): of head and clothing, as ``describe_colours`` gives them, in 255ths."""


@dataclass(frozen=True, slots=True, eq=False)
class CropLook:
    """What one crop looks like."""

    face: FaceVector
    colours: Colours

    def __post_init__(self) -> None:
        if self.colours.shape != (2, N_BINS) or self.colours.dtype != np.uint8:
            raise ValueError(f"colours must be uint8 of shape (2, {N_BINS})")


class CropDescriber(Protocol):
    """Describes crops; ``CachedDescriber`` asks for each one only once."""

    def describe(self, jpegs: Sequence[bytes]) -> list[CropLook]:
        """What crops look like, as ``Crops.jpeg`` holds them."""


def describe_crop(jpeg: bytes, embedder: FaceEmbedder) -> CropLook:
    """Decode a crop and describe it."""
    image = read_crop(jpeg)
    colours = np.rint(describe_colours(image) * 255).astype(np.uint8)
    return CropLook(embedder.embed(image), colours)
