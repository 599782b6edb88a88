"""Damaged clips and pictures: a result or an error of ours, soon, and in little memory.

Bounded and seeded; ``SPEAKER_BOXES_FUZZ=20000`` makes its share of as many inputs. Each worker
process reads them one after the other: a crash, a hang or 2 GB ends it, and names the input.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tests.fuzz.damage import MAX_BYTES, MAX_S, n_inputs

N_INPUTS = n_inputs(150)

READER = """
import os, signal, sys
from pathlib import Path
import speaker_boxes
from speaker_boxes import SpeakerBoxesError
from speaker_boxes.detect.decode.audio_duration import audio_duration
from speaker_boxes.detect.decode.chunk_plan import plan_chunks
from speaker_boxes.detect.scan.reference_face import read_picture
from speaker_boxes.page.frame_reader import open_reader
from speaker_boxes.track.speech.sound import read_sound
from tests.fuzz.damage import peak_bytes

kind, folder, max_s, max_bytes = sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:])

def read(path):
    if kind == "picture":
        read_picture(path)
    elif kind == "normalize":
        speaker_boxes.normalize(path, folder / "out.mp4", overwrite=True)
    else:
        with speaker_boxes.open_video(path) as video:
            for frame in video.frames():
                frame.picture.resized_crop((0, 0, video.width, video.height), 128, 128)
            video.metadata()
            ref = video.clip_ref()
        plan_chunks(ref.path, ref.name, ref.stream_index, min_frames=10)
        read_sound(path, path.name)
        by_index(ref)
        audio_duration(path, path.name)

def by_index(ref):
    reader = open_reader(ref)[0]
    try:
        for index in (3, 0, 7):
            list(reader.read_to(index))
    except LookupError:  # it has no such frame
        pass
    finally:
        reader.close()

# the system ends the process, which a handler in Python could not while C code hangs
signal.signal(signal.SIGALRM, signal.SIG_DFL)
for path in sorted(folder.glob("in-*")):
    os.write(1, f"\\n{path.name}".encode())
    signal.alarm(max_s)
    try:
        read(path)
    except SpeakerBoxesError as error:
        assert "\\n" not in str(error).replace(str(path), ""), repr(error)
    signal.alarm(0)
    assert peak_bytes() < max_bytes, f"{peak_bytes()} bytes"
os.write(1, b"\\ndone")
"""


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Bytes changed, cut out, doubled, set to the ends of their range; or the end cut off."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 8))):
        # half of the hits are where headers stand
        at = int(rng.integers(min(2000, len(out)) if rng.random() < 0.5 else len(out)))
        length = int(rng.integers(1, 9))
        kind = int(rng.integers(6))
        if kind == 0:
            out[at] = int(rng.integers(256))
        elif kind == 1:
            out[at : at + length] = rng.bytes(length)
        elif kind == 2:
            out[at : at + 4] = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"][length % 3]
        elif kind == 3:
            del out[at : at + length * 8]
        elif kind == 4:
            out[at:at] = out[at : at + length * 8]
        elif rng.random() < 0.3:
            del out[max(1, at) :]
        if not out:
            out.append(0)
    return bytes(out)


def check_all(kind: str, seeds: list[Path], folder: Path, n_inputs: int) -> None:
    """Have damaged copies of files read in a process of its own."""
    rng = np.random.default_rng(17)
    for first in range(0, n_inputs, 500):
        for old in folder.glob("in-*"):
            old.unlink()
        for i in range(first, min(first + 500, n_inputs)):
            seed = seeds[i % len(seeds)]
            (folder / f"in-{i:06d}{seed.suffix}").write_bytes(damaged(seed.read_bytes(), rng))
        ended = subprocess.run(
            [sys.executable, "-c", READER, kind, str(folder), str(MAX_S), str(MAX_BYTES)],
            capture_output=True,
            text=True,
            errors="replace",
        )
        last = ended.stdout.splitlines()[-1:]
        assert last == ["done"], f"{last} status {ended.returncode}\n{ended.stderr[-3000:]}"
        assert ended.returncode == 0


def noise(n_frames: int) -> list[npt.NDArray[np.uint8]]:
    rng = np.random.default_rng(3)
    return [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(n_frames)]


def options(codec: str, audio: str) -> dict[str, object]:
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    sound = {"audio_s": 0.3, "audio_codec": audio} if audio else {}
    return {"options": quiet or {"g": "4"}, **sound}


@pytest.fixture
def clips(write_video: Callable[..., Path]) -> list[Path]:
    """A small clip of each kind."""
    made = [
        ("a.mp4", "libx264", "yuv420p", "aac"), ("b.mkv", "libx265", "yuv420p", "flac"),
        ("c.webm", "libvpx-vp9", "yuv420p", ""), ("d.avi", "mpeg4", "yuv420p", "libmp3lame"),
        ("e.ts", "mpeg2video", "yuv420p", "mp2"), ("f.mov", "mjpeg", "yuvj420p", "pcm_s16le"),
        ("g.gif", "gif", "rgb8", ""), ("h.mkv", "libsvtav1", "yuv420p", "aac"),
        ("i.flv", "flv1", "yuv420p", "aac"), ("j.mkv", "ffv1", "yuv444p", "ac3"),
    ]  # fmt: skip
    return [
        write_video(noise(8), name, codec=codec, pix_fmt=pix_fmt, **options(codec, audio))
        for name, codec, pix_fmt, audio in made
    ]


@pytest.mark.parametrize("kind", ["decode", "normalize"])
def test_damaged_clips_are_read_or_refused(clips: list[Path], tmp_path: Path, kind: str) -> None:
    """Whatever the container and the codec."""
    folder = tmp_path / "damaged"
    folder.mkdir()

    check_all(kind, clips, folder, N_INPUTS)


def test_damaged_pictures_are_read_or_refused(tmp_path: Path) -> None:
    """Of each kind that OpenCV writes."""
    folder = tmp_path / "damaged"
    folder.mkdir()
    seeds = []
    for ending in (".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif", ".avif", ".ppm"):
        seeds.append(tmp_path / f"seed{ending}")
        cv2.imwrite(str(seeds[-1]), noise(1)[0])

    check_all("picture", seeds, folder, N_INPUTS)
