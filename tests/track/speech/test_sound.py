"""The sound is where its timestamps say, on the clock of the pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.track.speech.sound import Run, Sound, read_sound


def click_s(sound: Sound, around_s: float) -> float:
    """When the loud click that is expected around a time begins: the tone is far below it."""
    samples = sound.cut(around_s - 0.3, 9600).astype(np.int64)
    return around_s - 0.3 + int(np.argmax(np.abs(samples) > 6000)) / 16000


@pytest.mark.parametrize("start_s", [0.0, 0.5, 1.25])
def test_sound_lies_where_its_timestamps_say(
    write_video: Callable[..., Path], start_s: float
) -> None:
    """Clicks at each whole second of the sound, which begins later than the pictures."""
    path = write_video(75, name="clip.mkv", audio_s=3.0, audio_start_s=start_s, audio_codec="flac")

    sound = read_sound(path, "clip")

    assert sound is not None
    # containers round to a millisecond
    assert click_s(sound, start_s + 1) == pytest.approx(start_s + 1, abs=0.002)
    assert click_s(sound, start_s + 2) == pytest.approx(start_s + 2, abs=0.002)


def test_the_decoder_s_own_start_is_not_heard(write_video: Callable[..., Path]) -> None:
    """AAC begins with samples that belong to nothing: the click stays in its place."""
    path = write_video(75, audio_s=3.0)

    sound = read_sound(path, "clip")

    assert sound is not None
    assert click_s(sound, 2) == pytest.approx(2, abs=0.003)


def test_a_clip_without_sound_has_none(write_video: Callable[..., Path]) -> None:
    assert read_sound(write_video(3), "clip") is None


def test_lost_packets_are_silence(shared_media: Path) -> None:
    """80 ms are missing at 1.0 s; the beep stays with the flash, the frame at 2.03 s."""
    sound = read_sound(shared_media / "reports" / "gap4_opus.mkv", "gap")

    assert sound is not None
    assert click_s(sound, 2.0) == pytest.approx(2.03, abs=0.02)


def test_what_is_not_there_is_silence() -> None:
    """Before, between and after runs; of two that overlap the later one is heard."""
    one, two, three = (np.full(1600, value, np.int16) for value in (1, 2, 3))
    sound = Sound((Run(0.1, one), Run(0.3, two), Run(0.35, three)))

    heard = sound.cut(0.0, 8000)

    assert heard[[0, 1599, 1600, 3199, 3200, 4800, 5599, 5600, 7199, 7200]].tolist() == [
        0, 0, 1, 1, 0, 2, 2, 3, 3, 0,
    ]  # fmt: skip
    assert not sound.is_silent
    assert Sound((Run(0.0, np.zeros(5, np.int16)),)).is_silent


def test_a_late_stream_is_no_error(shared_media: Path) -> None:
    """One appears while packets are read: PyAV raises IndexError at the end."""
    assert read_sound(shared_media / "reports" / "late_stream.mp4", "late") is not None
