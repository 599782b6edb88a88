"""Two men side by side: measured, and decided."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.track.speech.decide import Why, decide
from speaker_boxes.track.speech.network import Network
from speaker_boxes.track.speech.pictures import FaceTrack
from speaker_boxes.track.speech.shot import ShotScores, measure_shot
from speaker_boxes.track.speech.sound import Run, Sound
from speaker_boxes.track.speech.sync import agreement, is_dubbed
from speaker_boxes.track.speech.voice import Voice, hear_voice

LEFT, RIGHT = 0, 1
NO_VOICE = Voice(0.0, np.zeros(0, np.float32), np.zeros(0, np.float32))


@pytest.fixture(scope="module")
def shot(network: Network, interview_faces: list[FaceTrack], interview_sound: Sound) -> ShotScores:
    voice = hear_voice(interview_sound, 0.0, 17.5)
    return measure_shot(network, interview_faces, interview_sound, voice)


def moments(shot: ShotScores, start_s: float, end_s: float) -> slice:
    first, last = shot.at(np.array([start_s, end_s]))
    return slice(int(first), int(last))


def test_who_speaks_is_chosen(shot: ShotScores) -> None:
    """By eye: the right man from 10 to 15 s, the left one from 16.3 to 17 s."""
    found = decide(shot.scores, shot.speech)

    assert (found.who[moments(shot, 10, 15)] == RIGHT).mean() > 0.95
    assert (found.who[moments(shot, 16.3, 16.9)] == LEFT).mean() > 0.8
    assert not (found.who[moments(shot, 10, 15)] == LEFT).any()


def test_the_right_man_s_mouth_goes_with_the_sound(
    network: Network, interview_faces: list[FaceTrack], interview_sound: Sound, shot: ShotScores
) -> None:
    """And under the sound of the first seconds, when the left man talks too, it does not."""
    moved = Sound(tuple(Run(run.start_s + 8, run.samples) for run in interview_sound.runs))
    voice = hear_voice(moved, 0.0, 25.5)

    dubbed = measure_shot(network, interview_faces[RIGHT:], moved, voice)

    own, other = shot.sync[RIGHT], dubbed.sync[0]
    assert own is not None
    assert other is not None
    assert own.seconds > 5
    assert not is_dubbed([own])
    assert agreement([other]) < agreement([own]) - 0.3
    assert is_dubbed([other])


def test_both_are_fit_and_heard(shot: ShotScores) -> None:
    assert shot.unfit == (None, None)
    assert not shot.by_lips


def test_without_sound_the_lips_decide(network: Network, interview_faces: list[FaceTrack]) -> None:
    """No stream and digital silence are the same; it is said that only lips were seen."""
    found = measure_shot(network, interview_faces, None, NO_VOICE)
    zeros = Sound((Run(0.0, np.zeros(320_000, np.int16)),))
    silent = measure_shot(network, interview_faces, zeros, NO_VOICE)

    assert found.by_lips
    assert silent.by_lips
    assert np.array_equal(found.scores, silent.scores)
    assert (decide(found.scores, found.speech).who[moments(found, 10.5, 14.5)] == RIGHT).all()


def test_where_nobody_is_heard_nothing_is_looked_at(
    network: Network, interview_faces: list[FaceTrack], interview_sound: Sound
) -> None:
    """Music alone, by the voice detector: no turn, and no cost."""
    found = measure_shot(network, interview_faces, interview_sound, NO_VOICE)

    assert np.isnan(found.scores).all()
    assert (decide(found.scores, found.speech).why == Why.SILENCE).all()


def test_what_a_foreign_face_leads_in_is_nobody_s(shot: ShotScores) -> None:
    """The other face is not given it; its own turn it keeps."""
    found = decide(shot.scores, shot.speech, foreign=[RIGHT])

    assert not (found.who == RIGHT).any()
    assert (found.why[moments(shot, 10, 15)] == Why.FOREIGN).mean() > 0.95
    assert (found.who[moments(shot, 16.3, 16.9)] == LEFT).mean() > 0.8
