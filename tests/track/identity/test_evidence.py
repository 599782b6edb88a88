"""What counts how much: clear faces before colours and places, little in the dark."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import CROP_SIDE, Crops, Thumbs
from speaker_boxes.track.identity.evidence import TrackAffinity, compare_tracks
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector
from speaker_boxes.track.tracklets.link import link
from tests.track.clips import Seen, at_level, make_clip

CUTS = [20, 40]


class Angle:
    """Two faces, told apart by the mean of the crop; as clear as is said."""

    def __init__(self, apart: float, score: float) -> None:
        self._apart, self._score = apart, score
        self._known: dict[bytes, float] = {}

    def embed(self, crop: npt.NDArray[np.uint8]) -> FaceVector:
        """A vector; each new crop is another face, ``apart`` degrees on."""
        level = self._known.setdefault(crop.tobytes(), len(self._known) * self._apart)
        return FaceVector(at_level(level * 60 / 90).vector, self._score)


def same_seat(light: float, seed: tuple[int, int]) -> ClipFaces:
    """A set-up that comes back, with a person in the same seat and like clothes both times."""
    clip = make_clip([Seen(1, 0, 19, 100), Seen(2, 40, 59, 100)], 60, CUTS)
    rng = np.random.default_rng(3)
    wall = rng.integers(0, 255, (36, 64), dtype=np.uint8)
    look = np.stack([np.rint(wall * light).astype(np.uint8)] * len(clip.thumbs.frame))
    jpeg = []
    for row in clip.crops.row:
        first = clip.faces.frame[row] < 20
        cloth = np.random.default_rng(9).integers(0, 255, (24, 24, 3), dtype=np.uint8)
        image = cv2.resize(cloth, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_CUBIC) * light
        image[:8, :8] = seed[0] if first else seed[1]
        jpeg.append(bytes(cv2.imencode(".png", image.astype(np.uint8))[1]))
    return replace(
        clip, crops=Crops(clip.crops.row, tuple(jpeg)), thumbs=Thumbs(clip.thumbs.frame, look)
    )


def compared(clip: ClipFaces, *, apart: float, score: float = 0.95) -> TrackAffinity:
    tracks = link(clip.faces, pts_s=clip.video.pts_s, cuts=np.array(CUTS))
    assert len(tracks) == 2
    return compare_tracks(clip, tracks, CachedDescriber(embedder=Angle(apart, score)))


def test_the_same_seat_joins_where_no_face_is_clear() -> None:
    """Same place, same set-up, same colours: one person, as far as anybody can tell."""
    affinity = compared(same_seat(1.0, (0, 255)), apart=0, score=0)

    assert affinity.log_odds[0, 1] > 3


def test_a_second_person_in_the_same_chair_is_not_outvoted() -> None:
    """Clear faces that differ stay apart, whatever the place and the colours say."""
    affinity = compared(same_seat(1.0, (0, 255)), apart=90)

    assert affinity.faces.quality.min() > 0.5
    assert affinity.log_odds[0, 1] < -2


def test_in_the_dark_the_place_and_the_colours_say_little() -> None:
    """Everybody is black there."""
    light = compared(same_seat(1.0, (0, 255)), apart=0, score=0)
    dark = compared(same_seat(0.05, (0, 12)), apart=0, score=0)

    assert dark.log_odds[0, 1] < light.log_odds[0, 1] / 4


def test_all_is_symmetric_and_nothing_is_evidence_for_itself() -> None:
    affinity = compared(same_seat(1.0, (0, 255)), apart=20)

    assert (affinity.log_odds == affinity.log_odds.T).all()
    assert (np.diag(affinity.log_odds) == 0).all()
    assert (affinity.weight > 0).all()
    assert affinity.faces.vector.shape == (2, LENGTH)
