"""Every frame once, in order, upright, with its own time; or one line that says why not."""

from __future__ import annotations

import logging
import struct
import subprocess
import sys
import weakref
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.metadata import VideoMetadata, measure_frame_rate
from speaker_boxes.detect.decode.source import choose_stream
from speaker_boxes.detect.decode.video import open_video, probe
from speaker_boxes.errors import VideoDecodeError, VideoError, VideoOpenError

Image = npt.NDArray[np.uint8]
WriteVideo = Callable[..., Path]


def shades(path: Path) -> list[int]:
    """The grey of each frame, in steps of 40."""
    with open_video(path) as video:
        return [round(float(frame.picture.rgb().mean()) / 40) for frame in video.frames()]


def count_with_opencv(path: Path) -> int:
    """Number of frames that another reader gives."""
    capture = cv2.VideoCapture(str(path))
    n_frames = 0
    while capture.read()[0]:
        n_frames += 1
    capture.release()
    return n_frames


def spoil_packet(path: Path, index: int) -> None:
    """Overwrite one packet of the first video stream in its file."""
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    first, size = packets[index]
    assert first is not None
    data = bytearray(path.read_bytes())
    data[first : first + size] = b"\xff" * size
    path.write_bytes(data)


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


def test_variable_rate_is_seen_in_the_timestamps(write_video: WriteVideo) -> None:
    """Times are those of the frames, not multiples of a rate."""
    path = write_video(5, ticks=[0, 40, 90, 240, 280], time_base=Fraction(1, 1000))

    metadata = probe(path)

    assert metadata.variable_rate
    assert metadata.pts_s.tolist() == pytest.approx([0, 0.04, 0.09, 0.24, 0.28])
    assert metadata.frame_rate == Fraction(4) / Fraction(28, 100)


def test_a_late_start_is_kept(write_video: WriteVideo) -> None:
    """The first frame's time need not be 0."""
    path = write_video(4, "late.mkv", ticks=[500, 540, 580, 620], time_base=Fraction(1, 1000))

    metadata = probe(path)

    assert metadata.pts_s.tolist() == pytest.approx([0.5, 0.54, 0.58, 0.62])
    assert (metadata.frame_rate, metadata.variable_rate) == (Fraction(25), False)


@pytest.mark.parametrize("mirrored", [False, True], ids=["plain", "mirrored"])
@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_pictures_stand_upright(write_video: WriteVideo, degrees: int, mirrored: bool) -> None:
    """All eight orientations, against turning the stored pixels with NumPy."""
    stored = np.zeros((48, 64, 3), dtype=np.uint8)
    stored[:24, :32], stored[:24, 32:], stored[24:, :32] = 80, 160, 240
    upright = np.rot90(stored, degrees // 90)
    upright = upright[:, ::-1] if mirrored else upright
    path = write_video([stored] * 3, turn=(degrees, mirrored))

    with open_video(path) as video:
        images = [frame.picture.rgb() for frame in video.frames()]
        metadata = video.metadata()

    assert (metadata.height, metadata.width) == upright.shape[:2]
    assert metadata.mirrored == mirrored
    for image in images:
        assert np.abs(image.astype(int) - upright).mean() < 6
    turned = stored[:, ::-1] if metadata.mirrored else stored
    assert (np.rot90(turned, metadata.rotation // 90) == upright).all()


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_opencv_turns_pictures_the_same_way(write_video: WriteVideo, degrees: int) -> None:
    """The reader that most people compare with shows the same picture."""
    ramp = np.linspace(20, 220, 64 * 48).reshape(48, 64).astype(np.uint8)
    path = write_video([np.repeat(ramp[..., None], 3, axis=2)] * 2, turn=(degrees, False))
    with open_video(path) as video:
        ours = next(video.frames()).picture.rgb()
    capture = cv2.VideoCapture(str(path))
    theirs = np.asarray(capture.read()[1])
    capture.release()

    assert np.abs(ours.astype(int) - theirs[..., ::-1]).max() <= 4


def test_a_slanted_display_matrix_is_ignored_and_said(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    """A turn of 30 degrees is no way to hold a camera: the picture stays as it is stored."""
    metadata = probe(write_video(2, turn=(30, False)))

    assert (metadata.rotation, metadata.mirrored, metadata.width) == (0, False, 64)
    assert "not a quarter turn" in caplog.text


def test_pixel_aspect_is_told_upright(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    """Pixels that are 3:2 as stored are 2:3 when the picture is turned by a quarter."""
    path = write_video(2, pixel_aspect_ratio=Fraction(3, 2))
    turned = write_video(2, "turned.mp4", pixel_aspect_ratio=Fraction(3, 2), turn=(90, False))

    assert probe(path).pixel_aspect_ratio == Fraction(3, 2)
    assert probe(turned).pixel_aspect_ratio == Fraction(2, 3)
    assert "its pixels are not square (3:2)" in caplog.text


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


def test_missing_timestamps_are_counted_on(write_video: WriteVideo) -> None:
    """A raw stream has no times of its own: they rise by a frame's length."""
    metadata = probe(write_video(6, "raw.h264"))

    assert metadata.n_frames == 6
    assert np.diff(metadata.pts_s).tolist() == pytest.approx([1 / 25] * 5)


@pytest.mark.parametrize("broken", [8, 37, 39])
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_decoding_ends_at_a_broken_frame(
    write_video: WriteVideo,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: int,
    threads: int,
) -> None:
    """What decodes before it stays, the rest is counted and said; for any number of threads."""

    def choose(container: av.container.InputContainer, name: str, index: int | None) -> object:
        stream = choose_stream(container, name, index)
        stream.codec_context.thread_count = threads
        return stream

    monkeypatch.setattr("speaker_boxes.detect.decode.video.choose_stream", choose)
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(40)]
    path = write_video(noise, options={"bf": "0", "g": "100"})
    spoil_packet(path, broken)

    metadata = probe(path)

    assert metadata.n_frames == broken
    assert (metadata.n_decode_errors, metadata.n_frames_lost) == (1, 39 - broken)
    assert caplog.text.count(f"decoding broke after {broken} frames") == 1


def test_a_header_that_lies_is_not_believed(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that was cut short: its header still claims all frames; those that decode count."""
    path = write_video(40, options={"bf": "0"}, muxer={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[:-400])

    metadata = probe(path)

    assert metadata.claims.n_frames == 40
    assert 0 < metadata.n_frames < 40
    assert metadata.n_frames == len(shades(path))
    assert "the header claims 40" in caplog.text


def test_a_cover_picture_is_never_chosen(write_video: WriteVideo) -> None:
    """Beside a video the video is taken, although the cover is larger."""
    metadata = probe(write_video(5, attached_pic=True))

    assert (metadata.n_frames, metadata.width) == (5, 64)
    assert [(s.kind, s.attached_pic, s.chosen) for s in metadata.streams] == [
        ("video", False, True),
        ("video", True, False),
    ]


def test_a_cover_alone_is_no_video(tmp_path: Path) -> None:
    """A song with its picture is refused."""
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        attached_pic = container.add_stream("mjpeg", rate=1)
        attached_pic.width, attached_pic.height, attached_pic.pix_fmt = 64, 48, "yuvj420p"
        attached_pic.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        frame.pts = 0
        container.mux(attached_pic.encode(frame) + attached_pic.encode(None))

    with pytest.raises(VideoOpenError, match="its only video is a cover picture"):
        open_video(path)


def test_the_stream_can_be_chosen(write_video: WriteVideo) -> None:
    """``stream`` overrides FFmpeg's choice, and a wrong one is answered with the right ones."""
    path = write_video(5, attached_pic=True, audio_s=0.2)

    assert probe(path, stream_index=0).n_frames == 5
    with pytest.raises(VideoOpenError, match=r"stream 1 is no video; video: 0, 2"):
        open_video(path, stream_index=1)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    """A file without any video stream is refused."""
    path = tmp_path / "sound.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        audio = container.add_stream("aac", rate=44_100, layout="mono")
        tone = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        tone.sample_rate = 44_100
        container.mux(audio.encode(tone) + audio.encode(None))

    with pytest.raises(VideoOpenError, match="it has no video stream"):
        open_video(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is damaged, or no video that FFmpeg knows"),
        (b"%PDF-1.7 " * 99, "it is damaged, or no video that FFmpeg knows"),
        (b"only words\n" * 99, "it is damaged, or no video that FFmpeg knows"),
    ],
    ids=["empty", "another kind", "text"],
)
def test_what_is_no_video_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    """The message names the file and what is wrong with it."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)

    with pytest.raises(VideoOpenError) as caught:
        open_video(path)

    assert str(caught.value) == f"cannot open {path}: {message}"


def test_a_text_is_not_drawn_as_a_film(tmp_path: Path) -> None:
    """FFmpeg would turn any .txt into pictures of its letters."""
    path = tmp_path / "notes.txt"
    path.write_text("what was said\n" * 500)

    with pytest.raises(VideoOpenError):
        open_video(path)


def test_no_such_file_and_folders_are_named(tmp_path: Path) -> None:
    """Each refusal says which path and why."""
    missing = tmp_path / "absent.mp4"

    with pytest.raises(VideoOpenError, match="no such file") as caught:
        open_video(missing)
    with pytest.raises(VideoOpenError, match="it is a folder"):
        open_video(tmp_path)
    with pytest.raises(VideoOpenError, match="it is no file"):
        open_video("/dev/null")
    assert str(caught.value) == f"cannot open {missing}: no such file"


@pytest.mark.parametrize(
    "name",
    ["a:b.mp4", "http:x.mp4", "100%d.mp4", "%03d.mp4", "two words.mp4", "Füße 話.mp4", "-i.mp4"],
)
def test_names_are_only_names(write_video: WriteVideo, name: str) -> None:
    """Colons, percent signs, spaces and letters of any script mean nothing."""
    assert probe(write_video(3, name)).n_frames == 3


def test_a_title_in_another_encoding_does_no_harm(write_video: WriteVideo) -> None:
    """Metadata that is no UTF-8 is not asked for, so it cannot be wrong."""
    path = write_video(3, "clip.mkv", title="GRUSSE-AUS-KOLN")
    path.write_bytes(
        path.read_bytes().replace(b"GRUSSE-AUS-KOLN", "GRÜSSE-AUS-KÖLN".encode("latin-1"))
    )

    assert probe(path).n_frames == 3


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


def test_an_icc_profile_does_not_crash(write_video: WriteVideo, tmp_path: Path) -> None:
    """PyAV's own side data frees a profile's metadata twice; run apart, as it would kill us."""
    profile = tmp_path / "profile.png"
    _write_png_with_profile(profile)
    script = (
        "import gc, sys\n"
        "from speaker_boxes.detect.decode.video import probe\n"
        "print(probe(sys.argv[1]).n_frames)\n"
        "gc.collect()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, profile], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (0, "1\n")


def _write_png_with_profile(path: Path) -> None:
    """A PNG with an iCCP chunk: a name, a zero, the method, and a deflated profile."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(24) for _ in range(8))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(128)))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


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


@pytest.mark.parametrize(
    ("ticks", "time_base", "claimed", "rate", "variable"),
    [
        ([0, 33, 67, 100, 133, 167], Fraction(1, 1000), Fraction(30), Fraction(30), False),
        ([0, 1, 2, 3], Fraction(1001, 30000), None, Fraction(30000, 1001), False),
        ([0, 1, 2, 4], Fraction(1, 25), Fraction(25), Fraction(75, 4), True),
        ([0, 40, 80, 120], Fraction(1, 1000), Fraction(30), Fraction(25), False),
        ([0, 40, 80, 200], Fraction(1, 1000), None, Fraction(15), True),
        ([7], Fraction(1, 25), Fraction(25), None, False),
        ([5, 5, 5], Fraction(1, 25), None, None, False),
    ],
    ids=["ms", "ticks are frames", "one dropped", "claim is wrong", "pause", "one", "still"],
)
def test_rates_come_from_timestamps(
    ticks: list[int],
    time_base: Fraction,
    claimed: Fraction | None,
    rate: Fraction | None,
    variable: bool,
) -> None:
    """A claim is taken only where the times agree with it to within their own rounding."""
    assert measure_frame_rate(np.array(ticks), time_base, claimed) == (rate, variable)


COUNTS = {
    "clips/fr-short-hamilton.mp4": 275,
    "clips/visualvoice-interview.mp4": 438,
    "clips/latentsync-2.mp4": 502,
    "clips/latentsync-3.mp4": 600,
    "clips/pyfeat-noface_face.mov": 169,
    "clips/pyfeat-pexels.mp4": 472,
    "clips/streamio-sideways.mov": 25,
    "clips/streamio-awesome.mov": 123,
    "clips/intel-asl-again.mkv": 77,
    "clips/intel-prev-facewalkpause.gif": 41,
    "clips/androidx-topshots.mp4": 53,
    "clips/facenet-video.mp4": 105,
    "clips/moviepy-chaplin.mp4": 241,
    "clips/lipnet-bbaf2n.mpg": 75,
    "awkward/rails-rotated.mp4": 44,
    "awkward/rails-rect.mp4": 46,
    "awkward/streamio-data-streams.mp4": 309,
    "awkward/androidx-iibbibb.mp4": 12,
    "awkward/androidx-edit_positive.mp4": 270,
    "awkward/torchcodec-nasa.mp4": 390,
    "awkward/autoeditor-attached.mp4": 60,
    "awkward/pyfeat-no_face.mp4": 95,
    "awkward/torchcodec-av1.mkv": 125,
    "awkward/torchcodec-h26510.mp4": 30,
    "awkward/mp4parse-no-timescale.mp4": 8,
    "awkward/decord-corrupted.mp4": 28,
}
"""Frames that decode, from the table beside the clips (made with PyAV 18.1)."""
REFUSED = ["rails-novideo.mp4", "streamio-broken.mp4", "streamio-empty.flv", "php-wrongfile.mp4"]
OPENCV_DIFFERS = {
    "awkward/torchcodec-nasa.mp4",  # takes the first stream
    "awkward/torchcodec-av1.mkv",  # the FFmpeg in its wheel has no AV1 decoder
}


@pytest.mark.parametrize("name", COUNTS)
def test_real_clips_give_their_count(shared_media: Path, name: str) -> None:
    """As many frames as the table says, and as OpenCV reads."""
    metadata = probe(shared_media / name)

    assert metadata.n_frames == COUNTS[name]
    if name not in OPENCV_DIFFERS:
        assert count_with_opencv(shared_media / name) == metadata.n_frames


def test_the_table_is_complete(shared_media: Path) -> None:
    """No clip of the folders goes untested."""
    there = {
        f"{folder}/{path.name}"
        for folder in ("clips", "awkward")
        for path in (shared_media / folder).iterdir()
    }

    assert there == {*COUNTS, *(f"awkward/{name}" for name in [*REFUSED, "mp4parse-zero-stsc.mp4"])}


@pytest.mark.parametrize("name", REFUSED)
def test_real_files_that_are_no_clips_are_refused(shared_media: Path, name: str) -> None:
    """One line, of our own tree."""
    with pytest.raises(VideoOpenError) as caught:
        probe(shared_media / "awkward" / name)

    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_clip_without_a_frame_is_refused(shared_media: Path) -> None:
    """It opens and its header claims 1040 frames, but nothing decodes."""
    with pytest.raises(VideoDecodeError, match="not one frame comes out"):
        probe(shared_media / "awkward" / "mp4parse-zero-stsc.mp4")


def test_the_first_stream_of_two_can_be_asked_for(shared_media: Path) -> None:
    """By FFmpeg's own choice the second, better one is taken."""
    path = shared_media / "awkward" / "torchcodec-nasa.mp4"

    assert probe(path, stream_index=0).n_frames == 325


def test_errors_of_av_do_not_leak(write_video: WriteVideo) -> None:
    """A clip cut anywhere gives a count or an error of ours, never one of PyAV's."""
    data = write_video(12).read_bytes()
    path = write_video(1).with_name("cut.mp4")
    outcomes: list[VideoMetadata | VideoError] = []
    logging.disable(logging.WARNING)
    for end in range(0, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:end])
        try:
            outcomes.append(probe(path))
        except VideoError as error:
            outcomes.append(error)
    logging.disable(logging.NOTSET)

    assert len(outcomes) >= 40
