"""Synthetic clips, the real ones where they are, the command run in this process, a Sync API."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import av
import hypothesis
import numpy as np
import numpy.typing as npt
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from speaker_boxes import cli
from tests.loopback.clock import Clock
from tests.loopback.servers import running
from tests.loopback.state import KEY, FakeSync

# how long an example takes says nothing on a busy machine
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

Image = npt.NDArray[np.uint8]
ROOT = Path(__file__).parents[1]
AUDIO_RATE = 44_100
P = ParamSpec("P")


def grey(n_frames: int, size: tuple[int, int] = (64, 48)) -> list[Image]:
    """Frame i is one grey, in steps of 40, so that the order survives a lossy codec."""
    width, height = size
    return [np.full((height, width, 3), 40 * (i % 6), dtype=np.uint8) for i in range(n_frames)]


@pytest.fixture
def write_video(tmp_path: Path) -> Callable[..., Path]:
    """Write a clip; see ``write_clip`` for what can be asked of it."""

    def write(images: int | Sequence[Image], name: str = "clip.mp4", **how: object) -> Path:
        path = tmp_path / name
        pictures = grey(images) if isinstance(images, int) else images
        write_clip(path, pictures, **how)  # type: ignore[arg-type]  # checked where it arrives
        return path

    return write


def in_own_thread(function: Callable[P, None]) -> Callable[P, None]:
    """Run a function in a thread of its own.

    Where root opens SVT-AV1's encoder, it makes the thread a real-time one (SCHED_FIFO, 99), and so
    all that this thread starts later: a browser from which nobody gets the processor back.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with ThreadPoolExecutor(1) as alone:
            alone.submit(function, *args, **kwargs).result()

    return run


@in_own_thread
def write_clip(
    path: Path,
    images: Sequence[Image],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate: Fraction | int = 25,
    ticks: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    turn: tuple[int, bool] | None = None,
    pixel_aspect_ratio: Fraction | None = None,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    audio_s: float = 0.0,
    audio_start_s: float = 0.0,
    audio_codec: str = "aac",
    attached_pic: bool = False,
    title: str | None = None,
) -> None:
    """Encode pictures; ``ticks`` are their times in ``time_base``, ``turn`` a display matrix."""
    # "file:" in front: a colon in a name is no protocol
    with av.open(f"file:{path}", "w", options=muxer or {}) as container:
        if title is not None:
            container.metadata["title"] = title
        video = container.add_stream(codec, rate=rate)
        assert isinstance(video, VideoStream)
        video.height, video.width = images[0].shape[:2]
        video.pix_fmt = pix_fmt
        chosen = options or ({"qp": "4"} if codec == "libx264" else {})
        video.options = dict(chosen.items())
        if time_base is not None:
            video.codec_context.time_base = time_base
        if pixel_aspect_ratio is not None:
            video.codec_context.sample_aspect_ratio = pixel_aspect_ratio
        if turn is not None:
            video.set_display_rotation(turn[0], hflip=turn[1])
        audio = None
        if audio_s:
            audio = container.add_stream(audio_codec, rate=AUDIO_RATE, layout="mono")
        if attached_pic:
            _add_cover(container)
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index if ticks is None else ticks[index]
            frame.time_base = time_base or 1 / Fraction(rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if isinstance(audio, AudioStream):
            _write_tone(container, audio, audio_s, audio_start_s)


def _add_cover(container: av.container.OutputContainer) -> None:
    """A still picture that goes with the clip, larger than its video."""
    attached_pic = container.add_stream("mjpeg", rate=1)
    assert isinstance(attached_pic, VideoStream)
    attached_pic.width, attached_pic.height, attached_pic.pix_fmt = 320, 240, "yuvj420p"
    attached_pic.disposition = av.stream.Disposition.attached_pic
    frame = av.VideoFrame.from_ndarray(np.zeros((240, 320, 3), np.uint8), format="rgb24")
    frame.pts = 0
    packets = attached_pic.encode(frame) + attached_pic.encode(None)
    container.start_encoding()
    container.mux(packets)


def _write_tone(
    container: av.container.OutputContainer, audio: AudioStream, seconds: float, start_s: float
) -> None:
    """A tone with a click at each whole second of its own, to measure where it ended up."""
    time = np.arange(round(AUDIO_RATE * seconds)) / AUDIO_RATE
    tone = 0.05 * np.sin(2 * np.pi * 220 * time) * ((time % 1.0) > 0.02)
    tone += 0.8 * ((time % 1.0) <= 0.02) * np.sin(2 * np.pi * 1500 * time)
    for first in range(0, len(tone), 1024):
        part = tone[None, first : first + 1024].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate = AUDIO_RATE
        frame.pts = first + round(start_s * AUDIO_RATE)
        frame.time_base = Fraction(1, AUDIO_RATE)
        container.mux(audio.encode(frame))
    container.mux(audio.encode(None))


@pytest.fixture(autouse=True)
def no_priority() -> Iterator[None]:
    """No test leaves this process before all others of the machine."""
    yield
    if sys.platform == "linux":
        assert os.sched_getscheduler(0) == os.SCHED_OTHER


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test finds what another one kept, or what is the user's."""
    folder = tmp_path_factory.mktemp("cache") / "faces"
    monkeypatch.setenv("SPEAKER_BOXES_CACHE", str(folder))
    monkeypatch.setenv("SPEAKER_BOXES_CONFIG", str(folder.parent / "config.toml"))
    return folder


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """The folder of real clips, which are not part of the project."""
    shared = Path(os.environ.get("SPEAKER_BOXES_SHARED", ROOT.parent / "shared"))
    if not (shared / "media").is_dir():
        pytest.skip(f"real clips are not here: no {shared / 'media'} (set SPEAKER_BOXES_SHARED)")
    return shared / "media"


@pytest.fixture
def run_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., int]:
    """Run ``speaker-boxes`` with these arguments in this process; the exit status."""
    # what goes into the current folder by itself does not go into the checkout
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["speaker-boxes", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


@pytest.fixture(scope="session")
def yunet_model(shared_media: Path) -> Path:
    """The file of YuNet, which is fetched by users and not part of the project."""
    path = shared_media.parent / "models" / "face_detection_yunet_2023mar.onnx"
    if not path.is_file():
        pytest.skip(f"YuNet is not here: no {path}")
    return path


@pytest.fixture
def sync_api() -> Iterator[FakeSync]:
    """The API of the loopback servers, running."""
    with running() as state:
        yield state


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sync_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is set, and no proxy stands between the tests and their server."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("SYNC_BASE_URL", raising=False)
    monkeypatch.setenv("SYNC_API_KEY", KEY)


@pytest.fixture
def no_leak(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Iterator[None]:
    """After each test: the key is in no log record, however low, and in no file it left."""
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path
            assert KEY not in path.name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test in whose report (stdout, stderr, log, traceback) the key can be read."""
    report = yield
    text = "".join(content for _, content in report.sections) + str(report.longrepr or "")
    if KEY in text and "no_leak" in getattr(item, "fixturenames", ()):
        report.outcome = "failed"
        report.longrepr = "the key can be read in this test's output:\n" + text.replace(
            KEY, "[key]"
        )
        report.sections = []
    return report
