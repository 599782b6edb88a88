"""When somebody is heard: speech is, tones, noise, chords and silence are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.onnx.session import Session
from speaker_boxes.detect.onnx.wire import number_field
from speaker_boxes.track.speech import voice as voice_module
from speaker_boxes.track.speech.sound import Run, Sound, read_sound
from speaker_boxes.track.speech.voice import CHUNK_S, MODEL, Voice, hear_voice, within
from speaker_boxes.track.speech.voice_network import CHUNK, CONTEXT, VoiceNetwork


def chords(seconds: int) -> npt.NDArray[np.float64]:
    """Music: chords of harmonics, struck twice a second, with a drum."""
    random = np.random.RandomState(3)
    t = np.arange(16000 * seconds) / 16000
    sum_ = np.zeros(len(t))
    for beat in range(2 * seconds):
        after = np.clip(t - beat / 2, 0, None)
        struck = (t >= beat / 2) * np.exp(-3 * after)
        for step in (0, 4, 7):
            pitch = 220 * 2 ** ((step + random.choice([0, 5, 7])) / 12)
            sum_ += struck * sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 6))
        sum_ += (t >= beat / 2) * np.exp(-30 * after) * random.standard_normal(len(t))
    return np.asarray(12000 * sum_ / np.abs(sum_).max())


def other_sounds() -> dict[str, npt.NDArray[np.float64]]:
    t = np.arange(5 * 16000) / 16000
    return {
        "silence": np.zeros(len(t)),
        "noise": 1000 * np.random.RandomState(4).standard_normal(len(t)),
        "tone": 8000 * np.sin(2 * np.pi * 220 * t),
        "music": chords(5),
    }


@pytest.mark.parametrize("name", ["silence", "noise", "tone", "music"])
def test_other_sounds_are_nobody(name: str) -> None:
    """However loud, nobody speaks."""
    sound = Sound((Run(0.0, other_sounds()[name].astype(np.int16)),))

    assert len(hear_voice(sound, 0.0, 5.0).spans()) == 0


def test_our_layers_give_what_the_file_gives(interview_sound: Sound) -> None:
    """Speech, and noise after it: ONNX Runtime runs the file as it is; memory goes on."""
    model = (Path(voice_module.__file__).with_name("models") / MODEL).read_bytes()
    speech = interview_sound.cut(0.0, 200 * CHUNK) / 32768
    noise = 0.1 * np.random.RandomState(5).standard_normal(100 * CHUNK)
    samples = np.concatenate([np.zeros(CONTEXT), speech, noise]).astype(np.float32)
    chunks = np.array([samples[i * CHUNK : (i + 1) * CHUNK + CONTEXT] for i in range(300)])
    zeros = np.zeros((1, 1, 128), np.float32)

    theirs = Session(model, MODEL).run({"input": chunks, "h": zeros, "c": zeros})[0]
    network = VoiceNetwork(model)
    first, memory = network.run(chunks[:130])
    second, _ = network.run(chunks[130:], memory)

    assert theirs.max() > 0.9
    assert theirs.min() < 0.05
    assert np.concatenate([first, second]) == pytest.approx(theirs, abs=1e-5)


def test_another_network_is_refused() -> None:
    with pytest.raises(ValueError, match="no weights"):
        VoiceNetwork(number_field(1, 8))


def test_a_film_s_music_is_nobody(shared_media: Path) -> None:
    """A silent film with an orchestra."""
    sound = read_sound(shared_media / "clips" / "moviepy-chaplin.mp4", "chaplin")

    assert sound is not None
    assert not sound.is_silent
    assert len(hear_voice(sound, 0.0, 9.6).spans()) == 0


def test_speech_is_heard_in_its_place(interview_sound: Sound) -> None:
    """Nearly all of a conversation; put 20 s later, 20 s later."""
    spans = hear_voice(interview_sound, 0.0, 17.5).spans()
    late = Sound(tuple(Run(run.start_s + 20, run.samples) for run in interview_sound.runs))

    later = hear_voice(late, 0.0, 40.0).spans()

    assert (spans[:, 1] - spans[:, 0]).sum() > 15
    assert later.min() > 20
    assert (later[:, 1] - later[:, 0]).sum() == pytest.approx(
        (spans[:, 1] - spans[:, 0]).sum(), abs=1
    )


def test_blocks_change_nothing(interview_sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the detector remembers goes on from block to block."""
    whole = hear_voice(interview_sound, 0.0, 6.0)
    monkeypatch.setattr("speaker_boxes.track.speech.voice._BLOCK", 31)

    blocks = hear_voice(interview_sound, 0.0, 6.0)

    assert blocks.probability == pytest.approx(whole.probability, abs=1e-4)


def voice(*parts: tuple[float, float]) -> Voice:
    """Probabilities for so many seconds each, loud enough."""
    probability = np.concatenate([np.full(round(s / CHUNK_S), p) for s, p in parts])
    return Voice(10.0, probability.astype(np.float32), np.full(len(probability), -20.0, np.float32))


def test_short_pauses_are_within_speech() -> None:
    """0.2 s are, a second is not; a cough of 0.1 s is no speech."""
    heard = voice((1, 0), (1, 0.9), (0.2, 0), (1, 0.9), (1, 0), (0.1, 0.9), (1, 0))

    assert heard.spans() == pytest.approx(np.array([[11.0, 13.2]]), abs=0.1)


def test_what_begins_at_half_ends_lower() -> None:
    """0.4 goes on with speech and begins none; below -60 dB there is none."""
    assert len(voice((2, 0.4)).spans()) == 0
    assert voice((1, 0.9), (1, 0.4), (1, 0.1)).spans()[0, 1] == pytest.approx(12, abs=0.1)
    quiet = voice((2, 0.9))
    quiet.level_db[:] = -70
    assert len(quiet.spans()) == 0


def test_times_are_within_spans() -> None:
    """The start is, the end is not."""
    spans = np.array([[1.0, 2.0], [3.0, 4.0]])

    assert within(spans, np.array([0.9, 1.0, 1.9, 2.0, 3.5, 9.0])).tolist() == [
        False, True, True, False, True, False,
    ]  # fmt: skip
    assert not within(np.zeros((0, 2)), np.array([1.0])).any()
