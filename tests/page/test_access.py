"""The page by keyboard alone, and by what a screen reader gets; axe-core in every state."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.page.conftest import StartPicker
from tests.page.walking import at, choose_the_astronaut, kept, look, open_page, spot


def test_everything_is_done_by_keyboard(context: BrowserContext, start_picker: StartPicker) -> None:
    """Choose, decide, null, draw, part, take back and save, without a pointer."""
    picker = start_picker()
    page = open_page(context, picker)
    tab_to(page, "Show Person 1")
    page.keyboard.press("Enter")
    tab_to(page, "Person 1 is the speaker")
    page.keyboard.press("Enter")
    kept(page, 1)
    n_open = int(page.locator("#resolve-count").inner_text())
    page.keyboard.press("u")
    page.keyboard.press("x")
    kept(page, 2)
    expect(page.locator("#resolve-count")).to_have_text(str(n_open - 1))
    go_to(page, 20)
    page.keyboard.press("i")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("o")
    page.keyboard.press("n")
    kept(page, 3)
    page.keyboard.press("b")
    for label, value in (("Left", 100), ("Top", 50), ("Right", 200), ("Bottom", 150)):
        tab_to(page, label)
        page.keyboard.press("Control+a")
        page.keyboard.type(str(value))
    tab_to(page, "Set")
    page.keyboard.press("Enter")
    kept(page, 4)
    page.keyboard.press("Escape")
    go_to(page, 40)
    page.keyboard.press("g")
    kept(page, 5)
    page.keyboard.press("Control+z")
    kept(page, 4)
    page.keyboard.press("Control+s")
    expect(page.locator("#save-do")).to_be_enabled()
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.locator("#save-body")).to_contain_text("Saved.")

    edits = json.loads(picker.out.with_suffix(".edits.json").read_bytes())
    (speaker,) = edits["speakers"]
    assert [len(speaker[key]) for key in ("clicks", "tracks_yes", "tracks_no")] == [1, 0, 1]
    null, box = edits["spans"]
    assert null == {"speaker": "", "first": 20, "end": 25, "kind": "null"}
    assert box["keys"] == [{"frame": 24, "box": [100, 50, 200, 150]}]
    assert edits["parts"] == []


NAME = """
(document.activeElement.getAttribute("aria-label") || document.activeElement.innerText
  || document.activeElement.id || "").trim()
"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(NAME) == name:
            return
    raise AssertionError(f"Tab does not lead to {name}")


def go_to(page: Page, frame: int) -> None:
    """Go to a frame by its number, typed."""
    tab_to(page, "frame-number")
    page.keyboard.press("Control+a")
    page.keyboard.type(str(frame))
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#picture[data-frame="{frame}"][data-exact="true"]')


SOUNDS = """
window.sounds = [];
const RealAudio = window.Audio;
window.Audio = function () {
  const sound = new RealAudio();
  window.sounds.push(sound);
  return sound;
};
"""


def test_j_k_and_l_play_with_sound(context: BrowserContext, start_picker: StartPicker) -> None:
    """L plays, again faster, with the clip's sound; K stops both; J plays backwards, silent."""
    context.add_init_script(SOUNDS)
    page = open_page(context, start_picker())
    page.keyboard.press("l")
    page.wait_for_function("() => sounds[0].currentTime > 0.1 && !sounds[0].paused")
    page.wait_for_function("() => Number(document.getElementById('frame-number').value) > 5")
    page.keyboard.press("l")
    page.wait_for_function("() => sounds[0].playbackRate === 2")
    page.keyboard.press("k")
    page.wait_for_function("() => sounds[0].paused")
    assert page.evaluate("sounds[0].error") is None
    at(page, 120)
    page.keyboard.press("j")
    page.wait_for_function("() => Number(document.getElementById('frame-number').value) < 115")
    assert page.evaluate("sounds[0].paused")
    page.keyboard.press("k")
    expect(page.locator("#play")).to_have_text("▶")


def test_sound_that_was_stopped_before_it_began_plays_again(
    context: BrowserContext, start_picker: StartPicker
) -> None:
    """Who plays and stops within a moment has not said that the clip has no sound."""
    context.add_init_script(SOUNDS)
    page = open_page(context, start_picker())
    press = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    page.evaluate(f"() => {{ for (const key of ['l', 'k']) {press} }}")
    page.wait_for_timeout(200)
    page.keyboard.press("l")

    page.wait_for_function("() => sounds[0].currentTime > 0.1 && !sounds[0].paused")


@pytest.fixture
def axe() -> str:
    """axe-core's code."""
    path = os.environ.get("SPEAKER_BOXES_AXE")
    if not path:
        pytest.skip("axe-core is not here: npm install, then SPEAKER_BOXES_AXE=.../axe.min.js")
    return Path(path).read_text(encoding="utf-8")


def test_a_screen_reader_finds_everything(
    context: BrowserContext, start_picker: StartPicker, axe: str, two_faces: Path
) -> None:
    """axe-core finds no serious fault, in both themes, in any state of the page."""
    page = open_page(context, start_picker(two_faces))
    _check(page, axe, "nobody chosen")
    choose_the_astronaut(page)
    page.get_by_label("Select Person 1").click()
    page.keyboard.press("n")
    page.keyboard.press("b")
    _check(page, axe, "mending")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add speaker").click()
    page.mouse.click(*spot(page, 1279 - 281, 180))
    page.get_by_role("button", name="Turn of speaker2").click()
    _check(page, axe, "turns")
    page.keyboard.press("?")
    _check(page, axe, "keys")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    expect(page.locator("#save-do")).to_be_enabled()
    _check(page, axe, "before saving")
    page.locator("#save-do").click()
    expect(page.locator("#save-body")).to_contain_text("Saved.")
    _check(page, axe, "saved")


def test_a_screen_reader_finds_what_is_missing(
    context: BrowserContext, start_picker: StartPicker, axe: str, write_video: Callable[..., Path]
) -> None:
    """The same where no face is found, and where the server is gone."""
    picker = start_picker(write_video(30, audio_s=1.0))
    page = open_page(context, picker)
    expect(page.locator("#people")).to_contain_text("No face was found in this clip.")
    look(page, "9-no-face")
    _check(page, axe, "no face")
    picker.stop()
    expect(page.locator("#stage-note")).to_contain_text("The server is gone.")
    look(page, "9-gone")
    _check(page, axe, "server gone")


def _check(page: Page, axe: str, state: str) -> None:
    themes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        page.evaluate(axe)
        assert _faults(page) == [], f"{state}, {theme}"


def _faults(page: Page) -> list[str]:
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]
