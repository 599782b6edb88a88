"""Whether lips and sound go together."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.track.speech.sound import Run, Sound
from speaker_boxes.track.speech.sync import (
    agreement,
    is_dubbed,
    is_foreign,
    lips_course,
    loudness,
    measure_sync,
    nothing,
    sound_course,
)

RATE = 25


def syllables(seconds: float, seed: int) -> np.ndarray:
    """Swelling and falling some four times a second, never twice alike."""
    n = round(seconds * RATE)
    return np.convolve(np.random.default_rng(seed).normal(size=n + 4), np.hanning(7)[1:-1], "valid")


def always(seconds: float) -> np.ndarray:
    return np.ones(round(seconds * RATE), bool)


@pytest.mark.parametrize("late", [-6, -3, 0, 3, 5])
def test_the_own_sound_is_found_though_it_is_late(late: int) -> None:
    """By a fifth of a second, either way: lips go on ``late`` pictures after the sound."""
    sound = syllables(12, 1)

    found = measure_sync(np.roll(sound, late), sound, always(12), always(12))

    assert agreement([found]) > 0.9
    assert not is_dubbed([found])


def test_another_s_sound_is_foreign() -> None:
    found = [
        measure_sync(syllables(12, 1), syllables(12, seed), always(12), always(12))
        for seed in (2, 3, 4)
    ]

    assert [is_dubbed([each]) for each in found] == [True, True, True]


def test_a_second_too_late_is_another_s() -> None:
    sound = syllables(12, 1)

    assert is_dubbed([measure_sync(np.roll(sound, 30), sound, always(12), always(12))])


def test_only_where_the_face_leads_it_is_compared() -> None:
    """It moves to something else while it listens."""
    sound, mine = syllables(12, 1), always(12)
    lips = np.concatenate([sound[:150], syllables(6, 2)])
    mine[150:] = False

    assert not is_dubbed([measure_sync(lips, sound, mine, always(12))])
    assert measure_sync(lips, sound, mine, always(12)).seconds == 6


def test_lips_that_go_on_in_silence_are_another_s() -> None:
    """Speech of two seconds in six, and lips that move as much before and after."""
    sound, mine = syllables(6, 1), np.zeros(150, bool)
    mine[50:100] = True
    quiet = np.where(mine, sound + 4, 0.0)
    still, moving = np.where(mine, sound + 4, 0.0), sound + 4

    assert agreement([measure_sync(still, quiet, mine, mine)]) > 0.9
    assert agreement([measure_sync(moving, quiet, mine, mine)]) < 0.8
    assert measure_sync(still, quiet, mine, mine).seconds == 2


def test_shots_add_up() -> None:
    """Of five shots of 1.5 s none says enough; together they do. Mostly one's own is one's own."""
    own, other = syllables(1.5, 1), syllables(1.5, 2)
    foreign = [
        measure_sync(syllables(1.5, seed), other, always(1.5), always(1.5)) for seed in range(5, 10)
    ]
    true = measure_sync(own, own, always(1.5), always(1.5))

    assert not any(is_foreign([each]) or is_dubbed([each]) for each in foreign)
    assert is_dubbed(foreign)
    assert not is_dubbed([*foreign[:2], true, true, true])


def test_persons_are_evidence_for_each_other() -> None:
    """Lips that tell little, beside lips that go with the sound, are no dub; alone they are."""
    sound = syllables(12, 1)
    clear = measure_sync(sound, sound, always(12), always(12))
    vague = measure_sync(syllables(12, 2) + 0.05 * sound, sound, always(12), always(12))

    assert 0.15 < agreement([vague]) < 0.33
    assert is_dubbed([vague])
    assert not is_dubbed([vague, clear])
    assert not is_foreign([vague])


def test_nothing_compared_is_no_veto() -> None:
    still = measure_sync(np.zeros(100), syllables(4, 1), np.zeros(100, bool), always(4))

    assert not is_dubbed([])
    assert not is_dubbed([still])
    assert agreement([nothing()]) == 0.0


def test_speech_is_a_voice_that_changes_and_is_loud() -> None:
    """Each adds to it where it is: a step of the spectrum, a voice, a level."""
    features, low = np.zeros((4 * 50, 13), np.float32), np.full(50, -90.0)
    nothing_said = sound_course(np.zeros(50), features, low)
    features[100:, 3] = 5
    level = np.full(50, -90.0)
    level[30:] = -20

    assert np.ptp(nothing_said) == 0
    assert int(np.argmax(sound_course(np.zeros(50), features, low))) == 25
    assert (sound_course(np.ones(50), features, low) > nothing_said + 1).all()
    louder = sound_course(np.zeros(50), features, level) - sound_course(np.zeros(50), features, low)
    assert louder == pytest.approx(np.where(np.arange(50) < 30, 0, 4))


def test_the_mouth_is_what_counts() -> None:
    """A mouth that opens at picture 5 moves there; eyes that blink at 8 do not count."""
    pictures = np.full((12, 112, 112), 120, np.uint8)
    pictures[5:, 80:95, 40:70] = 30
    pictures[8, 30:45, 20:90] = 30

    course = lips_course(np.zeros(12, np.float32), pictures)

    assert int(np.argmax(course)) == 5
    assert course[8] == course[0]


def test_level_is_in_step_with_pictures() -> None:
    """A burst of 40 ms from 1 s on is the level at picture 25, as loud as it is."""
    samples = np.zeros(32000, np.int16)
    samples[16000 : 16000 + 640] = 16384

    level = loudness(Sound((Run(5.0, samples),)), 5.0, 50)

    assert int(np.argmax(level)) == 25
    assert level[25] == pytest.approx(-6.02, abs=0.01)
    assert level[24] == pytest.approx(-120, abs=0.01)
