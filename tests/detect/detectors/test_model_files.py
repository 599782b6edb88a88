"""A model that is missing or damaged is refused before anything runs on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from speaker_boxes.detect.detectors.model_files import DIGESTS, SHORT_RANGE, model_path
from speaker_boxes.errors import ModelError


@pytest.mark.parametrize("name", DIGESTS)
def test_the_packaged_models_are_the_expected_ones(name: str) -> None:
    """Both files travel in the package with the digest that is written down."""
    assert model_path(name).name == name


def test_the_licence_travels_with_the_models() -> None:
    """The Apache licence lies beside the files that it covers."""
    licence = model_path(SHORT_RANGE).with_name("LICENSE").read_text()

    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence


@pytest.mark.parametrize("damage", ["a byte differs", "cut short", "empty"])
def test_a_damaged_model_is_refused(damage: str, tmp_path: Path) -> None:
    """One line says which file, that it is damaged, and how to get a good one."""
    copy = tmp_path / SHORT_RANGE
    data = bytearray(model_path(SHORT_RANGE).read_bytes())
    data[1000] ^= 1
    damaged = {"a byte differs": data, "cut short": data[:1000], "empty": bytearray()}
    copy.write_bytes(damaged[damage])

    with pytest.raises(ModelError, match=r"is damaged.*install it again") as caught:
        model_path(SHORT_RANGE, folder=tmp_path)

    assert str(copy) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_model_is_one_line(tmp_path: Path) -> None:
    """The path that was looked at is named."""
    with pytest.raises(ModelError, match="is missing; install it again") as caught:
        model_path(SHORT_RANGE, folder=tmp_path)

    assert str(tmp_path / SHORT_RANGE) in str(caught.value)


def test_a_folder_in_a_models_place_is_refused(tmp_path: Path) -> None:
    """What cannot be read as a file is our error, not a stack trace."""
    (tmp_path / SHORT_RANGE).mkdir()

    with pytest.raises(ModelError, match="cannot read model"):
        model_path(SHORT_RANGE, folder=tmp_path)


def test_an_unknown_name_is_the_callers_mistake(tmp_path: Path) -> None:
    """Only files with a digest are handed out, whatever else lies in the folder."""
    shutil.copy(model_path(SHORT_RANGE), tmp_path / "other.tflite")

    with pytest.raises(ValueError, match="name must be one of"):
        model_path("other.tflite", folder=tmp_path)
