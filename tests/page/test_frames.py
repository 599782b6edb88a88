"""Frames by index, in any order, are those that decoding from the beginning gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect

from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.page.frame_reader import open_reader, read_clip_ref
from speaker_boxes.page.frame_store import FrameStore, encode
from tests.conftest import Image
from tests.page.conftest import StartPicker
from tests.page.walking import at, look, open_page

N_FRAMES = 90


def numbered() -> list[Image]:
    """Frame i tells its number by the place of a square, which no codec loses."""
    images = []
    for i in range(N_FRAMES):
        image = np.full((96, 160, 3), 30, dtype=np.uint8)
        y, x = divmod(i, 15)
        image[16 * y : 16 * y + 12, 10 * x : 10 * x + 9] = 230
        images.append(image)
    return images


@pytest.mark.parametrize(
    "options",
    [
        {"g": "30", "bf": "3"},
        {"g": "30", "bf": "0"},
        {"g": "300", "bf": "2"},
        {"g": "30", "bf": "3", "x264-params": "open-gop=1:scenecut=0"},
    ],
    ids=["b-frames", "no b-frames", "one key frame", "open groups"],
)
def test_any_order_gives_the_same_frames(
    write_video: Callable[..., Path], options: dict[str, str]
) -> None:
    """Jumps, steps on and steps back."""
    clip = write_video(numbered(), options=options)
    with open_video(clip) as video:
        truth = [frame.picture.rgb() for frame in video.frames()]
    reader, index = open_reader(read_clip_ref(clip, clip.name, None))
    order = random.Random(1).sample(range(N_FRAMES), 30)
    order += [*range(50, 20, -1), *range(20, 50), 0, N_FRAMES - 1]

    assert index is not None
    for wanted in order:
        found = dict(reader.read_to(wanted))
        assert (found[wanted].rgb() == truth[wanted]).all()
        for frame, picture in found.items():
            assert (picture.rgb() == truth[frame]).all()
    reader.close()


def test_a_clip_whose_packets_say_nothing_is_counted_through(shared_media: Path) -> None:
    """A clock that starts again: there is no index, and frames are right nevertheless."""
    clip = shared_media / "reports" / "cat.ts"
    reader, index = open_reader(read_clip_ref(clip, clip.name, None))
    with open_video(clip) as video:
        truth = [frame.picture.luma(32, 18) for frame in video.frames()]

    assert index is None
    for wanted in (200, 20, 339):
        assert (dict(reader.read_to(wanted))[wanted].luma(32, 18) == truth[wanted]).all()
    reader.close()


def test_a_frame_that_is_not_there_is_said_to_be_missing(write_video: Callable[..., Path]) -> None:
    clip = write_video(6)
    reader, _ = open_reader(read_clip_ref(clip, clip.name, None))

    with pytest.raises(LookupError, match="frame 9 does not decode"):
        list(reader.read_to(9))


def test_the_store_gives_pictures_of_the_width_that_is_asked_for(
    write_video: Callable[..., Path],
) -> None:
    clip = write_video(numbered())
    ref = read_clip_ref(clip, clip.name, None)
    _, index = open_reader(ref)
    store = FrameStore(ref, index)
    try:
        sizes = [
            _size(encode(store.ask(40).result(), 80)),
            _size(encode(store.ask_likely(41).result(), 4000)),
            _size(store.ask_thumb(70).result()),
        ]
    finally:
        store.close()

    assert sizes == [(80, 48), (160, 96), (160, 96)]


def _size(jpeg: bytes) -> tuple[int, int]:
    image = cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.shape[1], image.shape[0]


def test_a_reader_that_is_left_on_its_way_gives_the_right_frames_afterwards(
    write_video: Callable[..., Path],
) -> None:
    """As when somebody jumps on before a picture is there."""
    clip = write_video(numbered(), options={"g": "300", "bf": "3"})
    with open_video(clip) as video:
        truth = [frame.picture.rgb() for frame in video.frames()]
    reader, _ = open_reader(read_clip_ref(clip, clip.name, None))
    chance = random.Random(2)

    for _ in range(40):
        left = reader.read_to(chance.randrange(N_FRAMES))
        for _ in range(chance.randrange(12)):
            if (found := next(left, None)) is not None:
                assert (found[1].rgb() == truth[found[0]]).all()
        wanted = chance.randrange(N_FRAMES)
        assert (dict(reader.read_to(wanted))[wanted].rgb() == truth[wanted]).all()
    reader.close()


def test_what_was_overtaken_is_given_later_and_what_was_cancelled_never(
    write_video: Callable[..., Path],
) -> None:
    clip = write_video(numbered(), options={"g": "300", "bf": "2"})
    ref = read_clip_ref(clip, clip.name, None)
    _, index = open_reader(ref)
    store = FrameStore(ref, index)
    try:
        asked = {frame: store.ask(frame) for frame in (89, 3, 60, 80, 10, 70)}
        asked[60].cancel()
        with open_video(clip) as video:
            truth = {frame.index: frame.picture.rgb() for frame in video.frames()}
        for frame, future in asked.items():
            if frame != 60:
                assert (future.result(timeout=60).rgb() == truth[frame]).all()
        assert asked[60].cancelled()
        with pytest.raises(LookupError):
            store.ask(N_FRAMES + 5).result(timeout=60)
    finally:
        store.close()


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("crop_sps.mp4", [30, 0]),
        ("noctts.mp4", [57, 5]),
        ("h264_intra_first.mp4", [16, 5, 0]),
        ("zs_libx265.mp4", [73, 40]),
        ("vp9_bad_packet.webm", [79, 12]),
    ],
)
def test_odd_clips_show_the_frames_that_are_counted(
    shared_media: Path, name: str, frames: list[int]
) -> None:
    """A click must be on the frame that was looked at, in its own pixels."""
    clip = shared_media / "reports" / name
    with open_video(clip) as video:
        counted = {f.index: f.picture.rgb() for f in video.frames() if f.index in frames}
    reader, _ = open_reader(read_clip_ref(clip, name, None))

    for frame in frames:
        index, picture = list(reader.read_to(frame))[-1]
        assert index == frame
        assert (picture.rgb() == counted[frame]).all()
    reader.close()


@pytest.mark.parametrize("n_packets", [60, 64, 86])
def test_a_short_stream_that_cannot_be_sought_is_read(
    write_video: Callable[..., Path], n_packets: int
) -> None:
    """A recording of a few frames that was cut off: FFmpeg refuses to seek in it."""
    rng = np.random.default_rng(3)
    noise = [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(8)]
    sound = {"audio_s": 0.3, "audio_codec": "mp2"}
    clip = write_video(noise, "clip.ts", codec="mpeg2video", options={"g": "4"}, **sound)
    clip.write_bytes(clip.read_bytes()[: 188 * n_packets])
    with open_video(clip) as video:
        truth = [frame.picture.rgb() for frame in video.frames()]
    reader, _ = open_reader(read_clip_ref(clip, clip.name, None))

    for wanted in (len(truth) - 1, 0, 1):
        assert (dict(reader.read_to(wanted))[wanted].rgb() == truth[wanted]).all()
    reader.close()


def test_times_are_those_of_the_clip(
    write_video: Callable[..., Path], start_picker: StartPicker, context: BrowserContext
) -> None:
    """As in turns and reports, of a clip that begins at 5 s."""
    clip = write_video(50, "late.mkv", ticks=range(5000, 7000, 40), time_base=Fraction(1, 1000))
    page = open_page(context, start_picker(clip))

    expect(page.locator("#time")).to_have_text("0:05.000")
    at(page, 30)
    expect(page.locator("#time")).to_have_text("0:06.200")
    look(page, "late")
