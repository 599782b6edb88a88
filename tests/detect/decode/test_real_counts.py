"""The real clips, where they are, give the frames that another reader counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_boxes.detect.decode.video import probe
from speaker_boxes.errors import VideoDecodeError, VideoOpenError
from tests.detect.decode.reading import count_with_opencv, read_through

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
    "reports/bf.mp4": 170,
    "reports/noctts.mp4": 170,
    "reports/cat.ts": 340,
    "reports/jump1h.ts": 170,
    "reports/hdr_large.webm": 170,
}
"""Frames that decode, from the tables beside the clips (made with PyAV 18.1)."""
REFUSED = ["rails-novideo.mp4", "streamio-broken.mp4", "streamio-empty.flv", "php-wrongfile.mp4"]
OPENCV_DIFFERS = {
    "awkward/torchcodec-nasa.mp4",  # takes the first stream
    "awkward/torchcodec-av1.mkv",  # the FFmpeg in its wheel has no AV1 decoder
}


@pytest.mark.parametrize("name", COUNTS)
def test_real_clips_give_their_count(shared_media: Path, name: str) -> None:
    """As many frames as the table says, with any number of threads, and as OpenCV reads."""
    counts = [read_through(shared_media / name, threads).n_frames for threads in (1, 2, 4)]

    assert counts == [COUNTS[name]] * 3
    if name not in OPENCV_DIFFERS:
        assert count_with_opencv(shared_media / name) == COUNTS[name]


def test_the_table_is_complete(shared_media: Path) -> None:
    """No clip of the folders goes untested."""
    there = {
        f"{folder}/{path.name}"
        for folder in ("clips", "awkward")
        for path in (shared_media / folder).iterdir()
    }

    known = {name for name in COUNTS if not name.startswith("reports/")}
    assert there == {*known, *(f"awkward/{name}" for name in [*REFUSED, "mp4parse-zero-stsc.mp4"])}


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
