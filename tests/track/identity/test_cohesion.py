"""Look-alikes are told from one person in other light by how alike each is in itself."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.track.identity.cohesion import Cohesion
from speaker_boxes.track.looks.embedding import LENGTH
from speaker_boxes.track.looks.face_odds import TrackFaces

ONE, OTHER = np.array([0, 1]), np.array([2, 3])


def cohesion(
    between: float, *, within: float = 0.9, quality: float = 1.0, shots: int = 4
) -> Cohesion:
    """Four tracks in so many shots, two and two alike."""
    cosine = np.full((4, 4), between)
    cosine[:2, :2] = cosine[2:, 2:] = within
    np.fill_diagonal(cosine, 1)
    vector = np.zeros((4, LENGTH), np.float32)
    vector[:, :4] = np.linalg.cholesky(cosine)
    faces = TrackFaces(vector, np.full(4, quality, np.float32))
    return Cohesion(faces, np.arange(4) % shots)


def test_each_more_alike_in_itself_are_two_people() -> None:
    assert cohesion(0.52).two_people(ONE, OTHER)


@pytest.mark.parametrize(
    "one_person",
    [
        cohesion(0.62),
        cohesion(0.52, within=0.75),
        cohesion(0.5, quality=0.7),
        cohesion(0.5, shots=1),
    ],
    ids=["nearly as alike", "as unlike in itself", "turned away", "one shot only"],
)
def test_what_may_be_one_person_is_left_to_the_odds(one_person: Cohesion) -> None:
    assert not one_person.two_people(ONE, OTHER)


def test_one_shot_is_held_against_a_group() -> None:
    """The single shot has no likeness of its own; two such have nothing to be held against."""
    alike = cohesion(0.52)

    assert alike.two_people(ONE, np.array([2]))
    assert not alike.two_people(np.array([0]), np.array([2]))


def test_many_shots_are_compared_by_a_part_of_their_pairs() -> None:
    """Three hundred shots of each make 45,000 pairs."""
    few = cohesion(0.52)
    track = np.repeat([0, 1, 2, 3], 150)
    faces = TrackFaces(few.faces.vector[track], few.faces.quality[track])
    many = Cohesion(faces, track)

    assert many.two_people(np.arange(300), np.arange(300, 600))
