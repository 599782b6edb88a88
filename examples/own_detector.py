"""With a detector of one's own: an object with ``detect(image)``, then a pair, which is quicker.

The detector here is the cascade that OpenCV brings: simple, and worse than the built-in ones.
"""

import sys
from collections.abc import Sequence

import cv2
import numpy as np

from speaker_boxes import Detections, DetectorPair, SearchPlan, Window, track_speaker


class Cascade:
    """Finds faces that look into the camera."""

    def __init__(self, least_px: int = 24) -> None:
        self._least = (least_px, least_px)
        self._cascade = cv2.CascadeClassifier(
            cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml"
        )

    def detect(self, image: np.ndarray) -> Detections:
        """Find the faces of an RGB image of any size; boxes in its pixels, forehead to chin."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        found = self._cascade.detectMultiScale(grey, 1.1, 4, minSize=self._least)
        box = [[x + 0.08 * w, y + 0.08 * h, x + 0.92 * w, y + 1.08 * h] for x, y, w, h in found]
        return Detections(box=box, score=[1.0] * len(box))  # it knows only yes and no


class CascadePair:
    """The same for both jobs, at sizes that suit it: what ``DetectorPair`` is made of."""

    def __init__(self) -> None:
        self._find, self._follow = Cascade(), Cascade(least_px=40)

    def plan(self, width: int, height: int) -> SearchPlan:
        """Where to look for faces in a picture of this size: here in all of it, made smaller."""
        scale = min(1.0, 640 / max(width, height))
        whole = (0, 0, width, height)
        return SearchPlan(
            full_frame=(Window(self._find, whole, round(width * scale), round(height * scale)),),
            tiles=(),  # closer looks at parts of a large picture; none here
        )

    def detect_batch(self, images: Sequence[np.ndarray]) -> tuple[Detections, np.ndarray]:
        """The exact boxes in small square cut-outs around known faces, and whose each is."""
        found = [self._follow.detect(image) for image in images]
        box = np.concatenate([each.box for each in found])
        score = np.concatenate([each.score for each in found])
        return Detections(box, score), np.repeat(np.arange(len(found)), [len(e) for e in found])

    def pair(self) -> DetectorPair:
        """For ``track_speaker(detectors=...)``."""
        return DetectorPair("cascade", self.plan, roi_detector=self, roi_size=128)


if __name__ == "__main__":
    for detectors in (Cascade(), CascadePair().pair()):
        print(track_speaker(sys.argv[1], at=sys.argv[2], detectors=detectors))
