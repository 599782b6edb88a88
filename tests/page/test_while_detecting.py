"""While faces are still looked for, those of finished chunks can be looked at and chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import BrowserContext, expect

from speaker_boxes.sample import clip_path
from tests.page.conftest import StartPicker
from tests.page.walking import at, look, spot

N_FRAMES = 170
"""Of the sample; the clip is three of it."""
N_FIRST = 220
"""Frames of the longest chunk, which is done first: from the cut of the second sample on."""


class Held(ThreadPoolExecutor):
    """Does the first task, and the others when it is told to go on."""

    def __init__(self) -> None:
        super().__init__(1)
        self.go_on = threading.Event()
        self._n_tasks = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do a task, but for the first after waiting."""
        self._n_tasks += 1
        first = self._n_tasks == 1
        return super().submit(lambda: (first or self.go_on.wait(), fn(*args, **kwargs))[1])


@pytest.fixture
def held() -> Iterator[Held]:
    with Held() as executor:
        yield executor
        executor.go_on.set()


@pytest.fixture
def thrice(tmp_path: Path) -> Path:
    """The sample three times in a row: its packets, so that each begins at a key frame."""
    out = tmp_path / "thrice.mp4"
    with av.open(str(out), "w") as target:
        copy = None
        for again in range(3):
            with av.open(str(clip_path())) as source:
                stream = source.streams.video[0]
                copy = copy or target.add_stream_from_template(stream)
                assert stream.time_base is not None
                shift = round(again * N_FRAMES / 25 / stream.time_base)
                for packet in source.demux(stream):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.stream = copy
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    target.mux(packet)
    return out


def test_a_face_is_chosen_before_all_are_found(
    context: BrowserContext, start_picker: StartPicker, held: Held, thrice: Path
) -> None:
    picker = start_picker(thrice, executor=held)
    page = context.new_page()
    page.goto(picker.link)
    expect(page.locator("#progress")).to_contain_text(f"{N_FIRST} of {3 * N_FRAMES} frames")
    expect(page.locator("#people")).to_contain_text("Faces are being looked for")
    at(page, 2 * N_FRAMES + 12)
    page.wait_for_function(
        """() => {
          const canvas = document.getElementById("overlay");
          const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value) => value > 0);
        }"""
    )
    look(page, "0-detecting")
    page.mouse.click(*spot(page, 5, 5))
    expect(page.locator("#toast")).to_contain_text("No face was found there")
    page.mouse.click(*spot(page, 281, 180))
    expect(page.locator("#toast")).to_contain_text("This face is the speaker")
    assert page.locator("body").get_attribute("data-ready") is None

    held.go_on.set()
    expect(page.locator(".speaker.active")).to_contain_text(f"of {3 * N_FRAMES} frames with a box")
    expect(page.locator("#progress")).to_be_hidden()
