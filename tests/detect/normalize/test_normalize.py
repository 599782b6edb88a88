"""After it, every reader counts the same frames, and pictures and sound are where they were."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.decode.video import open_video, probe
from speaker_boxes.detect.normalize.normalize import normalize
from speaker_boxes.errors import OutputError, VideoError

Image = npt.NDArray[np.uint8]
WriteVideo = Callable[..., Path]


def check_sound(path: Path) -> None:
    """All that is promised of a normalized file."""
    metadata = probe(path)
    capture = cv2.VideoCapture(str(path))
    n_opencv = 0
    while capture.read()[0]:
        n_opencv += 1
    capture.release()
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        picture = (video.codec_context.codec.canonical_name, video.codec_context.pix_fmt)

    assert metadata.n_frames == metadata.claims.n_frames == n_opencv
    assert (metadata.variable_rate, metadata.rotation, metadata.mirrored) == (False, 0, False)
    assert metadata.frame_rate == metadata.claims.frame_rate or metadata.frame_rate is None
    assert metadata.pixel_aspect_ratio == 1
    assert metadata.pts_s[0] == 0
    assert metadata.width % 2 == metadata.height % 2 == 0
    assert picture == ("h264", "yuv420p")
    assert path.read_bytes().find(b"moov") < path.read_bytes().find(b"mdat")


def pictures(path: Path) -> list[Image]:
    with open_video(path) as video:
        return [frame.picture.rgb() for frame in video.frames()]


def clicks_s(path: Path) -> list[float]:
    """Times at which the clicks of the test tone begin."""
    with av.open(str(path)) as container:
        loud: list[float] = []
        for frame in container.decode(audio=0):
            samples = np.abs(frame.to_ndarray().astype(np.float64).mean(axis=0))
            samples /= 32768 if frame.format.name.startswith("s16") else 1
            assert frame.time is not None
            loud += (frame.time + np.flatnonzero(samples > 0.3) / frame.sample_rate).tolist()
    return [t for before, t in zip([-1.0, *loud], loud, strict=False) if t - before > 0.5]


def test_a_clip_in_order_keeps_every_frame(write_video: WriteVideo, tmp_path: Path) -> None:
    """Same frames, same order, same rate."""
    clip, out = write_video(12), tmp_path / "out.mp4"

    done = normalize(clip, out)

    check_sound(out)
    assert (done.n_in, done.n_out, done.n_repeated, done.n_dropped) == (12, 12, 0, 0)
    assert (done.frame_rate, done.audio, done.cut_s) == (Fraction(25), "no sound", 0.0)
    assert [round(float(image.mean()) / 40) for image in pictures(out)] == [0, 1, 2, 3, 4, 5] * 2


def test_a_varying_rate_becomes_constant(write_video: WriteVideo, tmp_path: Path) -> None:
    """Frames are repeated and dropped by their own times, and counted."""
    ticks = [0, 40, 80, 90, 120, 240, 280]
    clip = write_video(7, ticks=ticks, time_base=Fraction(1, 1000))
    out = tmp_path / "out.mp4"

    done = normalize(clip, out, frame_rate=Fraction(25))

    check_sound(out)
    # 80 ms gives way to 90 ms, 120 ms stays for three ticks
    assert (done.n_in, done.n_out, done.n_repeated, done.n_dropped) == (7, 8, 2, 1)
    shades = [round(float(image.mean()) / 40) for image in pictures(out)]
    assert shades == [0, 1, 3, 4, 4, 4, 5, 0]


def test_lost_frames_do_not_slow_the_rate(write_video: WriteVideo, tmp_path: Path) -> None:
    """Of two seconds at 25 four frames are gone: a mean of 23.1, which would drop what is left."""
    ticks = [*range(20), *range(24, 50)]
    clip = write_video(46, ticks=ticks, time_base=Fraction(1, 25))

    done = normalize(clip, tmp_path / "new.mp4")

    assert done.frame_rate == 25
    assert (done.n_out, done.n_repeated, done.n_dropped) == (50, 4, 0)


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "30"])
def test_the_rate_can_be_asked_for(write_video: WriteVideo, tmp_path: Path, rate: str) -> None:
    """Exactly, NTSC rates as fractions, in the header and in the timestamps."""
    out = tmp_path / "out.mp4"

    normalize(write_video(50), out, frame_rate=Fraction(rate))

    check_sound(out)
    metadata = probe(out)
    assert metadata.frame_rate == metadata.claims.frame_rate == Fraction(rate)
    assert metadata.duration_s == pytest.approx(2, abs=0.5 / 24)


@pytest.mark.parametrize("mirrored", [False, True], ids=["plain", "mirrored"])
@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_pictures_are_written_upright(
    write_video: WriteVideo, tmp_path: Path, degrees: int, mirrored: bool
) -> None:
    """All eight orientations: the new file shows without any display matrix what the old did."""
    stored = np.zeros((48, 64, 3), dtype=np.uint8)
    stored[:24, :32], stored[:24, 32:], stored[24:, :32] = 80, 160, 240
    clip, out = write_video([stored] * 2, turn=(degrees, mirrored)), tmp_path / "out.mp4"

    normalize(clip, out)

    check_sound(out)
    difference = np.abs(pictures(out)[0].astype(int) - pictures(clip)[0])
    assert difference.mean() < 3


@pytest.mark.parametrize(
    ("pixel_aspect_ratio", "turn", "size"),
    [
        (Fraction(3, 2), None, (96, 48)),
        (Fraction(2, 3), None, (64, 72)),
        (Fraction(3, 2), (90, False), (48, 96)),
    ],
    ids=["wide", "tall", "wide, stored sideways"],
)
def test_pixels_become_square(
    write_video: WriteVideo,
    tmp_path: Path,
    pixel_aspect_ratio: Fraction,
    turn: tuple[int, bool] | None,
    size: tuple[int, int],
) -> None:
    """Nothing is made smaller: the side that was too short grows."""
    out = tmp_path / "out.mp4"

    done = normalize(write_video(2, pixel_aspect_ratio=pixel_aspect_ratio, turn=turn), out)

    check_sound(out)
    assert (done.width, done.height) == size


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "options"),
    [
        ("hd.mp4", "libx264", "yuv420p", {"x264-params": "colormatrix=bt709"}),
        ("full.mp4", "libx264", "yuvj420p", {}),
        ("ten.mkv", "libx265", "yuv420p10le", {"x265-params": "log-level=none"}),
        ("rgb.mkv", "ffv1", "bgr0", {}),
        ("palette.gif", "gif", "rgb8", {}),
    ],
    ids=["bt709", "full range", "10 bit", "rgb", "gif"],
)
def test_colours_stay(
    write_video: WriteVideo,
    tmp_path: Path,
    name: str,
    codec: str,
    pix_fmt: str,
    options: dict[str, str],
) -> None:
    """Whatever the clip's matrix, range and depth: it looks the same, within 4 levels of 255."""
    y, x = np.mgrid[0:47, 0:63].astype(np.float64)
    scene = np.stack([40 + 3 * x, 40 + 3 * y, 200 - 2 * x], axis=2).astype(np.uint8)
    scene = scene if pix_fmt in {"bgr0", "rgb8"} else scene[:46, :62]
    clip = write_video([scene] * 3, name, codec=codec, pix_fmt=pix_fmt, options=options)
    out = tmp_path / "out.mp4"

    normalize(clip, out)

    check_sound(out)
    # made small: a palette's dots are no colours of their own
    before, after = (
        np.asarray(cv2.resize(pictures(path)[1], (8, 6), interpolation=cv2.INTER_AREA), dtype=int)
        for path in (clip, out)
    )
    assert np.abs(after - before).mean() < 4


def test_a_new_resolution_is_scaled(write_video: WriteVideo, tmp_path: Path) -> None:
    """Frames after a change of size are scaled to the first one's."""
    large = write_video(4, "large.h264")
    small = write_video([np.full((24, 32, 3), 200, np.uint8)] * 3, "small.h264")
    concat, out = tmp_path / "joined.h264", tmp_path / "out.mp4"
    concat.write_bytes(large.read_bytes() + small.read_bytes())

    done = normalize(concat, out)

    check_sound(out)
    assert (done.n_out, done.width, done.height) == (7, 64, 48)


@pytest.mark.parametrize(
    ("name", "audio_codec", "how"),
    [
        ("clip.mp4", "aac", "sound copied"),
        ("clip.mkv", "aac", "sound copied"),
        ("clip.mkv", "pcm_s16le", "sound encoded"),
        ("clip.ts", "mp2", "sound encoded"),
    ],
    ids=["AAC in MP4", "AAC in Matroska", "PCM", "MP2 in a transport stream"],
)
@pytest.mark.parametrize(
    ("video_ms", "audio_s"), [(0, 0.0), (500, 0.0), (0, 0.3)],
    ids=["together", "sound first", "pictures first"],
)  # fmt: skip
def test_sound_stays_with_the_pictures(
    write_video: WriteVideo,
    tmp_path: Path,
    name: str,
    audio_codec: str,
    how: str,
    video_ms: int,
    audio_s: float,
) -> None:
    """A click is heard as long after the first frame as before, to within 5 ms."""
    ticks = [video_ms + 40 * index for index in range(80)]
    clip = write_video(
        80, name, ticks=ticks, time_base=Fraction(1, 1000), audio_s=3.2, audio_start_s=audio_s,
        audio_codec=audio_codec,
    )  # fmt: skip
    out = tmp_path / "out.mp4"
    began = float(probe(clip).pts_s[0])

    done = normalize(clip, out)

    check_sound(out)
    assert done.audio == how
    expected = [time - began for time in clicks_s(clip) if time - began > 0.05]
    heard = [time for time in clicks_s(out) if time > 0.05]
    assert len(expected) >= 2
    assert heard == pytest.approx(expected, abs=0.005)


def test_an_interrupt_leaves_nothing(write_video: WriteVideo, tmp_path: Path) -> None:
    """Ctrl-C while encoding: no new file, no parts, and an older file stays as it was."""
    clip, folder = write_video(30, audio_s=1.0), tmp_path / "results"
    folder.mkdir()
    out = folder / "out.mp4"
    out.write_text("old")

    def cancel(stage: str, done: int, total: int | None) -> None:
        if (stage, done) == ("encode", 20):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        normalize(clip, out, overwrite=True, progress=cancel)

    assert [path.name for path in folder.iterdir()] == ["out.mp4"]
    assert out.read_text() == "old"


FILL_THE_DISK = """
import resource, signal, sys
from speaker_boxes.detect.normalize.normalize import normalize
from speaker_boxes.errors import OutputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # or the system ends us instead of the write
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    normalize(sys.argv[1], sys.argv[2])
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited by POSIX means")
def test_a_full_disk_is_one_line(write_video: WriteVideo, tmp_path: Path) -> None:
    """The write fails in its middle: one line, nothing left."""
    rng = np.random.default_rng(0)
    clip = write_video([rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(40)])
    folder = tmp_path / "results"
    folder.mkdir()

    ended = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, clip, folder / "out.mp4"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ended.stdout == f"cannot write {folder / 'out.mp4'}: File too large\n"
    assert ended.returncode == 0
    assert list(folder.iterdir()) == []


def test_what_is_there_is_kept(write_video: WriteVideo, tmp_path: Path) -> None:
    """An existing file without leave, the clip itself even with it, a clip that is none."""
    clip, out = write_video(3), tmp_path / "out.mp4"
    out.write_text("old")

    with pytest.raises(OutputError, match="allow overwriting"):
        normalize(clip, out)
    with pytest.raises(OutputError, match="it is what is read"):
        normalize(clip, clip, overwrite=True)
    with pytest.raises(VideoError):
        normalize(out, tmp_path / "new.mp4")
    with pytest.raises(ValueError, match="rate must be from 1 to 120"):
        normalize(clip, tmp_path / "new.mp4", frame_rate=Fraction(0))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "out.mp4"]
    assert out.read_text() == "old"


def test_only_what_decodes_is_written(
    write_video: WriteVideo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A clip that breaks off gives as many frames as tracking it would, and says so once."""
    clip = write_video(40, options={"bf": "0"}, muxer={"movflags": "faststart"})
    clip.write_bytes(clip.read_bytes()[:-400])
    out = tmp_path / "out.mp4"

    done = normalize(clip, out)

    check_sound(out)
    assert done.n_out == done.n_in < 40
    assert caplog.text.count("the header claims 40") == 1


def test_a_rotation_that_is_ignored_is_said_once(
    write_video: WriteVideo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The clip is opened twice, to read all times and to encode."""
    normalize(write_video(3, turn=(30, False)), tmp_path / "out.mp4")

    assert caplog.text.count("its rotation is not a quarter turn") == 1


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("clips/streamio-awesome.mov", (123, 176, 53, 0)),
        ("clips/pyfeat-noface_face.mov", (169, 160, 4, 13)),
        ("awkward/rails-rect.mp4", (46, 126, 80, 0)),
        ("awkward/rails-rotated.mp4", (44, 120, 76, 0)),
        ("clips/androidx-topshots.mp4", (53, 54, 1, 0)),
        ("clips/fr-short-hamilton.mp4", (275, 275, 0, 0)),
        ("clips/lipnet-bbaf2n.mpg", (75, 75, 0, 0)),
    ],
)
def test_real_clips_become_regular(
    shared_media: Path, tmp_path: Path, name: str, counts: tuple[int, int, int, int]
) -> None:
    """Variable rate, turned, other pixels, two streams, a late start: all in order after it."""
    out = tmp_path / "out.mp4"

    done = normalize(shared_media / name, out)

    check_sound(out)
    assert (done.n_in, done.n_out, done.n_repeated, done.n_dropped) == counts
    assert done.n_out == probe(out).n_frames
