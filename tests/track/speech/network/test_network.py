"""LR-ASD as we run it, against PyTorch's values in ``reference.npz``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.errors import ModelError
from speaker_boxes.track.speech.mfcc import mfcc
from speaker_boxes.track.speech.network import Network, open_network
from speaker_boxes.track.speech.weights import read_weights
from tests.track.speech.inputs import faces, sound

TOLERANCE = 1e-4
"""Ours are within 3e-6; other processors add up in another order."""


@pytest.fixture(scope="module")
def reference() -> dict[str, npt.NDArray[np.float32]]:
    with np.load(Path(__file__).with_name("reference.npz")) as file:
        return dict(file)


def test_each_part_gives_the_reference(
    network: Network, reference: dict[str, npt.NDArray[np.float32]]
) -> None:
    """What is seen, what is heard, and the score of a whole window and of a shorter one."""
    seen, heard = network.see(faces()), network.hear(mfcc(sound()))
    scores = network.speaking(seen[None], heard[None])[0]
    short = network.speaking(seen[None, :24], heard[None, :24])[0]

    assert seen[::16] == pytest.approx(reference["seen"], abs=TOLERANCE)
    assert heard[::16] == pytest.approx(reference["heard"], abs=TOLERANCE)
    assert scores == pytest.approx(reference["scores"], abs=TOLERANCE)
    assert short == pytest.approx(reference["short"], abs=TOLERANCE)


def test_batches_change_nothing(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture has the same neighbours in a batch as in one go."""
    whole = network.see(faces())
    monkeypatch.setattr("speaker_boxes.track.speech.network._BATCH", 20)

    assert network.see(faces()) == pytest.approx(whole, abs=1e-5)


def test_windows_are_scored_apart(network: Network) -> None:
    """Together or one by one, windows give the same."""
    seen, heard = network.see(faces()), network.hear(mfcc(sound()))
    halves = [np.stack([x[:24], x[24:]]) for x in (seen, heard)]

    must_link = network.speaking(*halves)

    assert must_link[1] == pytest.approx(
        network.speaking(seen[None, 24:], heard[None, 24:])[0], abs=1e-5
    )


def test_lips_alone_are_scored(network: Network) -> None:
    """The head of the visual part: its weights times what is seen."""
    assert network.lips(network.see(faces())).shape == (48,)


@pytest.mark.parametrize("change", ["missing", "another shape"])
def test_other_weights_are_refused(model: Path, change: str) -> None:
    """One line, and nothing of ONNX Runtime's."""
    weights = dict(read_weights(model))
    if change == "missing":
        del weights["fusion.bn.weight"]
    else:
        weights["lossAV.FC.weight"] = np.zeros((2, 64), np.float32)

    with pytest.raises(ModelError, match="LR-ASD"):
        Network(weights)


def test_a_named_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that named it is, too."""
    monkeypatch.setenv("SPEAKER_BOXES_LR_ASD", "absent.model")

    with pytest.raises(ModelError, match=r"cannot read absent\.model \(SPEAKER_BOXES_LR_ASD\)"):
        open_network()
