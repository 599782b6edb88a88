"""A clip cut at key frames: each chunk by itself gives the frames that one run gives."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.detect.decode import chunk_plan as grid
from speaker_boxes.detect.decode.chunk_frames import ChunkError, ChunkFrames
from speaker_boxes.detect.decode.chunk_plan import Chunk, plan_chunks
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.video import open_video

WriteVideo = Callable[..., Path]


def moving(n_frames: int) -> list[Image]:
    """A bright square on a slope, both moving: predicted frames differ from key frames."""
    y, x = np.mgrid[:72, :96]
    frames = []
    for i in range(n_frames):
        image = np.stack([(x * 2 + i * 3) % 256, (y * 3 + i) % 256, (x + y + 2 * i) % 256], axis=2)
        image[20:40, (5 * i) % 80 : (5 * i) % 80 + 16] = 255
        frames.append(image.astype(np.uint8))
    return frames


def planned(path: Path, min_frames: int = 5) -> tuple[Chunk, ...]:
    with open_video(path) as video:
        clip_ref = video.clip_ref()
    return plan_chunks(clip_ref.path, clip_ref.name, clip_ref.stream_index, min_frames=min_frames)


def decoded_in_chunks(path: Path, chunks: tuple[Chunk, ...], threads: int = 1) -> list[Image]:
    with open_video(path) as video:
        clip_ref = video.clip_ref()
    return [
        picture.rgb()
        for chunk in chunks
        for picture in ChunkFrames(clip_ref, chunk, threads=threads)
    ]


def decoded_in_one_run(path: Path) -> list[Image]:
    with open_video(path) as video:
        return [frame.picture.rgb() for frame in video.frames()]


def test_a_short_clip_is_not_cut(write_video: WriteVideo) -> None:
    """Fewer frames than two chunks need."""
    path = write_video(moving(20), options={"g": "4"})

    assert planned(path, min_frames=11) == ()


def test_one_key_frame_makes_one_run(write_video: WriteVideo) -> None:
    assert planned(write_video(moving(30), options={"g": "100"})) == ()


def test_chunks_follow_each_other(write_video: WriteVideo) -> None:
    """Every frame in one chunk, none shorter than asked for, the last one neither."""
    path = write_video(moving(50), options={"g": "6", "bf": "2"})

    chunks = planned(path, min_frames=10)

    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert len(chunks) == 4
    assert all(len(chunk.pts) >= 10 for chunk in chunks)
    assert sum(len(chunk.pts) for chunk in chunks) == 50
    assert [chunk.first for chunk in chunks[1:]] == np.cumsum(
        [len(chunk.pts) for chunk in chunks[:-1]]
    ).tolist()
    assert [chunk.end_pts for chunk in chunks[:-1]] == [int(c.pts[0]) for c in chunks[1:]]
    assert chunks[-1].end_pts is None


OPEN_GROUPS = {"x264-params": "keyint=8:min-keyint=8:open-gop=1:bframes=3:b-adapt=0:scenecut=0"}


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("clip.mp4", {"options": {"g": "8", "bf": "0"}}),
        ("clip.mp4", {"options": {"g": "8", "bf": "3"}}),
        ("clip.mp4", {"options": OPEN_GROUPS}),
        ("clip.mkv", {"options": OPEN_GROUPS}),
        ("clip.ts", {"options": OPEN_GROUPS}),
        ("clip.mp4", {"codec": "libx265", "options": {"x265-params": "keyint=8:min-keyint=8:"
                      "open-gop=1:bframes=3:scenecut=0:log-level=none"}}),
        ("clip.mpg", {"codec": "mpeg2video", "options": {"g": "8", "bf": "2"}}),
        ("clip.avi", {"codec": "mpeg4", "options": {"g": "8", "bf": "2"}}),
        ("clip.webm", {"codec": "libvpx-vp9", "options": {"g": "8"}}),
        ("clip.mov", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}),
    ],
    ids=["no B", "B", "open", "open mkv", "open ts", "HEVC", "MPEG-2", "MPEG-4", "VP9", "MJPEG"],
)  # fmt: skip
def test_chunks_give_the_frames_of_one_run(
    write_video: WriteVideo, name: str, how: dict[str, object]
) -> None:
    """Pixel by pixel, or the clip says that it wants one run; with one thread and with several."""
    path = write_video(moving(60), name, **how)
    chunks = planned(path)
    expected = decoded_in_one_run(path)

    for threads in (1, 3):
        got = decoded_in_chunks(path, chunks, threads)
        assert len(got) == len(expected) == 60
        assert all((a == b).all() for a, b in zip(got, expected, strict=True))
    assert len(chunks) >= 3


def test_real_clips_give_the_frames_of_one_run(shared_media: Path) -> None:
    """Open groups of phones, MPEG-1, edit lists, a start that is not 0."""
    for name in (
        "clips/androidx-topshots.mp4",
        "clips/lipnet-bbaf2n.mpg",
        "clips/fr-short-hamilton.mp4",
        "awkward/streamio-data-streams.mp4",
        "awkward/androidx-iibbibb.mp4",
    ):
        path = shared_media / name
        got, expected = decoded_in_chunks(path, planned(path)), decoded_in_one_run(path)
        assert len(got) == len(expected), name
        assert all((a == b).all() for a, b in zip(got, expected, strict=True)), name


def test_repeated_timestamps_make_one_run(
    write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames could not be told from each other by their times."""
    path = write_video(moving(30), options={"g": "5"})
    packets = grid.Packets(array("q", [*range(15), *range(14, 29)]), array("q", [5, 10, 15, 20]))
    monkeypatch.setattr(grid, "index_packets", lambda *where: packets)

    assert planned(path) == ()


def test_a_seek_that_lands_nowhere_is_noticed(write_video: WriteVideo) -> None:
    """A chunk that is not there, as of another file."""
    path = write_video(moving(40), options={"g": "8"})
    first, *_ = planned(path)

    with pytest.raises(ChunkError, match="seeking does not find"):
        decoded_in_chunks(path, (Chunk(1, 0, first.pts + 1, None),))
