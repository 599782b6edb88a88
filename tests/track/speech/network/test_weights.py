"""The weights' file: read without PyTorch, and nothing in it is run."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.errors import ModelError
from speaker_boxes.track.speech.weights import read_weights


class Evil:
    """What a pickle can do to who reads it."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return print, ("run",)


def write(path: Path, data: bytes) -> Path:
    """A file as ``torch.save`` writes, around a pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", data)
    return path


def test_all_tensors_are_there(model: Path) -> None:
    """841,060 numbers by the names of LR-ASD's modules; its 26 counters are left out."""
    weights = read_weights(model)

    assert sum(tensor.size for tensor in weights.values()) == 841_060
    assert weights["visualEncoder.block1.s_1.weight"].shape == (16, 1, 1, 5, 5)
    assert all(np.isfinite(tensor).all() for tensor in weights.values())


def test_a_pickle_that_calls_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it names is not called."""
    path = write(tmp_path / "evil.model", pickle.dumps(Evil()))

    with pytest.raises(ModelError, match=r"evil\.model is no model of LR-ASD: it asks for .*print"):
        read_weights(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "data",
    [pickle.dumps({}), pickle.dumps([1]), b"", b"\x80\x02X", b"\x80\x02(l."],
    ids=["empty", "a list", "nothing", "cut off", "no protocol"],
)
def test_another_pickle_is_refused(tmp_path: Path, data: bytes) -> None:
    """One line, whatever the pickle is."""
    with pytest.raises(ModelError, match=r"is no model of LR-ASD"):
        read_weights(write(tmp_path / "other.model", data))


def test_a_tensor_beyond_its_storage_is_refused(model: Path, tmp_path: Path) -> None:
    """A storage that was cut short is no reason to read what lies behind it."""
    path = tmp_path / "short.model"
    with zipfile.ZipFile(model) as whole, zipfile.ZipFile(path, "w") as short:
        for name in whole.namelist():
            data = whole.read(name)
            short.writestr(name, data if name.endswith("data.pkl") else data[: len(data) // 2])

    with pytest.raises(ModelError, match="is no model of LR-ASD"):
        read_weights(path)


def test_no_zip_is_refused(tmp_path: Path) -> None:
    """A page of HTML that a server gave instead."""
    (tmp_path / "page.model").write_text("<html>")

    with pytest.raises(ModelError, match=r"page\.model is no model of LR-ASD: File is not a zip"):
        read_weights(tmp_path / "page.model")
