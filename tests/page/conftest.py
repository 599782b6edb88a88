"""The picker, running in this process on a clip, and a real Chromium to look at it with."""

from __future__ import annotations

import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from starlette.applications import Starlette

from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detection import DetectionOptions
from speaker_boxes.page.app import PickApp
from speaker_boxes.page.presence import Presence
from speaker_boxes.page.serve import serve
from speaker_boxes.page.session import Session
from speaker_boxes.sample import clip_path
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector
from speaker_boxes.track.options import TrackOptions
from tests.conftest import write_clip

WAIT_S = 60
WAIT_MS = 1000 * WAIT_S
expect.set_options(timeout=WAIT_MS)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Picker:
    """A server that runs."""

    link: str
    app: Starlette
    session: Session
    presence: Presence
    thread: threading.Thread

    @property
    def origin(self) -> str:
        return self.link.partition("/?")[0]

    @property
    def out(self) -> Path:
        return self.session.out

    def stop(self) -> None:
        self.presence.ending = True
        self.thread.join(timeout=WAIT_S)
        self.session.close()


class Blind:
    """An embedder that sees no face in any crop: nothing ties the shots together by itself."""

    def embed(self, crop: npt.NDArray[np.uint8]) -> FaceVector:
        """A vector that says nothing."""
        return FaceVector(np.zeros(LENGTH, np.float32), 0.0)


def blind() -> CachedDescriber:
    """What the picker of these tests compares faces by."""
    return CachedDescriber(embedder=Blind())


StartPicker = Callable[..., Picker]


@pytest.fixture(scope="module")
def start_picker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartPicker]:
    """Start the picker on a clip."""
    cache = Cache(tmp_path_factory.mktemp("cache") / "faces")
    running = []

    def start(
        clip: Path | None = None,
        *,
        alone_s: float = 3600,
        unopened_s: float = 3600,
        keep_draft: bool = False,
        executor: Executor | None = None,
        options: TrackOptions | None = None,
    ) -> Picker:
        if not keep_draft:
            shutil.rmtree(cache.folder / "picks", ignore_errors=True)
        out = tmp_path_factory.mktemp("out") / "out.json"
        detection = DetectionOptions(cache=cache, workers=1, executor=executor)
        session = Session(clip or clip_path(), out, detection=detection, embedder=Blind())
        presence = Presence(alone_s, unopened_s)
        links: queue.Queue[str] = queue.Queue()
        app = PickApp(session, presence, options=options).app
        thread = threading.Thread(target=serve, args=(app, presence), kwargs={"opened": links.put})
        thread.start()
        running.append(Picker(links.get(timeout=WAIT_S), app, session, presence, thread))
        return running[-1]

    yield start
    for picker in running:
        picker.stop()


@pytest.fixture(scope="module")
def picker(start_picker: StartPicker) -> Picker:
    """The picker on the sample clip."""
    return start_picker()


@pytest.fixture(scope="module")
def client(picker: Picker) -> Iterator[httpx.Client]:
    """The browser that the link was opened in."""
    with httpx.Client(base_url=picker.origin, timeout=WAIT_S, trust_env=False) as client:
        assert client.get(picker.link).status_code == 303
        yield client


@pytest.fixture(scope="module")  # while it runs, its thread has an event loop that others need
def chromium() -> Iterator[Browser]:
    """A browser; without one the tests are passed over, but never in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not here, and CI installs it")
        pytest.skip("Chromium is not here: install the package chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser without anything kept, dark, as wide as a small screen."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


@pytest.fixture(scope="module")
def two_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of 1280x360: the sample, and the same mirrored beside it."""
    images = []
    with open_video(clip_path()) as video:
        for frame in video.frames():
            image = frame.picture.rgb()
            images.append(np.hstack([image, image[:, ::-1]]))
            if len(images) == 50:
                break
    path = tmp_path_factory.mktemp("clip") / "two.mp4"
    write_clip(path, images, audio_s=2.0)
    return path
