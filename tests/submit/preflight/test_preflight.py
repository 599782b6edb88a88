"""Preflight: each thing that would waste a generation is found, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from speaker_boxes.commands.common.wording import error_line, finding_line
from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.errors import PreflightError
from speaker_boxes.submit.preflight.finding import Finding
from speaker_boxes.submit.preflight.inputs import PreflightInput
from speaker_boxes.submit.preflight.preflight import check, raise_for_findings
from speaker_boxes.submit.schema.request import (
    AutoSelection,
    BoxesSelection,
    BoxesUrlSelection,
    PointSelection,
)

CLIP = ClipFacts(sha256="d", n_frames=100, width=1920, height=1080, frame_rate=Fraction(25))
BOX = [800, 300, 1000, 560]
ROWS: list[list[int] | None] = [list(BOX) for _ in range(100)]


def job(**changes: Any) -> PreflightInput:
    rows = changes.pop("rows", ROWS)
    clip = changes.pop("clip", {})
    selection = BoxesSelection(bounding_boxes=rows) if rows is not None else None
    usual: dict[str, Any] = {
        "model": "lipsync-2", "sync_mode": "cut_off", "rows": rows, "selection": selection,
        "clip": replace(CLIP, **clip) if clip is not None else None, "sound_s": 4.0,
    }  # fmt: skip
    return PreflightInput(**{**usual, **changes})


def nulls(*ranges: range) -> list[list[int] | None]:
    rows = list(ROWS)
    for one in ranges:
        for i in one:
            rows[i] = None
    return rows


def boxed(i: int, *box: int) -> list[list[int] | None]:
    rows = list(ROWS)
    rows[i] = list(box)
    return rows


def test_nothing_is_found_against_a_good_job() -> None:
    assert check(job()) == []


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"rows": ROWS[:99]}, "length", "99 boxes for 100 frames that decode"),
        ({"rows": [None] * 100}, "all_null", "all 100 boxes are null"),
        ({"rows": boxed(7, 1800, 300, 1921, 560)}, "outside",
         "box 7: [1800, 300, 1921, 560] leaves the picture of 1920x1080"),
        ({"rows": boxed(7, -1, 300, 200, 560)}, "outside", "box 7: [-1, 300, 200, 560] leaves"),
        ({"rows": boxed(7, 500, 300, 500, 560)}, "no_area", "box 7: [500, 300, 500, 560] has no"),
        ({"rows": boxed(7, 600, 300, 500, 560)}, "no_area", "has no area"),
        ({"model": "react-1"}, "model_selects_nobody", "react-1 takes no speaker selection"),
        ({"clip": {"width": 4097, "height": 1000}}, "too_large", "4097x1000"),
        ({"clip": {"width": 4000, "height": 2300}}, "too_large", "at most 4096x2160"),
        ({"has_key": False}, "no_key", "set SYNC_API_KEY"),
        ({"rows": None, "selection": PointSelection(frame_number=100, coordinates=[1, 1])},
         "point_frame", "frame 100 is chosen, the clip has 100"),
        ({"rows": None, "selection": PointSelection(frame_number=0, coordinates=[1920, 1])},
         "point_outside", "1920,1 is not in the picture"),
    ],
)  # fmt: skip
def test_errors(changes: dict[str, Any], code: str, message: str) -> None:
    """Found, with the value, and it forbids sending."""
    found = check(job(**changes))

    [finding] = [one for one in found if one.severity == "error"]
    assert finding.code == code
    assert message in finding.message
    with pytest.raises(PreflightError, match="^" + finding.message[:10].replace("[", r"\[")):
        raise_for_findings(found)


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"rows": nulls(range(3))}, "first_null", "no box in the first 3 frames (0.12 s), for"),
        ({"rows": nulls(range(20, 70))}, "long_null",
         "1 stretch of 2 s or more has no box, the longest from frame 20 (0.80 s) on for 50 "
         "frames (2.00 s)"),
        ({"rows": nulls(range(50, 100))}, "long_null",
         "from frame 50 (2.00 s) on for 50 frames (2.00 s)"),
        ({"rows": nulls(range(50, 100)), "clip": {"first_s": 1.5}}, "long_null",
         "from frame 50 (3.50 s) on for 50 frames (2.00 s)"),
        ({"rows": boxed(5, 0, 0, 60, 60)}, "small", "box 5: [0, 0, 60, 60] holds under 0.2%"),
        ({"rows": boxed(5, 0, 0, 1000, 1000)}, "large", "holds over 45% of the picture"),
        ({"clip": {"variable_rate": True}}, "variable_rate", "normalize the clip"),
        ({"clip": {"frame_rate": Fraction(30000, 1001)}, "sound_s": None}, "rate", "29.97 frames"),
        ({"clip": {"frame_rate": Fraction(60)}, "sound_s": None}, "rate", "60 frames a second"),
        ({"clip": {"rotation": -90}}, "rotation", "shows the clip turned a quarter to the right"),
        ({"clip": {"mirrored": True}}, "rotation", "flipped left to right"),
        ({"clip": {"pixel_aspect_ratio": Fraction(4, 3)}}, "pixel_aspect", "4/3 as wide as high"),
        ({"clip": {"n_decode_errors": 2}}, "decode_errors", "2 packets of the clip"),
        ({"clip": {"height": 479}, "rows": boxed(0, 10, 10, 110, 110)[:1] * 100}, "small_picture",
         "1920x479; under 480p"),
        ({"sync_mode": "bounce", "sound_s": 5.5}, "lengths", "5.50 s and the picture 4.00 s: boun"),
        ({"sync_mode": "loop", "sound_s": 2.5}, "lengths", "use cut_off"),
        ({"sync_mode": "remap", "sound_s": 4.2}, "lengths", "remap changes the sequence"),
        ({"sound_s": 60.0}, "lengths", "cut_off leaves out the last 56.00 s of the sound"),
        ({"sound_s": 1.0}, "lengths", "cut_off leaves out the last 3.00 s of the picture"),
        ({"sync_mode": "silence", "sound_s": 9.0}, "lengths",
         "silence fills up the picture for the last 5.00 s"),
        ({"model": "lipsinc-2"}, "unknown_model", "did you mean lipsync-2?"),
        ({"model": "other"}, "unknown_model", "lipsync-2, lipsync-2-pro, sync-3"),
    ],
)  # fmt: skip
def test_warnings(changes: dict[str, Any], code: str, message: str) -> None:
    """Found, told with what would help, and forbidding only if that is asked for."""
    [finding] = check(job(**changes))

    assert (finding.code, finding.severity) == (code, "warning")
    assert message in finding.message
    assert len(finding.message.splitlines()) == 1
    raise_for_findings([finding])
    with pytest.raises(PreflightError):
        raise_for_findings([finding], strict=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": nulls(range(20, 69))},
        {"sync_mode": "bounce", "sound_s": 4.09},
        {"sync_mode": "cut_off", "sound_s": 4.09},
        {"sync_mode": "silence", "sound_s": 3.91},
        {"clip": {"width": 2160, "height": 4096}, "rows": None, "selection": AutoSelection()},
        {"clip": {"frame_rate": None}, "sync_mode": "bounce"},
        {"clip": None, "rows": ROWS[:7]},
        {"rows": None, "selection": BoxesUrlSelection(bounding_boxes_url="https://e.x/b")},
        {"rows": boxed(0, 0, 0, 1920, 400)},
    ],
    ids=[
        "a gap under two seconds", "nearly the same length", "trimmed", "padded", "upright 4K",
        "a single frame", "clip unknown", "hosted boxes unseen", "a box that touches the edges",
    ],
)  # fmt: skip
def test_what_is_fine(changes: dict[str, Any]) -> None:
    assert check(job(**changes)) == []


@pytest.mark.parametrize(
    ("rate", "option"),
    [(Fraction(24000, 1001), "24"), (Fraction(30000, 1001), "30"), (Fraction(60), "30")],
    ids=str,
)
def test_the_advice_ends_in_a_rate_that_is_fine(rate: Fraction, option: str) -> None:
    """Normalize by itself keeps 24000/1001, which would be warned of again."""
    [finding] = check(job(clip={"frame_rate": rate}, sound_s=None))

    assert finding.code == "rate"
    assert f"normalize the clip to {option} frames a second" in finding.message
    assert f"speaker-boxes normalize --fps {option} and" in finding_line(finding)


def test_a_large_array_wants_an_address() -> None:
    """Over a megabyte inline; hosted it is fine."""
    rows: list[list[int] | None] = [[800, 300, 1000, 560]] * 60_000
    clip = {"n_frames": 60_000}
    url = BoxesUrlSelection(bounding_boxes_url="https://e.x/b.json")

    found = check(job(rows=rows, clip=clip, sound_s=None))
    finding = next(one for one in found if one.code != "plan_length")

    assert finding.code == "inline_size"
    assert "send its address" in finding.message
    assert "send --boxes-url" in finding_line(finding)
    hosted = check(job(rows=rows, clip=clip, selection=url, sound_s=None))
    assert [one.code for one in hosted] == ["plan_length"]


def test_errors_come_first_and_are_counted() -> None:
    found = check(job(rows=boxed(0, 0, 0, 9, 9)[:50], has_key=False))

    assert [one.severity for one in found] == ["error", "error", "warning"]
    with pytest.raises(PreflightError, match=r"\(and 1 more\)$") as caught:
        raise_for_findings(found)
    assert error_line(caught.value).endswith("(and 1 more: speaker-boxes check lists them)")


def test_a_single_finding_is_not_counted() -> None:
    with pytest.raises(PreflightError, match=r"^broken$"):
        raise_for_findings([Finding("x", "error", "broken")])
