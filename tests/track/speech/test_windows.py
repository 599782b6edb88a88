"""From the frames of a face to a curve, whatever their rate."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.track.speech.network import Network
from speaker_boxes.track.speech.pictures import FaceTrack
from speaker_boxes.track.speech.sound import Run, Sound
from speaker_boxes.track.speech.windows import Seen, at_picture_rate, features_of, look, score
from tests.track.speech.inputs import faces, sound


def track(rate: float, seconds: float) -> FaceTrack:
    """Frame i is one grey, i."""
    n = round(rate * seconds)
    pictures = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None], (n, 112, 112))
    return FaceTrack(3 + np.arange(n) / rate, np.zeros((n, 4), np.float32), pictures)


@pytest.mark.parametrize("rate", [12.5, 23.976, 25, 29.97, 60])
def test_each_moment_shows_the_nearest_frame(rate: float) -> None:
    """None is further off than half of the time to the next, nor the last than half a moment."""
    found = at_picture_rate(track(rate, 3))

    shown_s = 3 + found.pictures[:, 0, 0] / rate
    assert np.diff(found.pts_s) == pytest.approx(1 / 25)
    assert found.pts_s[-1] == pytest.approx(3 + (round(3 * rate) - 1) / rate, abs=0.02 + 1e-9)
    assert np.abs(shown_s - found.pts_s)[:-1].max() <= 0.5 / rate + 1e-6


def test_a_single_frame_is_a_moment() -> None:
    assert len(at_picture_rate(track(25, 0.04)).pts_s) == 1


def test_a_short_face_is_one_window(network: Network) -> None:
    """Under two seconds nothing is averaged: the network's own score comes out."""
    seen = Seen(0.0, network.see(faces()))
    heard = network.hear(features_of(Sound((Run(0.0, sound()),)), seen))

    found = score(network, seen, heard)

    assert found == pytest.approx(network.speaking(seen.embedding[None], heard[None])[0], abs=1e-5)


def test_windows_cover_every_moment(network: Network) -> None:
    """The average lies between the windows' own scores; a constant face gives no steps."""
    pictures = np.concatenate([faces(), faces(), faces()[:17]])
    n = len(pictures)
    face = FaceTrack(np.arange(n) / 25, np.zeros((n, 4), np.float32), pictures)
    seen = look(network, face)
    heard = network.hear(features_of(Sound((Run(0.0, np.tile(sound(), 3)),)), seen))

    found = score(network, seen, heard)

    assert found.shape == (n,)
    assert np.isfinite(found).all()
    # what was measured on real faces: windows that overlap make no larger steps
    assert np.abs(np.diff(found)).max() < 2.5


def test_sound_is_taken_from_the_face_s_own_time() -> None:
    """Moved with the face, the sound gives the same; moved against it, not."""
    embedding = np.zeros((48, 128), np.float32)
    here = features_of(Sound((Run(0.0, sound()),)), Seen(0.0, embedding))

    moved = features_of(Sound((Run(7.0, sound()),)), Seen(7.0, embedding))
    late = features_of(Sound((Run(7.0, sound()),)), Seen(7.2, embedding))

    assert here.shape == (4 * 48, 13)
    assert moved == pytest.approx(here, abs=1e-5)
    assert late[:-20] == pytest.approx(here[20:], abs=1e-5)
