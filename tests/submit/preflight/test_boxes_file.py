"""Boxes and report are somebody's input: read, or one line says what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.errors import BoxesFileError
from speaker_boxes.submit.preflight.boxes_file import boxes_as_json, read_boxes, read_report
from speaker_boxes.submit.preflight.clip_facts import measure_clip

CLIP: dict[str, Any] = {
    "source": "talk.mp4", "sha256": "d", "width": 640, "height": 360, "frames": 9,
    "rate": "30000/1001", "variable_rate": True, "rotation": 90, "mirrored": False,
    "pixel_aspect": "4/3", "decode_errors": 1, "claims": {"frames": 10}, "news": 1,
}  # fmt: skip


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    return tmp_path / "talk.json"


def test_boxes_are_read_as_written(boxes: Path) -> None:
    rows = [None, [1, 2, 3, 4], [0, 0, 4096, 2160]]
    boxes.write_text(boxes_as_json(rows))

    assert read_boxes(boxes) == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no boxes file: it is not JSON"),
        (b"[]", "is no boxes file: bounding_boxes: List should have at least 1 item"),
        (b"7", "is no boxes file: it holds neither a list of boxes nor"),
        (b'{"bounding_boxes": []}', "bounding_boxes: List should have at least 1 item"),
        (b'{"bounding_boxes": [null], "x": 1}', "x: Extra inputs are not permitted"),
        (b'{"bounding_boxes": [null, [1, 2, 3]]}', r"bounding_boxes\.1: .*at least 4 items"),
        (b'{"bounding_boxes": [[1, 2, 3.5, 4]]}', r"bounding_boxes\.0\.2: .*got 3\.5"),
        (b'{"bounding_boxes": [[1, 2, "3", 4]]}', r"bounding_boxes\.0\.2: .*got '3'"),
        (b"[" * 9999, "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
    ],
)
def test_what_is_no_boxes_file_is_one_line(boxes: Path, content: bytes, message: str) -> None:
    boxes.write_bytes(content)

    with pytest.raises(BoxesFileError, match=message) as caught:
        read_boxes(boxes)

    assert str(boxes) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_boxes_file_is_one_line(boxes: Path) -> None:
    with pytest.raises(BoxesFileError, match=r"cannot read boxes file .*: No such file"):
        read_boxes(boxes)


def test_the_report_tells_of_the_clip(boxes: Path) -> None:
    report = {"format": 1, "clip": CLIP, "tracks": []}
    boxes.with_name("talk.report.json").write_text(json.dumps(report))

    facts = read_report(boxes)

    assert facts is not None
    assert (facts.sha256, facts.n_frames, facts.width, facts.height) == ("d", 9, 640, 360)
    assert (facts.frame_rate, facts.pixel_aspect_ratio) == (Fraction(30000, 1001), Fraction(4, 3))
    assert (facts.variable_rate, facts.rotation, facts.n_decode_errors) == (True, 90, 1)
    assert facts.duration_s == pytest.approx(9 * 1.001 / 30)


def test_there_need_not_be_a_report(boxes: Path) -> None:
    assert read_report(boxes) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": 0}, r"clip\.frames: .* got 0"),
        ({"rate": "30/0"}, r"clip\.rate: is not a fraction like 30000/1001"),
        ({"width": "wide"}, r"clip\.width"),
    ],
)
def test_a_damaged_report_is_one_line(boxes: Path, change: dict[str, Any], message: str) -> None:
    report = {"format": 1, "clip": {**CLIP, **change}}
    boxes.with_name("talk.report.json").write_text(json.dumps(report))

    with pytest.raises(BoxesFileError, match=message) as caught:
        read_report(boxes)

    assert len(str(caught.value).splitlines()) == 1


def test_a_newer_report_is_not_misread(boxes: Path) -> None:
    boxes.with_name("talk.report.json").write_text(json.dumps({"format": 2, "clip": CLIP}))

    with pytest.raises(BoxesFileError, match="format: Input should be 1, got 2"):
        read_report(boxes)


def test_what_tracking_writes_is_what_is_read(
    boxes: Path, run_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """The two halves agree on both files, on the sample clip."""
    from speaker_boxes.sample import clip_path

    assert run_command("track", "--sample", "-o", boxes) == 0

    facts = read_report(boxes)
    assert facts == measure_clip(clip_path())
    assert len(read_boxes(boxes)) == facts.n_frames
    capsys.readouterr()
