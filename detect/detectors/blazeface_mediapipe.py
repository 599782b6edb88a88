"""The MediaPipe detector: two BlazeFace models. The only module that imports mediapipe.

Short range gives exact boxes where the face fills a third of its picture or more; full range
finds smaller faces, but its boxes are off by up to 15 % on turned faces. So full range finds
and short range follows. MediaPipe itself looks at the whole picture; the cut-outs of both, which
are many, go through the same networks under LiteRT, where a call costs a third less and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.detectors.base import Detections, DetectorPair, SearchPlan, Window
from speaker_boxes.detect.detectors.blazeface_box import MIN_SCORE, SAME_FACE_IOU, face_box
from speaker_boxes.detect.detectors.blazeface_litert import FULL, SHORT, LitertFace
from speaker_boxes.detect.detectors.import_later import imported_on_use
from speaker_boxes.detect.detectors.model_files import FULL_RANGE, model_path
from speaker_boxes.detect.detectors.tiling import square_around, tiles
from speaker_boxes.errors import ModelError
from speaker_boxes.geometry import BoxArray, Scores
from speaker_boxes.native_stderr import quiet_stderr
from speaker_boxes.system_libraries import explain_load_error

if TYPE_CHECKING:
    from mediapipe.tasks.python.components.containers import Detection
    from mediapipe.tasks.python.vision import FaceDetector as TasksFaceDetector

_SEARCHES = 8
"""In which all tiles have their turn. Chosen for their cost: each adds two thirds of that of a
search without one."""
_NOT_USED = ("matplotlib", "matplotlib.pyplot", "sounddevice")
"""What MediaPipe imports to draw plots and to record sound: two thirds of its own import's time,
and 40 MB in each process."""


@contextmanager
def mediapipe_detectors() -> Iterator[DetectorPair]:
    """Load both BlazeFace models, and free them in the end; half a second, mostly the import.

    MediaPipe's own clean-up fails, loudly, if it is left to the end of the program.

    Raises
    ------
    ModelError
        A model file is damaged, or a system library that mediapipe needs is missing.
    """
    with closing(BlazeFace(FULL_RANGE)) as find:
        follow, find_close = LitertFace(SHORT), LitertFace(FULL)

        def plan(width: int, height: int) -> SearchPlan:
            everything = square_around(width, height)
            regions = tiles(width, height, shown_side=FULL.side)
            return SearchPlan(
                # the one that follows knows large turned faces that the other one misses
                full_frame=(
                    Window(follow, everything, SHORT.side, SHORT.side),
                    Window(find, everything, FULL.side, FULL.side),
                ),
                tiles=tuple(Window(find_close, each, FULL.side, FULL.side) for each in regions),
                tiles_per_search=-(-len(regions) // _SEARCHES),
            )

        yield DetectorPair("mediapipe", plan, follow, SHORT.side)


class BlazeFace:
    """One BlazeFace model behind MediaPipe Tasks."""

    def __init__(self, model: str, *, min_score: float = MIN_SCORE) -> None:
        path = model_path(model)
        with quiet_stderr():
            self._detector = _create(str(path), min_score)
            # the first call builds the rest and talks about it
            self.detect(np.zeros((128, 128, 3), dtype=np.uint8))

    def detect(self, image: Image) -> Detections:
        """Find the faces of an RGB image."""
        square, points, score = self.detect_squares(image)
        return Detections(face_box(square, points), score)

    def detect_squares(self, image: Image) -> tuple[BoxArray, npt.NDArray[np.float32], Scores]:
        """Find the faces of an RGB image as the network gives them.

        Returns
        -------
        square : (n, 4)
            From brows to mouth, ear to ear.
        points : (n, 6, 2)
            Two eyes, nose tip, mouth, two ears.
        score : (n,)
        """
        import mediapipe

        wrapped = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=image)
        found: list[Detection] = self._detector.detect(wrapped).detections
        height, width = image.shape[:2]
        square = np.array(
            [
                (b.origin_x, b.origin_y, b.origin_x + b.width, b.origin_y + b.height)
                for b in (face.bounding_box for face in found)
            ],
            dtype=np.float32,
        ).reshape(-1, 4)
        points = np.array(
            [[(p.x * width, p.y * height) for p in face.keypoints] for face in found],
            dtype=np.float32,
        ).reshape(-1, 6, 2)
        score = np.array([face.categories[0].score for face in found], dtype=np.float32)
        return square, points, np.clip(score, 0, 1)

    def close(self) -> None:
        """Free the network."""
        try:
            with quiet_stderr():
                self._detector.close()
        except RuntimeError as error:
            if "cannot schedule new futures" not in str(error):
                raise
            # MediaPipe closes on a thread of its own, which takes no more work when the program
            # is ending; without a handle it does not try again, and the system frees the rest
            self._detector._handle = None


def _create(path: str, min_score: float) -> TasksFaceDetector:
    try:
        with imported_on_use(*_NOT_USED, by="mediapipe"):
            from mediapipe.tasks.python import BaseOptions
            from mediapipe.tasks.python.vision import FaceDetector, FaceDetectorOptions
    except (ImportError, OSError) as error:
        raise ModelError(explain_load_error(error)) from error

    class LocalOptions(BaseOptions):  # type: ignore[misc]  # mediapipe is untyped
        """Options that keep MediaPipe from reporting its use.

        By default MediaPipe Tasks sends usage metrics to play.googleapis.com (its NOTICE, and
        google-ai-edge/mediapipe issue 6291). It does so for known environments only.
        """

        def to_ctypes(self) -> object:
            options = super().to_ctypes()
            options.host_environment = 0  # HOST_ENVIRONMENT_UNKNOWN
            return options

    try:
        return FaceDetector.create_from_options(
            FaceDetectorOptions(
                base_options=LocalOptions(model_asset_path=path),
                min_detection_confidence=min_score,
                min_suppression_threshold=SAME_FACE_IOU,
            )
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelError(f"cannot load {path}: {explain_load_error(error)}") from error
