"""What a face detector is: faces of one image, search windows, the pair that finds and follows.

A detector of one's own is an object with ``detect(image)``, or, quicker, a ``DetectorPair``;
``examples/own_detector.py`` has both. To add a third one to the package, write a module like
``yunet.py`` beside this one: a context manager that yields a ``DetectorPair``, and whatever the
pair needs. What it has to give:

- ``plan(width, height)``: windows of a picture, each with a ``FaceDetector`` to be shown it. What
  it finds may be rough; each new face is confirmed by ``roi_detector``.
- ``roi_detector``: exact boxes, from brow or forehead to chin, in square cut-outs of ``roi_size``
  pixels in which the face has two fifths of the side; called several times a frame, so quick.
- Scores in [0, 1]; from ``scan/roi_tracker.HIGH_SCORE`` on a box may begin a track.

Then give it an entry in ``registry.DETECTORS``, with its model files and its library, so that faces
found with another version are not taken from the cache. Import its library inside functions only,
or in a module that nothing but ``registry`` imports, when it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.geometry import BoxArray, Scores, as_array, check_shape

Region = tuple[int, int, int, int]
"""``x1, y1, x2, y2`` in whole upright pixels; may leave the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Faces found in one image; lists will do in place of arrays."""

    box: BoxArray
    """Shape (n, 4): pixels of that image, from brow or forehead to chin, jaw to jaw."""
    score: Scores

    def __post_init__(self) -> None:
        box, score = (
            as_array(self.box, np.float32, "box"),
            as_array(self.score, np.float32, "score"),
        )
        if not box.size:  # an empty list is of no shape
            box = box.reshape(-1, 4)
        check_shape(score, (score.size,), "score")
        check_shape(box, (len(score), 4), "box")
        object.__setattr__(self, "box", box)
        object.__setattr__(self, "score", score)

    def __len__(self) -> int:
        return len(self.score)


def concat(found: Sequence[Detections]) -> Detections:
    """One after the other, as one; there must be one at least."""
    return Detections(
        np.concatenate([each.box for each in found]), np.concatenate([each.score for each in found])
    )


class FaceDetector(Protocol):
    """Finds faces in an image.

    By itself it is shown whole pictures and, around each known face, a cut-out of every frame; a
    ``DetectorPair`` says what is shown to which network.
    """

    def detect(self, image: Image) -> Detections:
        """Find the faces of an RGB image of any size; none gives arrays of length 0.

        Faces with a score from 0.5 on may begin a track.
        """


class RoiDetector(Protocol):
    """Finds the exact boxes of faces in cut-outs around them."""

    def detect_batch(self, images: Sequence[Image]) -> tuple[Detections, npt.NDArray[np.int64]]:
        """Find the faces of square RGB images of one side, and which image shows each: (n,)."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the picture, how large a network is shown it, and which network."""

    detector: FaceDetector
    region: Region
    width: int
    """Pixels that the region is scaled to; in the region's own proportions."""
    height: int


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """How faces are looked for anywhere in a picture of one size."""

    full_frame: tuple[Window, ...]
    """Taken in each search."""
    tiles: tuple[Window, ...]
    """Closer looks that cover the picture: a few in each search, all where a shot may begin."""
    tiles_per_search: int = 1
    """How many of them in each search, in turn: a small face that walks in is found within
    ``len(tiles) / tiles_per_search`` searches."""


@dataclass(frozen=True, slots=True)
class DetectorPair:
    """The two jobs of detection: to find faces anywhere, and to follow known ones exactly."""

    name: str
    """What the report calls it."""
    plan: Callable[[int, int], SearchPlan]
    """How to find faces in pictures of a width and height."""
    roi_detector: RoiDetector
    """Gives the exact boxes in cut-outs around known faces."""
    roi_size: int
    """Side in pixels of the squares that ``roi_detector`` is given."""
