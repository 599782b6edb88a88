"""A detector of one method as a pair: it finds faces, and follows them in cut-outs too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.detectors.base import (
    Detections,
    DetectorPair,
    FaceDetector,
    SearchPlan,
    Window,
    concat,
)
from speaker_boxes.geometry import check_boxes

_ROI_SIZE = 256
"""Side of cut-outs: a face has a hundred pixels in one, sixty in a wider one; chosen, since most
detectors know faces from forty or eighty on."""


def pair_of(detector: FaceDetector) -> DetectorPair:
    """Find with it in whole pictures at their own size, and follow with it in cut-outs.

    A pair of one's own is quicker: a small network does for following, a picture is searched at
    the size that the network wants.

    Raises
    ------
    TypeError
        It has no ``detect``.
    """
    if not callable(getattr(detector, "detect", None)):
        raise TypeError(
            "detectors must be a DetectorChoice, a DetectorPair, or an object with "
            f"detect(image) -> Detections; got {detector!r:.80}"
        )
    checked = _Checked(detector)

    def plan(width: int, height: int) -> SearchPlan:
        return SearchPlan((Window(checked, (0, 0, width, height), width, height),), ())

    return DetectorPair(checked.name, plan, checked, _ROI_SIZE)


class _Checked:
    """Somebody else's detector; what it gives is looked at, and a slip named by its name."""

    def __init__(self, detector: FaceDetector) -> None:
        self.name = type(detector).__name__
        self._detector = detector

    def detect(self, image: Image) -> Detections:
        """Find the faces of an image."""
        found = self._detector.detect(image)
        if not isinstance(found, Detections):
            raise TypeError(f"{self.name}.detect must give Detections, got {found!r:.80}")
        box = check_boxes(found.box, f"{self.name}.detect: box")
        if np.isnan(box).any():
            raise ValueError(f"{self.name}.detect: a face that was not found is not a row")
        if not ((found.score >= 0) & (found.score <= 1)).all():
            raise ValueError(f"{self.name}.detect: score must lie in [0, 1], got {found.score}")
        return Detections(box, found.score)

    def detect_batch(self, images: Sequence[Image]) -> tuple[Detections, npt.NDArray[np.int64]]:
        """Find the faces of several images, one after the other, and which shows each."""
        found = [self.detect(image) for image in images]
        return concat(found), np.repeat(np.arange(len(found)), [len(each) for each in found])
