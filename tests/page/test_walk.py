"""The whole way in a real Chromium; what is saved is compared with what the edits mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from speaker_boxes.edits.apply import apply_edits
from speaker_boxes.edits.codec import edits_from_json
from speaker_boxes.track.output.report import boxes_json, report_json
from tests.page.conftest import Picker, StartPicker, blind
from tests.page.walking import at, choose_the_astronaut, drag, kept, look, open_page, save, spot


def test_the_whole_way(context: BrowserContext, start_picker: StartPicker) -> None:
    picker = start_picker()
    page = open_page(context, picker)
    look(page, "1-open")

    choose_the_astronaut(page)
    kept(page, 1)
    look(page, "2-chosen")
    expect(page.locator("#resolve-count")).to_have_text("1")

    page.keyboard.press("u")
    page.keyboard.press("y")
    kept(page, 2)
    expect(page.locator("#resolve-count")).to_have_text("0")

    at(page, 20)
    page.keyboard.press("i")
    at(page, 29)
    page.keyboard.press("o")
    page.keyboard.press("n")
    kept(page, 3)
    expect(page.locator("#status")).to_have_text("nobody, by hand")

    page.keyboard.press("Escape")
    at(page, 70)
    page.keyboard.press("i")
    at(page, 80)
    page.keyboard.press("o")
    at(page, 70)
    page.keyboard.press("b")
    drag(page, (100, 50), (200, 150))
    kept(page, 4)
    at(page, 80)
    drag(page, (150, 100), (190, 120))  # taken in the middle: moved as a whole
    kept(page, 5)
    look(page, "3-drawn")
    page.keyboard.press("Escape")

    at(page, 40)
    page.keyboard.press("g")
    kept(page, 6)
    expect(page.locator("#hand")).to_contain_text("parted at frame 40")
    look(page, "4-parted")

    page.keyboard.press("Control+z")
    kept(page, 5)
    page.keyboard.press("Control+Shift+z")
    kept(page, 6)
    page.keyboard.press("Control+z")
    kept(page, 5)

    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("#hand li")).to_have_count(2)
    expect(page.get_by_role("button", name="Redo")).to_be_enabled()

    saved = save(page, picker)
    _expect_edits(picker, saved)
    _expect_boxes(picker, saved)


def _expect_edits(picker: Picker, saved: dict[str, Any]) -> None:
    """What was done, and nothing else."""
    (speaker,) = saved["speakers"]
    null, box = saved["spans"]
    assert speaker["clicks"] == [[12, 281, 180]]
    assert [len(speaker[key]) for key in ("tracks_yes", "tracks_no")] == [1, 0]
    assert null == {"speaker": "", "first": 20, "end": 30, "kind": "null"}
    assert (box["first"], box["end"]) == (70, 81)
    # a pixel of the page is more than one of the clip
    near = [[100, 50, 200, 150], [140, 70, 240, 170]]
    assert [key["frame"] for key in box["keys"]] == [70, 80]
    for key, wanted in zip(box["keys"], near, strict=True):
        assert key["box"] == pytest.approx(wanted, abs=1.5)
    assert (saved["joins"], saved["parts"], saved["turns"]) == ([], [], [])
    assert (saved["detector"], saved["max_gap_s"]) == (None, None)  # the usual ones


def _expect_boxes(picker: Picker, saved: dict[str, Any]) -> None:
    """The bytes that the edits give without the page; null and drawn frames counted by hand."""
    assert picker.session.clip is not None
    result = apply_edits(picker.session.clip, edits_from_json(saved), describer=blind())[""]
    assert picker.out.read_text() == boxes_json(result)
    assert picker.out.with_suffix(".report.json").read_text() == report_json(result)
    boxes = json.loads(picker.out.read_bytes())["bounding_boxes"]
    a, b = (key["box"] for key in saved["spans"][1]["keys"])
    assert boxes[20:30] == [None] * 10
    assert boxes[70] == a
    assert boxes[80] == b
    assert boxes[75] == pytest.approx([(p + q) / 2 for p, q in zip(a, b, strict=True)], abs=0.5)
    assert None not in [*boxes[:20], *boxes[30:60], *boxes[130:160]]


def test_work_survives_a_killed_server(context: BrowserContext, start_picker: StartPicker) -> None:
    """Another server on the same clip knows what was done; the page says that the first is gone."""
    first = start_picker()
    page = open_page(context, first)
    choose_the_astronaut(page)
    kept(page, 1)
    first.stop()
    expect(page.locator("#stage-note")).to_contain_text("your work is kept")
    page = open_page(context, start_picker(keep_draft=True))

    expect(page.locator(".speaker.active")).to_contain_text("frames with a box")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()


def test_a_click_beside_every_face_is_told(
    context: BrowserContext, start_picker: StartPicker
) -> None:
    page = open_page(context, start_picker())
    page.mouse.click(*spot(page, 5, 5))

    expect(page.locator("#toast")).to_contain_text("No face was found there")
