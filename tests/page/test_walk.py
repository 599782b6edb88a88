"""The whole way in a real Chromium; what is saved is compared with what the edits mean."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from speaker_boxes.edits.apply import apply_edits
from speaker_boxes.edits.codec import edits_from_json
from speaker_boxes.track.output.report import boxes_json, report_json
from tests.page.conftest import Picker, StartPicker, blind

WAIT_MS = 60_000
PICTURES = os.environ.get("SPEAKER_BOXES_PICTURES")
"""A folder for pictures of each step, to look at."""


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser without anything kept, dark, as wide as a small screen."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


def open_page(context: BrowserContext, picker: Picker) -> Page:
    """Open the link, and wait until the faces are found."""
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.goto(picker.link)
    page.wait_for_selector("body[data-ready]")
    assert troubles == []
    return page


def at(page: Page, frame: int) -> None:
    """Go to a frame by its number, and wait for its exact picture."""
    page.get_by_label("Frame", exact=True).first.fill(str(frame))
    page.keyboard.press("Enter")
    page.locator("h1").click()
    page.wait_for_selector(f'#picture[data-frame="{frame}"][data-exact="true"]')


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the clip is on the page."""
    bounds = page.locator("#overlay").bounding_box()
    assert bounds is not None
    scale = bounds["width"] / 640
    return bounds["x"] + x * scale, bounds["y"] + y * scale


def kept(page: Page, n_changes: int) -> None:
    """Wait until so many changes are kept on disk."""
    page.wait_for_selector(f'body[data-draft="{n_changes}"]')


def look(page: Page, name: str) -> None:
    """Keep pictures of a step in both themes and both widths, where they are asked for."""
    if not PICTURES:
        return
    for theme in ("dark", "light"):
        for width, height in ((1280, 800), (2560, 1300)):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(400)
            page.screenshot(path=Path(PICTURES) / f"{name}-{theme}-{width}.png")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_timeout(200)


def choose_the_astronaut(page: Page) -> None:
    """Click on her face in frame 12."""
    at(page, 12)
    page.wait_for_function("document.querySelector('#people .card')")
    page.wait_for_timeout(300)  # the faces of these frames are on their way
    page.mouse.click(*spot(page, 281, 180))
    expect(page.locator(".speaker.active")).to_contain_text("frames with a box")


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


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*spot(page, *start))
    page.mouse.down()
    page.mouse.move(*spot(page, *end), steps=4)
    page.mouse.up()


def save(page: Page, picker: Picker) -> dict[str, Any]:
    """Save, and read the edits."""
    page.keyboard.press("Control+s")
    expect(page.locator("#save-body")).to_contain_text("under 480p")
    look(page, "5-save")
    page.locator("#save-do").click()
    expect(page.locator("#save-body")).to_contain_text("Saved.")
    expect(page.locator("#save-body")).to_contain_text("speaker-boxes submit")
    edits: dict[str, Any] = json.loads(picker.out.with_suffix(".edits.json").read_bytes())
    return edits


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


def test_people_are_joined(context: BrowserContext, start_picker: StartPicker) -> None:
    """Two cards become one, and the speaker has the boxes of both."""
    picker = start_picker()
    page = open_page(context, picker)
    choose_the_astronaut(page)
    expect(page.locator("#people .card.speaking")).to_have_count(1)
    n_people = page.locator("#people .card").count()
    page.get_by_label("Select Person 1").click()
    page.get_by_label("Join Person 2 with Person 1").click()
    expect(page.locator("#people .card")).to_have_count(n_people - 1)
    edits = save(page, picker)

    assert n_people > 1
    assert len(edits["joins"]) == 1
    assert picker.session.clip is not None
    result = apply_edits(picker.session.clip, edits_from_json(edits), describer=blind())[""]
    assert picker.out.read_text() == boxes_json(result)


def test_two_speakers_take_turns(context: BrowserContext, start_picker: StartPicker) -> None:
    """Named speakers, a turn of each; the page writes turns.json and one array."""
    picker = start_picker()
    page = open_page(context, picker)
    choose_the_astronaut(page)
    page.get_by_role("button", name="Add speaker").click()
    name = page.get_by_label("Name of speaker1")
    name.fill("ana")
    name.press("Enter")
    expect(page.get_by_label("Name of ana")).to_be_visible()
    page.get_by_label("Work on ana").check()
    at(page, 0)
    page.keyboard.press("i")
    at(page, 49)
    page.keyboard.press("o")
    page.keyboard.press("t")
    expect(page.locator("#hand")).to_contain_text("turn of ana, 0 s to 2 s")
    look(page, "6-turns")
    edits = save(page, picker)

    assert [one["name"] for one in edits["speakers"]] == ["ana"]
    turn = {"start_s": 0.0, "end_s": 2.0, "speaker": "ana", "audio_start_s": None}
    assert edits["turns"] == [turn]
    assert json.loads(picker.out.with_suffix(".turns.json").read_bytes()) == edits["turns"]
    boxes = json.loads(picker.out.read_bytes())["bounding_boxes"]
    assert None not in boxes[:50]
    assert boxes[50:] == [None] * 120


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


def test_a_screen_reader_and_a_keyboard_find_everything(
    context: BrowserContext, start_picker: StartPicker
) -> None:
    """axe-core finds no serious fault, in both themes, with and without a dialog."""
    axe = os.environ.get("SPEAKER_BOXES_AXE")
    if not axe:
        pytest.skip("axe-core is not here: npm install, then SPEAKER_BOXES_AXE=.../axe.min.js")
    page = open_page(context, start_picker())
    choose_the_astronaut(page)
    page.wait_for_timeout(300)
    page.evaluate(Path(axe).read_text(encoding="utf-8"))
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        assert _faults(page) == []
    page.keyboard.press("?")
    assert _faults(page) == []


def _faults(page: Page) -> list[str]:
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]
