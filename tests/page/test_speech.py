"""Who speaks, in a real Chromium: turns are found, shown, given to another and saved."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.media import shared_folder
from tests.page.conftest import StartPicker
from tests.page.walking import at, look, open_page

MODEL = Path("models") / "lr_asd_pretrain_AVA.model"
CLIP = Path("media") / "clips" / "visualvoice-interview.mp4"


def shared(path: Path) -> Path:
    found = shared_folder() / path
    if not found.is_file():
        pytest.skip(f"not here: {found} (set SPEAKER_BOXES_SHARED)")
    return found


def turns(page: Page) -> list[str]:
    """What is listed of turns: ``turn of NAME, START to END s``."""
    return page.get_by_text(re.compile(r"^turn of .* to .* s$")).all_inner_texts()


def test_turns_are_found_and_given_to_another(
    context: BrowserContext, start_picker: StartPicker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 12 s the right man speaks, by eye; W gives that turn to the next one."""
    monkeypatch.setenv("SPEAKER_BOXES_LR_ASD", str(shared(MODEL)))
    picker = start_picker(shared(CLIP))
    page = open_page(context, picker)

    page.keyboard.press("f")
    expect(page.get_by_text(re.compile(r"^turn of ")).first).to_be_visible(timeout=600_000)
    found = turns(page)
    at(page, 300)
    look(page, "turns-found")
    page.keyboard.press("w")
    page.wait_for_function(
        "before => document.body.innerText.includes('turn of') && "
        "!before.every(line => document.body.innerText.includes(line))",
        arg=found,
    )
    given = turns(page)
    look(page, "turn-given")

    assert len(found) >= 2
    assert len(set(found) - set(given)) == 1
    page.keyboard.press("Control+z")
    page.wait_for_function("before => before.every(line => document.body.innerText.includes(line))",
                           arg=found)  # fmt: skip
    page.keyboard.press("Control+s")
    page.get_by_role("button", name=re.compile("^Save")).last.click()
    expect(page.get_by_text("speaker-boxes submit").first).to_be_visible()
    edits = json.loads(picker.out.with_suffix(".edits.json").read_text())
    at_12 = [turn["speaker"] for turn in edits["turns"] if turn["start_s"] <= 12 < turn["end_s"]]
    right = [one for one in edits["speakers"] if one["clicks"][0][1] > 640]
    assert at_12[0] in [one["name"] for one in right]
