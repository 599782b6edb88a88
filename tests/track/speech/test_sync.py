"""Whether lips and sound go together."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.track.speech.sync import (
    agreement,
    is_foreign,
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
    assert not is_foreign([found])


def test_another_s_sound_is_foreign() -> None:
    found = [
        measure_sync(syllables(12, 1), syllables(12, seed), always(12), always(12))
        for seed in (2, 3, 4)
    ]

    assert [is_foreign([each]) for each in found] == [True, True, True]


def test_a_second_too_late_is_another_s() -> None:
    sound = syllables(12, 1)

    assert is_foreign([measure_sync(np.roll(sound, 30), sound, always(12), always(12))])


def test_only_where_the_face_leads_it_is_compared() -> None:
    """It moves to something else while it listens."""
    sound, mine = syllables(12, 1), always(12)
    lips = np.concatenate([sound[:150], syllables(6, 2)])
    mine[150:] = False

    assert not is_foreign([measure_sync(lips, sound, mine, always(12))])
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
    """Of four shots of 1.5 s none says enough; together they do. Mostly one's own is one's own."""
    own, other = syllables(1.5, 1), syllables(1.5, 2)
    foreign = [
        measure_sync(syllables(1.5, seed), other, always(1.5), always(1.5)) for seed in (5, 6, 7, 8)
    ]
    true = measure_sync(own, own, always(1.5), always(1.5))

    assert not any(is_foreign([each]) for each in foreign)
    assert is_foreign(foreign)
    assert not is_foreign([foreign[0], true, true, true])


def test_nothing_compared_is_no_veto() -> None:
    still = measure_sync(np.zeros(100), syllables(4, 1), np.zeros(100, bool), always(4))

    assert not is_foreign([])
    assert not is_foreign([still])
    assert agreement([nothing()]) == 0.0


def test_speech_is_a_voice_whose_sound_changes() -> None:
    """A hum is none, however loud; a step of its spectrum is heard where it is."""
    features = np.zeros((4 * 50, 13), np.float32)
    features[:, 0] = np.linspace(0, 30, 200)
    quiet = sound_course(np.zeros(50), features)
    features[100:, 3] = 5

    assert not quiet.any()
    assert int(np.argmax(sound_course(np.zeros(50), features))) == 25
    assert (sound_course(np.ones(50), features) > 1).all()
