"""Clips whose clocks, sound or times are odd come out as long as they are, and in step."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream

from speaker_boxes import VideoDecodeError, normalize
from tests.hearing import loudness, onsets_s

WriteVideo = Callable[..., Path]


def flashes_s(path: Path) -> list[float]:
    """Times of the first bright frames after dark ones."""
    with av.open(str(path)) as container:
        bright = [
            (frame.time, frame.to_ndarray(format="gray").mean() > 128)
            for frame in container.decode(video=0)
        ]
    return [
        float(t or 0) for (t, on), (_, was) in zip(bright[1:], bright, strict=False) if on > was
    ]


@pytest.mark.parametrize(
    ("name", "n_frames"), [("cat.ts", 340), ("jump1h.ts", 170), ("noctts.mp4", 170)]
)
def test_no_frame_is_repeated_or_dropped(
    shared_media: Path, tmp_path: Path, name: str, n_frames: int
) -> None:
    """A clock that starts again, jumps by an hour, or runs to and fro."""
    done = normalize(shared_media / "reports" / name, tmp_path / "out.mp4")

    assert (done.n_in, done.n_out, done.n_repeated, done.n_dropped) == (n_frames, n_frames, 0, 0)
    assert done.frame_rate == 25


def test_a_time_far_off_ends_soon(shared_media: Path, tmp_path: Path) -> None:
    """40 hours between two frames are no pause."""
    assert normalize(shared_media / "reports" / "far_timestamp.mp4", tmp_path / "o.mp4").n_out == 60


def test_hours_of_one_picture_are_refused(write_video: WriteVideo, tmp_path: Path) -> None:
    """With the place, before anything is written."""
    ticks = [0, 40, 80, 3_600_000, 3_600_040]
    clip = write_video(5, "clip.mkv", ticks=ticks, time_base=Fraction(1, 1000))

    with pytest.raises(VideoDecodeError, match=r"no picture for 3600 s after frame 2 at 0\.080 s"):
        normalize(clip, tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


def test_sound_follows_a_clock_that_starts_again(write_video: WriteVideo, tmp_path: Path) -> None:
    """Two recordings in one MPEG-TS: each click of the second is at the second's pictures."""
    one = write_video(50, "one.ts", audio_s=1.9)
    two = tmp_path / "two.ts"
    two.write_bytes(one.read_bytes() * 2)

    done = normalize(two, tmp_path / "out.mp4")

    assert (done.n_out, done.audio) == (100, "sound encoded")
    # clicks begin at the whole seconds of the sound, which begins with the pictures
    assert onsets_s(tmp_path / "out.mp4") == pytest.approx([0, 1, 2, 3], abs=0.03)


def test_an_edit_list_of_two_parts_stays_in_step(shared_media: Path, tmp_path: Path) -> None:
    """Sound is where the player, which FFmpeg follows here, has it."""
    clip, out = shared_media / "reports" / "el_two.mp4", tmp_path / "out.mp4"

    done = normalize(clip, out)

    assert done.n_out == 100
    assert np.corrcoef(loudness(clip)[:760], loudness(out)[:760])[0, 1] > 0.95


def test_a_flash_and_a_beep_stay_together(shared_media: Path, tmp_path: Path) -> None:
    """Four packets of sound are lost before them: 80 ms of silence instead."""
    clip, out = shared_media / "reports" / "gap4_opus.mkv", tmp_path / "out.mp4"

    normalize(clip, out)

    apart_s = onsets_s(clip)[0] - flashes_s(clip)[0]
    assert onsets_s(out)[0] - flashes_s(out)[0] == pytest.approx(apart_s, abs=0.011)


@pytest.mark.parametrize("n_lost", [1, 2, 4])
@pytest.mark.parametrize("codec", ["aac", "pcm_s16le", "libmp3lame", "flac"])
def test_lost_sound_is_silence(
    write_video: WriteVideo, tmp_path: Path, codec: str, n_lost: int
) -> None:
    """Packets left out of a clip of 3 s with a click each second: the later clicks stay."""
    whole = write_video(
        75, "whole.mkv", codec="mjpeg", pix_fmt="yuvj420p", audio_s=3.0, audio_codec=codec
    )
    clip = without_sound(whole, tmp_path / "lost.mkv", 30, n_lost)

    normalize(clip, tmp_path / "out.mp4")

    assert onsets_s(tmp_path / "out.mp4") == pytest.approx(onsets_s(whole), abs=0.011)


def without_sound(path: Path, target: Path, first: int, n_lost: int) -> Path:
    """Copy a clip, packet by packet, but for a few of its sound."""
    with av.open(str(path)) as source, av.open(str(target), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in source.streams}
        n_sound = 0
        for packet in source.demux():
            if packet.dts is None:
                continue
            if isinstance(packet.stream, AudioStream):
                n_sound += 1
                if first < n_sound <= first + n_lost:
                    continue
            packet.stream = streams[packet.stream.index]
            out.mux(packet)
    return target
