"""What every walk through the page does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.page.conftest import Picker

PICTURES = os.environ.get("SPEAKER_BOXES_PICTURES")
"""A folder for pictures of each step, to look at."""


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
    page.wait_for_selector(f'#picture[data-frame="{frame}"][data-exact="true"]')


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the clip is on the page."""
    bounds = page.locator("#overlay").bounding_box()
    assert bounds is not None
    scale = bounds["width"] / page.evaluate("fetch('/api/clip').then((a) => a.json())")["width"]
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
    page.wait_for_function("() => document.querySelector('#people .card')")
    page.wait_for_timeout(300)  # the faces of these frames are on their way
    page.mouse.click(*spot(page, 281, 180))
    expect(page.locator(".speaker.active")).to_contain_text("frames with a box")


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
