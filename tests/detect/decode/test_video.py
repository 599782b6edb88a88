"""Every frame once, in order, upright, with its own time; or one line that says why not."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.video import open_video, probe
from speaker_boxes.errors import VideoOpenError
from tests.detect.decode.reading import shades

WriteVideo = Callable[..., Path]


def test_every_frame_comes_once_and_in_order(write_video: WriteVideo) -> None:
    """Six frames in, six frames out, indices 0..5, each with its own brightness and time."""
    with open_video(write_video(6)) as video:
        frames = list(video.frames())

    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [round(float(f.picture.rgb().mean()) / 40) for f in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.time_s for frame in frames] == pytest.approx([i / 25 for i in range(6)])


def test_one_frame_is_a_clip(write_video: WriteVideo) -> None:
    """A single frame decodes; it has no rate."""
    metadata = probe(write_video(1))

    assert (metadata.n_frames, metadata.frame_rate, metadata.variable_rate) == (1, None, False)
    assert metadata.duration_s == 0


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("ten.mkv", "libx265", "yuv420p10le"),
        ("full.mp4", "libx264", "yuv444p"),
        ("rgb.mkv", "ffv1", "bgr0"),
        ("grey.mkv", "ffv1", "gray"),
        ("deep.mkv", "ffv1", "gray16le"),
        ("palette.gif", "gif", "rgb8"),
        ("lossless.mov", "png", "rgb24"),
        ("motion.avi", "mjpeg", "yuvj420p"),
        ("nine.webm", "libvpx-vp9", "yuv420p"),
        ("old.mpg", "mpeg1video", "yuv420p"),
    ],
)
def test_pixel_formats_decode(write_video: WriteVideo, name: str, codec: str, pix_fmt: str) -> None:
    """10 bit, 4:4:4, RGB, grey, palettes: the same frames in the same order."""
    options = {"x265-params": "log-level=none:qp=4"} if codec == "libx265" else {}
    path = write_video(6, name, codec=codec, pix_fmt=pix_fmt, options=options)

    assert shades(path) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("size", [(63, 47), (33, 48), (64, 17)], ids=str)
def test_odd_sizes_decode(write_video: WriteVideo, size: tuple[int, int]) -> None:
    """A width or height that colour planes cannot halve."""
    width, height = size
    images = [np.full((height, width, 3), 40 * i, dtype=np.uint8) for i in range(4)]
    path = write_video(images, "odd.mkv", codec="ffv1")

    with open_video(path) as video:
        pictures = [frame.picture for frame in video.frames()]

    assert [picture.rgb().shape for picture in pictures] == [(height, width, 3)] * 4
    for i, picture in enumerate(pictures):
        assert picture.resized_crop((0, 0, width, height), 8, 8).mean() == pytest.approx(
            40 * i, abs=3
        )


def test_a_new_resolution_is_scaled_to_the_first(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    """Two raw H.264 streams in a row: all frames count, in the first one's pixels, said once."""
    large = write_video(4, "large.h264")
    small = write_video([np.full((24, 32, 3), 200, np.uint8)] * 3, "small.h264")
    joined = large.with_name("joined.h264")
    joined.write_bytes(large.read_bytes() + small.read_bytes())

    with open_video(joined) as video:
        shapes = {frame.picture.rgb().shape for frame in video.frames()}
    metadata = probe(joined)

    assert (metadata.n_frames, metadata.n_resized) == (7, 3)
    assert (metadata.width, metadata.height) == (64, 48)
    assert shapes == {(48, 64, 3)}
    assert caplog.text.count("3 frames have another size than the clip") == 1


def test_a_cover_picture_is_never_chosen(write_video: WriteVideo) -> None:
    """Beside a video the video is taken, although the cover is larger."""
    metadata = probe(write_video(5, attached_pic=True))

    assert (metadata.n_frames, metadata.width) == (5, 64)
    assert [(s.kind, s.attached_pic, s.chosen) for s in metadata.streams] == [
        ("video", False, True),
        ("video", True, False),
    ]


def test_the_stream_can_be_chosen(write_video: WriteVideo) -> None:
    """``stream`` overrides FFmpeg's choice, and a wrong one is answered with the right ones."""
    path = write_video(5, attached_pic=True, audio_s=0.2)

    assert probe(path, stream_index=0).n_frames == 5
    with pytest.raises(VideoOpenError, match=r"stream 1 is no video; video: 0, 2"):
        open_video(path, stream_index=1)


@pytest.mark.parametrize(
    "name",
    ["a:b.mp4", "http:x.mp4", "100%d.mp4", "%03d.mp4", "two words.mp4", "Füße 話.mp4", "-i.mp4"],
)
def test_names_are_only_names(write_video: WriteVideo, name: str) -> None:
    """Colons, percent signs, spaces and letters of any script mean nothing."""
    assert probe(write_video(3, name)).n_frames == 3


def test_frames_come_once(write_video: WriteVideo) -> None:
    """A second walk, or metadata too early, is the caller's mistake."""
    with open_video(write_video(3)) as video:
        with pytest.raises(ValueError, match="metadata is known when"):
            video.metadata()
        list(video.frames())

        with pytest.raises(ValueError, match="each frame once"):
            video.frames()


def test_facts_outlive_the_file(write_video: WriteVideo) -> None:
    """What was seen can be asked for after the clip was closed."""
    with open_video(write_video(3)) as video:
        list(video.frames())

    metadata = video.metadata()
    assert [stream.codec for stream in metadata.streams] == ["h264"]
    assert metadata.claims.n_frames == 3


def test_frames_hold_no_more_than_is_kept(write_video: WriteVideo) -> None:
    """Walking a clip leaves one or two pictures alive at a time, not all."""
    with open_video(write_video(30)) as video:
        seen: list[weakref.ref[FrameImage]] = []
        most = 0
        for frame in video.frames():
            seen.append(weakref.ref(frame.picture))
            most = max(most, sum(picture() is not None for picture in seen))

    assert len(seen) == 30
    assert most <= 2
