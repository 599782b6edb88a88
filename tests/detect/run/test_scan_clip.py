"""A clip scanned in chunks: the same bytes for any workers, and no trace of the borders."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from speaker_boxes.detect.decode import chunk_plan as grid
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.registry import DetectorChoice, open_detectors
from speaker_boxes.detect.run import scan_clip as clip_module
from speaker_boxes.detect.run.scan_clip import Workers, scan_clip
from speaker_boxes.detect.scan.builder import ChunkFaces
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detect.scan.scan import block_length, scan
from speaker_boxes.geometry import areas, pairwise_iou
from speaker_boxes.sample import clip_path

SMALL = ScanOptions(min_chunk=40)


@pytest.fixture(scope="module")
def detectors() -> Iterator[DetectorPair]:
    with open_detectors("mediapipe") as pair:
        yield pair


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The sample with a key frame every 10 frames: four chunks of 40 and more."""
    path = tmp_path_factory.mktemp("keys") / "clip.mp4"
    with open_video(clip_path()) as video, av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "10", "bf": "2"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
        for frame in video.frames():
            image = av.VideoFrame.from_ndarray(frame.picture.rgb(), format="rgb24")
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
    return path.read_bytes()


@pytest.fixture
def many_keys(encoded: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(encoded)
    return path


@pytest.fixture(scope="module")
def one_run(
    encoded: bytes, detectors: DetectorPair, tmp_path_factory: pytest.TempPathFactory
) -> ClipFaces:
    path = tmp_path_factory.mktemp("run") / "clip.mp4"
    path.write_bytes(encoded)
    with open_video(path) as video:
        return scan(video, detectors)


def scanned(path: Path, detectors: DetectorPair | DetectorChoice, **how: object) -> ClipFaces:
    with open_video(path) as video:
        return scan_clip(video, detectors, options=SMALL, **how)  # type: ignore[arg-type]


def everything(clip: ClipFaces) -> bytes:
    """All that a clip's faces are, as bytes."""
    arrays = (
        clip.faces.frame, clip.faces.box, clip.faces.score, clip.frame_diffs, clip.video.pts_s,
        clip.crops.row, clip.thumbs.frame, clip.thumbs.image,
    )  # fmt: skip
    return b"".join([*(array.tobytes() for array in arrays), *clip.crops.jpeg])


def test_any_number_of_workers_gives_the_same_bytes(
    many_keys: Path, detectors: DetectorPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, in a thread of it and others, in threads of an executor of the caller's."""
    on_progress: list[int] = []
    here = scanned(many_keys, detectors)
    alone = scanned(many_keys, DetectorChoice(), workers=Workers(count=1))
    two = scanned(
        many_keys, DetectorChoice(), workers=Workers(count=2),
        progress=lambda stage, done, total: on_progress.append(done),
    )  # fmt: skip
    monkeypatch.setattr(clip_module, "_FEW_CHUNKS", 0)  # as of a long clip: others do the rest
    mostly_elsewhere = scanned(many_keys, DetectorChoice(), workers=Workers(count=2))
    with ThreadPoolExecutor(2) as threads:
        theirs = scanned(many_keys, DetectorChoice(), workers=Workers(executor=threads))

    assert everything(here) == everything(alone) == everything(theirs)
    assert everything(two) == everything(mostly_elsewhere) == everything(here)
    assert len(here.faces) > 100
    assert on_progress == sorted(on_progress)
    assert on_progress[-1] == 170
    assert len(on_progress) == 4


def test_borders_leave_no_trace(
    many_keys: Path, detectors: DetectorPair, one_run: ClipFaces
) -> None:
    """The moving face has the same boxes as in one run, to within 2 % of its size."""
    chunked = scanned(many_keys, detectors)

    assert chunked.video.n_frames == one_run.video.n_frames
    assert (chunked.frame_diffs == one_run.frame_diffs).all()
    assert find_cuts(chunked.frame_diffs).tolist() == find_cuts(one_run.frame_diffs).tolist()
    assert (chunked.thumbs.frame == one_run.thumbs.frame).all()
    # where the shot begins one run has a box from a cut-out around the face before the cut
    strong = (one_run.faces.score >= 0.5) & (one_run.faces.frame != 120)
    for frame, box in zip(one_run.faces.frame[strong], one_run.faces.box[strong], strict=True):
        boxes = chunked.faces.box[chunked.faces.rows(int(frame))]
        overlap = pairwise_iou(box[None], boxes)[0]
        assert overlap.max(initial=0) > 0.9, frame
        size = float(np.sqrt(areas(box[None])[0]))
        assert np.abs(boxes[overlap.argmax()] - box).max() < 0.02 * size, frame


def test_a_key_frame_that_is_none_makes_one_run(
    many_keys: Path,
    detectors: DetectorPair,
    one_run: ClipFaces,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A packet that is claimed to be a key frame, but is not marked as one."""
    read = grid.index_packets

    def claimed(path: Path, name: str, index: int) -> grid.Packets | None:
        packets = read(path, name, index)
        assert packets is not None
        return grid.Packets(packets.pts, array("q", sorted(packets.pts)[45::45]))

    monkeypatch.setattr(grid, "index_packets", claimed)

    assert everything(scanned(many_keys, detectors)) == everything(one_run)


def test_a_border_that_looks_otherwise_makes_one_run(
    many_keys: Path,
    detectors: DetectorPair,
    one_run: ClipFaces,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same frame, decoded from before and from the key frame on, has to be the same."""
    scan_it = clip_module._faces_of

    def tampered(*args: object, **kwargs: object) -> ChunkFaces:
        result = scan_it(*args, **kwargs)  # type: ignore[arg-type]
        if result.next_thumb is None:
            return result
        return replace(result, next_thumb=result.next_thumb ^ np.uint8(1))

    monkeypatch.setattr(clip_module, "_faces_of", tampered)

    assert everything(scanned(many_keys, detectors)) == everything(one_run)


def test_a_broken_packet_makes_one_run(
    many_keys: Path, detectors: DetectorPair, caplog: pytest.LogCaptureFixture
) -> None:
    """Decoding ends at it, as it does without chunks."""
    data = bytearray(many_keys.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = b"\xff" * 4000
    many_keys.write_bytes(data)

    with caplog.at_level(logging.WARNING):
        found = scanned(many_keys, detectors)
    with open_video(many_keys) as video:
        expected = scan(video, detectors)

    assert everything(found) == everything(expected)
    assert found.video.n_decode_errors == expected.video.n_decode_errors > 0


@pytest.mark.parametrize(
    ("size", "length"),
    [((640, 360), 16), ((3840, 2160), 10), ((7680, 4320), 2), ((30000, 20000), 1)],
    ids=["360p", "4K", "8K", "huge"],
)
def test_blocks_are_bounded_by_memory(size: tuple[int, int], length: int) -> None:
    assert block_length(*size, Fraction(25), ScanOptions()) == length


@pytest.mark.parametrize(
    ("rate", "length"), [(None, 16), (Fraction(24000, 1001), 16), (10, 8), (5, 4), (1, 1)]
)
def test_slow_frames_are_searched_by_the_second(rate: Fraction | None, length: int) -> None:
    """A head is elsewhere by the next frame: sixteen of them are no short time."""
    assert block_length(640, 360, rate, ScanOptions()) == length
