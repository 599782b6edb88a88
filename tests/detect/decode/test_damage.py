"""What is broken, lies or is no video: a count or one line, never an error of PyAV's."""

from __future__ import annotations

import logging
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.decode.source import choose_stream
from speaker_boxes.detect.decode.video import open_video, probe
from speaker_boxes.errors import VideoError, VideoOpenError
from tests.detect.decode.reading import shades, spoil_packet

WriteVideo = Callable[..., Path]


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
        (b"", "it is empty"),
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


def test_a_title_in_another_encoding_does_no_harm(write_video: WriteVideo) -> None:
    """Metadata that is no UTF-8 is not asked for, so it cannot be wrong."""
    path = write_video(3, "clip.mkv", title="GRUSSE-AUS-KOLN")
    path.write_bytes(
        path.read_bytes().replace(b"GRUSSE-AUS-KOLN", "GRÜSSE-AUS-KÖLN".encode("latin-1"))
    )

    assert probe(path).n_frames == 3


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
