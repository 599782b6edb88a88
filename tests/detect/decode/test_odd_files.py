"""Clips from public reports of trouble, each with the answer that is right for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.codec.context import Flags2

from speaker_boxes import VideoMetadata, open_video, probe
from speaker_boxes.detect.decode.chunk_plan import plan_chunks
from speaker_boxes.detect.decode.video import open_local
from speaker_boxes.fetch import Download

Image = npt.NDArray[np.uint8]
THREADS = [0, 1, 2, 3, 4, 8]


def count(path: Path, threads: int) -> VideoMetadata:
    with open_local(Download(path), path.name, threads=threads) as video:
        for _ in video.frames():
            pass
        return video.metadata()


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
    found = [count(shared_media / "reports" / name, threads) for threads in THREADS]

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

    found = [count(path, threads) for threads in THREADS]

    assert len({each.n_frames for each in found}) == 1
    assert len({(each.n_decode_errors, each.n_frames_lost) for each in found}) == 1


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
        return next(container.decode(stream)).to_ndarray(format="rgb24")


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
