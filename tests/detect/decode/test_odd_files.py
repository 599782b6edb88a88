"""Clips from public reports of trouble, each with the answer that is right for it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from av.codec.context import Flags2

from speaker_boxes import (
    Cache,
    DetectionOptions,
    VideoDecodeError,
    VideoError,
    VideoOpenError,
    find_faces,
    normalize,
    open_video,
    probe,
)
from speaker_boxes.detect.decode.audio_duration import audio_duration
from speaker_boxes.detect.decode.chunk_plan import plan_chunks
from tests.detect.decode.reading import read_through

Image = npt.NDArray[np.uint8]
THREADS = [0, 1, 2, 3, 4, 8]


@pytest.mark.parametrize(
    ("name", "n_frames"),
    [
        # OpenCV and FFmpeg give 79, 79 and 17 with two threads; what was sent before the broken
        # packet is 80 and 81
        ("vp9_bad_packet.webm", 80),
        ("av1_bad_packet.mkv", 81),
        ("h264_intra_first.mp4", 17),
        ("zs_libx265.mp4", 74),
        ("late_stream.mp4", 358),
    ],
)
def test_the_count_does_not_depend_on_threads(shared_media: Path, name: str, n_frames: int) -> None:
    """The frames up to the first packet that does not decode, whoever decodes them."""
    found = [read_through(shared_media / "reports" / name, threads) for threads in THREADS]

    assert [each.n_frames for each in found] == [n_frames] * len(THREADS)
    assert len({(each.n_decode_errors, each.n_frames_lost) for each in found}) == 1
    assert all((each.pts_s == found[0].pts_s).all() for each in found)


@pytest.mark.parametrize("codec", ["libvpx-vp9", "libsvtav1", "mpeg4", "libx264"])
@pytest.mark.parametrize("broken_at", [7, 21])
def test_a_broken_packet_ends_every_codec_alike(
    write_video: Callable[..., Path], codec: str, broken_at: int
) -> None:
    """One packet of a made clip is filled with a byte: one number for any threads."""
    path = fill_packet(write_video(moving(40), "clip.mkv", codec=codec, options={}), broken_at)

    found = [read_through(path, threads) for threads in THREADS]

    assert len({each.n_frames for each in found}) == 1
    assert len({(each.n_decode_errors, each.n_frames_lost) for each in found}) == 1


@pytest.mark.parametrize("empty", [11, 24])
@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [
        ("libx264", "yuv420p"), ("libx265", "yuv420p"), ("mpeg4", "yuv420p"),
        ("mpeg2video", "yuv420p"), ("mjpeg", "yuvj420p"),
        ("libsvtav1", "yuv420p"), ("libvpx-vp9", "yuv420p"),
    ],
)  # fmt: skip
def test_an_empty_sample_is_skipped(
    write_video: Callable[..., Path], codec: str, pix_fmt: str, empty: int
) -> None:
    """A recorder left a picture out: those after it are there."""
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = write_video(moving(25), codec=codec, pix_fmt=pix_fmt, options=quiet)

    empty_sample(path, empty)

    found = [read_through(path, threads) for threads in THREADS]
    assert [(each.n_frames, each.n_decode_errors) for each in found] == [(24, 0)] * len(THREADS)


def empty_sample(path: Path, index: int) -> None:
    """Take the bytes of one sample out of an MP4 with one track, whose table then says 0."""
    data = bytearray(path.read_bytes())
    table = data.index(b"stsz") + 16
    n_samples = int.from_bytes(data[table - 4 : table])
    sizes = struct.unpack(f">{n_samples}I", data[table : table + 4 * n_samples])
    first = data.index(b"mdat") + 4
    data[table + 4 * index : table + 4 * index + 4] = bytes(4)
    size = int.from_bytes(data[first - 8 : first - 4]) - sizes[index]
    data[first - 8 : first - 4] = size.to_bytes(4)
    begin = first + sum(sizes[:index])
    del data[begin : begin + sizes[index]]
    path.write_bytes(data)


def moving(n_frames: int) -> list[Image]:
    """Noise that drifts, so that every packet holds something."""
    noise = np.random.default_rng(1).integers(0, 255, (96, 400, 3), dtype=np.uint8)
    return [np.ascontiguousarray(noise[:, 3 * i : 3 * i + 128]) for i in range(n_frames)]


def fill_packet(path: Path, index: int) -> Path:
    """Overwrite a packet of the file with one byte, but for its first."""
    with av.open(str(path)) as container:
        found = [bytes(packet) for packet in container.demux(video=0)]
        data = next(each for each in found[index:] if len(each) > 99)
    content = path.read_bytes()
    assert content.count(data) == 1
    path.write_bytes(content.replace(data, b"\xa5" * len(data)))
    return path


def test_a_crop_on_the_left_is_met_exactly(shared_media: Path) -> None:
    """The parameter set cuts off 40 pixels on the left and 20 above: 600 wide, none moved."""
    path = shared_media / "reports" / "crop_sps.mp4"

    with open_video(path) as video:
        first = next(video.frames()).picture.rgb()

    assert (video.width, video.height) == (600, 340)
    assert (first == uncropped(path)[20:360, 40:640]).all()


def uncropped(path: Path) -> Image:
    """The first picture with what the parameter set cuts off."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.flags2 |= Flags2.ignore_crop
        return np.asarray(next(container.decode(stream)).to_ndarray(format="rgb24"), np.uint8)


def test_small_first_frames_do_not_set_the_size(shared_media: Path) -> None:
    """A WebRTC recording begins small: boxes are in the header's pixels, as OpenCV's are."""
    metadata = probe(shared_media / "reports" / "hdr_large.webm")

    assert (metadata.width, metadata.height) == (1280, 720)
    assert metadata.n_frames == 170
    assert 0 < metadata.n_resized < 170


def test_a_matrix_that_scales_turns_too(shared_media: Path) -> None:
    """Turned and made twice as large is turned."""
    plain, scaled = (
        probe(shared_media / "reports" / name) for name in ("rot90.mp4", "rot90x2.mp4")
    )

    assert (scaled.width, scaled.height) == (plain.width, plain.height)
    assert scaled.rotation == plain.rotation != 0


def test_a_late_stream_is_no_error_anywhere(shared_media: Path) -> None:
    """A stream that appears while packets are read: PyAV raises IndexError at the end."""
    path = shared_media / "reports" / "late_stream.mp4"

    assert probe(path).n_frames == 358
    assert plan_chunks(path, path.name, 1, min_frames=10) == ()  # one key frame


@pytest.mark.parametrize("pixel_format", ["rgb4", "bgr4"])
def test_pictures_that_cannot_be_converted_are_one_line(tmp_path: Path, pixel_format: str) -> None:
    """They decode, and FFmpeg has no way to any other form: no bare OSError."""
    path = tmp_path / "raw.nut"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixel_format
        for index in range(3):
            frame = av.VideoFrame(64, 48, pixel_format)
            frame.pts = index
            container.mux(stream.encode(frame))

    with open_video(path) as video, pytest.raises(VideoDecodeError, match=pixel_format):
        next(video.frames()).picture.rgb()
    with pytest.raises(VideoDecodeError, match=pixel_format):
        normalize(path, tmp_path / "out.mp4")
    with pytest.raises(VideoDecodeError, match=pixel_format):
        find_faces(path)


def test_a_clip_that_is_replaced_is_noticed(
    write_video: Callable[..., Path], tmp_path: Path
) -> None:
    """Other frames under the digest of these would be kept for both clips."""
    clip, other = write_video(40), write_video(moving(60), "other.mp4")
    cache = Cache(tmp_path / "kept")

    def replace_it(stage: str, done: int, total: int | None) -> None:
        if other.exists():
            other.replace(clip)

    with pytest.raises(VideoDecodeError, match=r"clip\.mp4 changed while it was read"):
        find_faces(clip, DetectionOptions(cache=cache, progress=replace_it))

    assert not list(cache.folder.rglob("*.npz"))
    assert find_faces(clip, DetectionOptions(cache=cache)).video.n_frames == 60


@pytest.mark.parametrize("read", [probe, normalize], ids=["probe", "normalize"])
def test_a_clip_that_grows_is_noticed(
    write_video: Callable[..., Path], tmp_path: Path, read: Callable[..., object]
) -> None:
    """A recorder is still writing it."""
    clip = write_video(40, "clip.ts")

    def write_on(stage: str, done: int, total: int | None) -> None:
        with clip.open("ab") as file:
            file.write(b"\0")

    outputs = [tmp_path / "out.mp4"] if read is normalize else []

    with pytest.raises(VideoDecodeError, match="changed while it was read"):
        read(clip, *outputs, progress=write_on)

    assert not (tmp_path / "out.mp4").exists()


def test_a_clip_that_is_too_large_is_one_line(tmp_path: Path) -> None:
    """A GIF of a few bytes whose header asks for 13 GB a frame."""
    path = tmp_path / "large.gif"
    picture = b",\0\0\0\0\1\0\1\0\0\2\2L\1\0"
    path.write_bytes(b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + b"\x80\0\0" + b"\0" * 6)
    with path.open("ab") as file:
        file.write(picture * 3 + b";")

    with pytest.raises(VideoError, match=r"large\.gif"):
        probe(path)


@pytest.mark.parametrize(
    ("name", "n_frames"), [("thin_8192x16.mkv", 25), ("wide_43777x160.gif", 20)]
)
def test_thin_clips_are_searched(shared_media: Path, name: str, n_frames: int) -> None:
    """In seconds; every frame counts."""
    assert find_faces(shared_media / "reports" / name).video.n_frames == n_frames


@pytest.mark.parametrize("name", ["picture.jpg", "picture.jpeg", "picture", "p%03d.jpg"])
def test_a_jpeg_is_a_clip_of_one_frame(tmp_path: Path, name: str) -> None:
    """As a PNG or WebP is, whatever its name; no list of pictures."""
    path = tmp_path / name
    path.write_bytes(cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes())

    metadata = probe(path)

    assert (metadata.n_frames, metadata.width, metadata.height) == (1, 64, 48)


def test_sound_of_an_unknown_codec_is_one_line(write_video: Callable[..., Path]) -> None:
    """Found by damaging clips: no AttributeError."""
    path = write_video(3, "clip.mov", audio_s=0.3, audio_codec="pcm_s16le")
    path.write_bytes(path.read_bytes().replace(b"sowt", b"zzzz"))

    with pytest.raises(VideoOpenError, match="no decoder for the codec of its sound"):
        audio_duration(path, path.name)
