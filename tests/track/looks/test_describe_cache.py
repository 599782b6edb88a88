"""What crops look like, kept on disk."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.sample import clip_path
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector
from speaker_boxes.tracking import comparing_faces


def crop(level: int) -> bytes:
    image = np.full((192, 192, 3), level, np.uint8)
    return bytes(cv2.imencode(".jpg", image)[1])


class Counting:
    """Gives the mean of a crop, and counts how often it is asked."""

    def __init__(self) -> None:
        self.n_asked = 0

    def embed(self, image: npt.NDArray[np.uint8]) -> FaceVector:
        self.n_asked += 1
        return FaceVector(np.full(LENGTH, image.mean(), np.float32), 0.5)


@pytest.fixture
def network() -> Counting:
    return Counting()


def test_each_crop_is_described_once(tmp_path: Path, network: Counting) -> None:
    """Also in the next run; other crops are not mistaken for it."""
    path = tmp_path / "looks" / "clip.npz"
    seen = []
    for _ in range(2):
        describer = CachedDescriber(path, embedder=network)
        seen.append(describer.describe([crop(0), crop(7), crop(0)]))
        describer.keep()

    assert network.n_asked == 2
    for first, second in zip(*seen, strict=True):
        assert (first.face.vector == second.face.vector).all()
        assert first.face.score == second.face.score
        assert (first.colours == second.colours).all()
    assert (seen[0][1].face.vector == 7).all()


def test_threads_say_what_one_says(own_cache: Path) -> None:
    """Of real crops, in their order, with the real network; each is counted when it is done."""
    clip = find_faces(clip_path(), DetectionOptions(cache=Cache()))
    counts: list[int] = []
    jpegs = clip.crops.jpeg[:7]

    several = CachedDescriber(n_threads=3, on_new=counts.append).describe(jpegs)

    alone = CachedDescriber().describe(jpegs)
    assert counts == [1, 2, 3, 4, 5, 6, 7]
    for one, other in zip(several, alone, strict=True):
        assert (one.face.vector == other.face.vector).all()
        assert one.face.score == other.face.score > 0
        assert (one.colours == other.colours).all()


def test_an_interrupt_ends_what_threads_do(own_cache: Path) -> None:
    """What was described before it is known; no thread goes on."""
    clip = find_faces(clip_path(), DetectionOptions(cache=Cache()))

    def interrupt(n_new: int) -> None:
        if n_new == 2:
            raise KeyboardInterrupt

    describer = CachedDescriber(n_threads=2, on_new=interrupt)
    with pytest.raises(KeyboardInterrupt):
        describer.describe(clip.crops.jpeg)

    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("speaker-boxes-faces")]


def write_arrays(path: Path, **changes: object) -> None:
    """A kept file of one crop, with some of its arrays changed."""
    describer = CachedDescriber(path, embedder=Counting())
    describer.describe([crop(0)])
    describer.keep()
    with np.load(path) as kept:
        arrays = dict(kept) | changes
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": np.array("another one")},
        {"vectors": np.zeros((1, LENGTH + 1), np.float32)},
        {"vectors": np.zeros((1, LENGTH), np.float64)},
        {"scores": np.zeros(2, np.float32)},
        {"colours": np.zeros((1, 2, 3), np.uint8)},
        {"keys": np.array(["text"])},
    ],
    ids=["version", "length", "type", "count", "bins", "keys"],
)
def test_what_is_not_as_it_should_be_is_made_again(
    tmp_path: Path, network: Counting, changes: dict[str, object]
) -> None:
    path = tmp_path / "clip.npz"
    write_arrays(path, **changes)

    CachedDescriber(path, embedder=network).describe([crop(0)])

    assert network.n_asked == 1


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"PK\x03\x04 cut"], ids=["empty", "text", "cut"]
)
def test_a_damaged_file_is_made_again(tmp_path: Path, network: Counting, content: bytes) -> None:
    path = tmp_path / "clip.npz"
    path.write_bytes(content)

    describer = CachedDescriber(path, embedder=network)
    describer.describe([crop(0)])
    describer.keep()
    CachedDescriber(path, embedder=network).describe([crop(0)])

    assert network.n_asked == 1


def test_what_was_compared_before_nobody_was_chosen_is_kept(own_cache: Path) -> None:
    """A user who is shown the candidates tries again at once, and need not wait again."""
    cache = Cache()
    clip = find_faces(clip_path(), DetectionOptions(cache=cache))

    def choose_nobody() -> None:
        with comparing_faces(clip, cache) as describer:
            describer.describe(clip.crops.jpeg[:1])
            raise NoSpeakerError("no face is clearly the main one")

    with pytest.raises(NoSpeakerError):
        choose_nobody()

    assert cache.embeddings_path(clip.video.sha256).is_file()


def test_a_place_that_is_not_writable_is_said_and_no_more(
    tmp_path: Path, network: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")

    describer = CachedDescriber(tmp_path / "file" / "clip.npz", embedder=network)
    describer.describe([crop(0)])
    describer.keep()

    assert "cannot keep what faces look like" in caplog.text


@pytest.mark.parametrize(("options", "n_threads"), [({"workers": 3}, 3), ({}, os.cpu_count())])
def test_as_many_threads_as_workers(options: dict[str, int], n_threads: int) -> None:
    assert DetectionOptions(**options).n_threads == n_threads  # type: ignore[arg-type]


def test_who_shares_out_the_cores_has_one_thread() -> None:
    """As a batch, whose clips are compared side by side."""
    with ThreadPoolExecutor(4) as executor:
        assert DetectionOptions(workers=4, executor=executor).n_threads == 1
