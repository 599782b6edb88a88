"""A third detector is a module and an entry of the registry: nothing else has to know its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.commands import load_command
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.detectors.base import (
    Detections,
    DetectorPair,
    SearchPlan,
    Window,
    concat,
)
from speaker_boxes.detect.detectors.open_detectors import close_thread_detectors
from speaker_boxes.detect.detectors.registry import DETECTORS, Registered

WIDTH, HEIGHT, SIDE = 320, 240, 60
N_FRAMES = 12
NONE = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32))


class Bright:
    """Takes what is bright for a face."""

    def detect(self, image: Image) -> Detections:
        """Find the bright part of an image."""
        bright = image.min(axis=2) > 150
        if not bright.any():
            return NONE
        y, x = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
        box = np.array([[x[0], y[0], x[-1] + 1, y[-1] + 1]], np.float32)
        return Detections(box, np.array([0.9], np.float32))

    def detect_batch(self, images: Sequence[Image]) -> tuple[Detections, npt.NDArray[np.int64]]:
        """Find the bright part of each image."""
        found = [self.detect(image) for image in images]
        return concat([NONE, *found]), np.repeat(np.arange(len(found)), [len(f) for f in found])


@dataclass
class Known:
    """What the test changes and sees of the detector."""

    digest: str = "0" * 64
    opened: list[Path | None] = field(default_factory=list)


@pytest.fixture
def bright(monkeypatch: pytest.MonkeyPatch) -> Iterator[Known]:
    """Register it."""
    load_command("track")  # its help is put together once, of what is registered then
    known = Known()

    @contextmanager
    def opening(model: Path | None) -> Iterator[DetectorPair]:
        known.opened.append(model)
        detector = Bright()

        def plan(width: int, height: int) -> SearchPlan:
            return SearchPlan((Window(detector, (0, 0, width, height), width, height),), ())

        yield DetectorPair("bright", plan, detector, roi_size=96)

    registered = Registered(
        open=opening, model_digests=lambda model: [known.digest], libraries=("pytest",)
    )
    monkeypatch.setitem(DETECTORS, "bright", registered)
    yield known
    close_thread_detectors()


@pytest.fixture
def clip(write_video: Callable[..., Path]) -> Path:
    """A bright square that moves to the right."""
    images = np.full((N_FRAMES, HEIGHT, WIDTH, 3), 40, np.uint8)
    for frame, image in enumerate(images):
        image[80 : 80 + SIDE, 100 + 2 * frame : 100 + 2 * frame + SIDE] = 220
    return write_video(list(images))


@pytest.fixture
def track(
    clip: Path, tmp_path: Path, run_command: Callable[..., int]
) -> Callable[..., dict[str, object]]:
    """Run the command with it, in this process; gives the report."""

    def run(*arguments: str) -> dict[str, object]:
        out = tmp_path / "out.json"
        given = ("--detector", "bright", "--workers", "1", "--at", "0:130,110", *arguments)
        assert run_command("track", clip, *given, "-o", out, "--overwrite") == 0
        report: dict[str, object] = json.loads((tmp_path / "out.report.json").read_text())
        return report

    return run


def test_the_command_follows_what_it_finds(
    bright: Known, track: Callable[..., dict[str, object]], tmp_path: Path
) -> None:
    report = track()

    boxes = json.loads((tmp_path / "out.json").read_text())["bounding_boxes"]
    assert bright.opened == [None]
    assert len(boxes) == N_FRAMES
    for frame, box in enumerate(boxes):
        truth = [100 + 2 * frame, 80, 100 + 2 * frame + SIDE, 80 + SIDE]
        assert np.abs(np.subtract(box, truth)).max() <= 4, frame
    assert report["detector"] == "bright"


def test_the_report_names_its_library(
    bright: Known, track: Callable[..., dict[str, object]]
) -> None:
    versions = track()["versions"]

    assert isinstance(versions, dict)
    assert versions["pytest"] == version("pytest")


def test_known_faces_are_its_own_as_long_as_its_models_stay(
    bright: Known, track: Callable[..., dict[str, object]]
) -> None:
    track()
    track()
    assert len(bright.opened) == 1

    close_thread_detectors()
    bright.digest = "1" * 64
    track()

    assert len(bright.opened) == 2


def test_it_takes_no_model_file_unless_it_says_so(
    bright: Known,
    clip: Path,
    run_command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = run_command(
        "track", clip, "--detector", "bright", "--detector-model", "a.onnx", "--at", "0:1,2"
    )

    assert status == 2
    shown = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "bright brings its own models; a model file is for yunet" in shown


def test_the_help_names_all_that_are_registered(
    run_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    run_command("track", "--help")

    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert f"What finds the faces: {' or '.join(DETECTORS)}." in shown
