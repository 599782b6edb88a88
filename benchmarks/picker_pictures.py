"""Pictures of the picker's page in both themes, in the system's Chromium."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, sync_playwright

SIZE = {"width": 1280, "height": 800}
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
_QUALITY = 80


def picker_pictures(clip: Path, *, frame: int, x: float, y: float) -> dict[str, bytes]:
    """The page with a speaker chosen by a click: a WebP a theme.

    Parameters
    ----------
    frame, x, y
        Where the speaker's face is, in pixels of the clip.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium; on Debian and Ubuntu: apt install chromium")
    with _picking(clip) as link, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]  # a dict will do
        page.set_default_timeout(300_000)
        page.goto(link)
        page.wait_for_selector("body[data-ready]")
        _choose(page, frame, x, y)
        pictures: dict[str, bytes] = {}
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(1000)  # colours fade
            pictures[theme] = webp(page.screenshot())
        browser.close()
    return pictures


@contextmanager
def _picking(clip: Path) -> Iterator[str]:
    """The command as a user starts it; gives the link that it prints."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(shutil.copy(clip, folder))
        command = [sys.executable, "-m", "speaker_boxes", "pick", here.name, "--no-browser"]
        own = os.environ | {"SPEAKER_BOXES_CACHE": f"{folder}/cache"}  # nobody's work from before
        with subprocess.Popen(
            command, cwd=folder, env=own, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
            process.terminate()


def _choose(page: Page, frame: int, x: float, y: float) -> None:
    """Go to a frame and click on the face there, as a user does."""
    page.get_by_label("Frame", exact=True).first.fill(str(frame))
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#picture[data-frame="{frame}"][data-exact="true"]')
    page.wait_for_selector("#people .card")
    page.wait_for_timeout(2000)  # the faces of these frames are on their way
    bounds = page.locator("#overlay").bounding_box()
    assert bounds is not None
    scale = bounds["width"] / 640
    page.mouse.click(bounds["x"] + x * scale, bounds["y"] + y * scale)
    page.wait_for_selector(".speaker.active")
    page.wait_for_selector('body[data-draft="1"]')
    page.mouse.move(2, 2)


def webp(png: bytes) -> bytes:
    """A picture as a smaller file."""
    with io.BytesIO() as out:
        Image.open(io.BytesIO(png)).save(out, "WEBP", quality=_QUALITY, method=6)
        return out.getvalue()
