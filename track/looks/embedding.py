"""Face embeddings: a crop of a face becomes a vector; one person's vectors point one way.

MobileFaceNet (Chen et al. 2018, arXiv:1804.07573), trained on MS1M-refine-v2 by sirius-ai
(https://github.com/sirius-ai/MobileFaceNet_TF, Apache-2.0), under LiteRT with one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.detectors.blazeface_litert import load_network
from speaker_boxes.detect.detectors.model_files import (
    DIGESTS,
    MOBILEFACENET,
    SHORT_RANGE,
    model_path,
)
from speaker_boxes.detect.scan.face_points import FacePointFinder

LENGTH = 192
_SIDE = 112
"""Pixels of the picture that the network sees."""
VERSION = f"points 1 {DIGESTS[SHORT_RANGE][:12]} {DIGESTS[MOBILEFACENET][:12]}"
"""What an embedding depends on beside its crop: kept embeddings of another version are stale. The
first number rises with each change of ``face_points`` and of what is below."""
CHIP = np.array([[38.29, 51.70], [73.53, 51.50], [56.03, 71.74], [56.14, 92.29]])
"""Where eyes, nose tip and the middle of the mouth belong in that picture: the first four of
``FacePoints``. From the five points that the network was trained with (insightface,
``face_align.py``), whose last two are the corners of the mouth."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceVector:
    """What one crop says of whose face it is."""

    vector: npt.NDArray[np.float32]
    """Shape (LENGTH,): as the network gives it, the picture's and its mirror's added. How long it
    is says how much of a face the network saw."""
    score: float
    """How clear the face was when its points were looked for, in [0, 1]; 0 with a vector of
    zeros where none was found."""


class FaceEmbedder(Protocol):
    """Turns crops of faces into vectors."""

    def embed(self, crop: Image) -> FaceVector:
        """The vector of the face in the middle of a crop, as ``Crops.image`` gives it."""


class MobileFaceNet:
    """The network and what finds the points that it wants its pictures aligned to.

    Opening takes 20 ms, a crop as long as 14 looks of BlazeFace: four are for the points.

    Raises
    ------
    ModelError
        A model file is damaged, or LiteRT does not load.
    """

    def __init__(self) -> None:
        self._finder = FacePointFinder()
        self._network = load_network(str(model_path(MOBILEFACENET)))
        self._input = int(self._network.get_input_details()[0]["index"])
        self._output = int(self._network.get_output_details()[0]["index"])
        self._pixels = np.empty((2, _SIDE, _SIDE, 3), np.float32)

    def embed(self, crop: Image) -> FaceVector:
        """The vector of the face in the middle of a crop.

        Parameters
        ----------
        crop : (CROP_SIDE, CROP_SIDE, 3)
            RGB.
        """
        found = self._finder.find(crop)
        if found is None:
            return FaceVector(np.zeros(LENGTH, np.float32), 0.0)
        return FaceVector(self.embed_at(crop, found.points[: len(CHIP)], CHIP), found.score)

    def embed_at(
        self,
        crop: Image,
        points: npt.NDArray[np.float64],
        chip: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.float32]:
        """The vector of a face whose points are known.

        Parameters
        ----------
        crop : (height, width, 3)
            RGB.
        points, chip : (n, 2)
            Where they are in the crop, and where they belong in the picture of ``_SIDE`` pixels.
        """
        # OpenCV counts from the middle of the first pixel, we from its corner
        to_chip = similarity(points - 0.5, chip - 0.5)
        aligned = cv2.warpAffine(crop, to_chip, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
        return self._run(np.asarray(aligned, dtype=np.uint8))

    def _run(self, chip: Image) -> npt.NDArray[np.float32]:
        """The network on an aligned picture and its mirror; its batch is fixed at two."""
        self._pixels[0], self._pixels[1] = chip, chip[:, ::-1]
        self._pixels -= 127.5
        self._pixels /= 128
        self._network.set_tensor(self._input, self._pixels)
        self._network.invoke()
        both = self._network.get_tensor(self._output)
        return np.asarray(both[0] + both[1], dtype=np.float32)


def similarity(
    source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Turn, scale and shift that bring points nearest to others, by least squares.

    Umeyama 1991 (doi:10.1109/34.88573) in the plane, where turn and scale are one complex number.

    Parameters
    ----------
    source, target : (n, 2)
        n at least 2, not all in one place.

    Returns
    -------
    (2, 3)
        To be multiplied with ``x, y, 1``.
    """
    z, t = source @ [1, 1j], target @ [1, 1j]
    z0, t0 = z.mean(), t.mean()
    turn = np.vdot(z - z0, t - t0) / np.vdot(z - z0, z - z0).real
    shift = t0 - turn * z0
    return np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]], dtype=np.float64
    )
