"""Whole clips: composed conversations with each kind of sound, and people alone."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from benchmarks.speech.heard import ComposedTalk
from benchmarks.speech.scoring import Score, score
from speaker_boxes.active_speaker.boxes import boxes_by_turns, boxes_of_main
from speaker_boxes.active_speaker.follow import track_active_speaker, track_turns
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detection import DetectionOptions
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.output.speech_findings import turns_json
from speaker_boxes.track.output.turns import TurnBoxes, merge_by_turns
from speaker_boxes.track.output.turns_file import read_turns
from speaker_boxes.track.speech.network import Network, open_network


@pytest.fixture(scope="module")
def network(shared_folder: Path) -> Network:
    return open_network(model=_here(shared_folder / "models" / "lr_asd_pretrain_AVA.model"))


@pytest.fixture(scope="module")
def shared_folder() -> Path:
    from benchmarks.media import shared_folder

    return shared_folder()


def _here(path: Path) -> Path:
    if not path.is_file():
        pytest.skip(f"not here: {path} (set SPEAKER_BOXES_SHARED)")
    return path


@pytest.fixture(scope="module")
def composed(
    network: Network, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> ComposedTalk:
    """Four turns over cuts, beside listeners; one goes on over the picture of a listener."""
    _here(shared_folder / "media" / "clips" / "latentsync-3.mp4")
    return ComposedTalk("tune", 4, 4, network, tmp_path_factory.mktemp("talk"))


def scored(composed: ComposedTalk, sound: str) -> tuple[Score, TurnBoxes]:
    total, found = Score(), boxes_by_turns(composed.heard(sound))
    score(composed.talk, found, total)
    return total, found


def test_whoever_speaks_has_the_box(composed: ComposedTalk) -> None:
    got, found = scored(composed, "own")

    assert got.on_other / got.frames <= 0.02
    assert got.on_speaker / got.heard >= 0.92
    assert got.seconds_right / got.seconds >= 0.98
    assert got.in_away == 0
    assert found.speech is not None
    assert len(found.speech.voice) == len(next(iter(found.speech.curves.values())))
    assert all(turn.score is not None and turn.reason for turn in found.speech.turns)


def test_late_sound_changes_little(composed: ComposedTalk) -> None:
    """By 200 ms: turns end as much later, and nobody else gets them."""
    got, _ = scored(composed, "late")

    assert got.on_other / got.frames <= 0.02
    assert got.on_speaker / got.heard >= 0.8


def test_who_is_dubbed_gets_no_box(composed: ComposedTalk) -> None:
    """Another's voice over lips that talk: nothing is given, and it is asked."""
    got, found = scored(composed, "another")

    assert got.with_box / got.frames <= 0.1
    assert found.speech is not None
    assert any("not with the sound" in each.reason for each in found.speech.unresolved)


def test_music_alone_is_not_speech(composed: ComposedTalk) -> None:
    got, found = scored(composed, "music")

    assert got.with_box == 0
    assert found.speech is not None
    assert found.speech.turns == ()


def test_without_sound_the_lips_decide_and_it_is_said(
    composed: ComposedTalk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        got, found = scored(composed, "none")

    assert "-none.mkv has no sound: who speaks is judged by the lips alone" in caplog.text
    assert found.speech is not None
    assert found.speech.by_lips
    assert got.on_speaker / got.heard >= 0.8
    assert got.on_other / got.frames <= 0.02


def test_turns_that_are_written_can_be_fed_back(composed: ComposedTalk, tmp_path: Path) -> None:
    """With the clicks of the report, the same frames are the same people's."""
    _, found = scored(composed, "own")
    assert found.speech is not None
    path = tmp_path / "out.turns.json"
    path.write_text(turns_json(found.speech.turns))

    again = merge_by_turns(found.speakers, read_turns(path, found.names))

    assert np.array_equal(again.speaker_index, found.speaker_index)
    assert np.array_equal(again.boxes, found.boxes, equal_nan=True)


def test_one_is_the_person_who_speaks_most(composed: ComposedTalk) -> None:
    heard = composed.heard("own")
    index = heard.conversation.speaker_index
    counts = np.bincount(index[index >= 0])
    most = int(counts.argmax())
    if np.sort(counts)[-1] < 1.25 * np.sort(counts)[-2]:
        with pytest.raises(NoSpeakerError, match="speak about equally long") as caught:
            boxes_of_main(heard)
        assert len(caught.value.candidates) >= 2
        return

    result = boxes_of_main(heard)

    mine = np.flatnonzero(index == most)
    assert not np.isnan(result.boxes[mine, 0]).any()
    assert result.reason.startswith("speaks for ")


@pytest.mark.parametrize(
    "clip", ["lipnet-bbaf2n.mpg", "streamio-sideways.mov", "androidx-topshots.mp4"]
)
def test_a_person_alone_is_taken_without_a_network(
    clip: str, shared_folder: Path, tmp_path: Path
) -> None:
    """With sound and without: a model that is not there is not asked for."""
    result = track_active_speaker(
        _here(shared_folder / "media" / "clips" / clip), speech_model=tmp_path / "absent.model"
    )

    assert result.n_boxes == result.video.n_frames
    assert result.speech is not None


def test_the_pictures_are_kept(
    composed: ComposedTalk, shared_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time no frame is decoded."""
    how = DetectionOptions(cache=Cache(tmp_path / "cache"))
    model = shared_folder / "models" / "lr_asd_pretrain_AVA.model"
    first = track_turns(composed.clip("own"), detection=how, speech_model=model)
    monkeypatch.setattr(
        "speaker_boxes.track.conversation.face_pictures.open_local",
        lambda *_args, **_kwargs: pytest.fail("the clip is decoded again"),
    )

    again = track_turns(composed.clip("own"), detection=how, speech_model=model)

    assert how.cache is not None
    assert how.cache.pictures_path(first.video.sha256).is_file()
    assert np.array_equal(first.boxes, again.boxes, equal_nan=True)
