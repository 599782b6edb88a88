"""Face embeddings kept on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.sample import clip_path
from speaker_boxes.track.identity import embedding_cache as remembered
from speaker_boxes.track.looks.embedding import LENGTH, is_installed
from speaker_boxes.tracking import comparing_faces

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs pip install '.[identity]'")
CROP = np.zeros((192, 192, 3), np.uint8)


class Counting:
    """Gives the mean of a crop, and counts how often it is asked."""

    def __init__(self) -> None:
        self.n_asked = 0

    def embed(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        self.n_asked += 1
        return np.full(LENGTH, crop.mean())


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(remembered, "open_embedder", lambda: counting)
    return counting


def test_each_crop_is_embedded_once(tmp_path: Path, network: Counting) -> None:
    """Also in the next run; other crops are not mistaken for it."""
    path = tmp_path / "embeddings" / "clip.npz"
    for _ in range(2):
        embedder = remembered.CachedEmbedder(path)
        assert (embedder.embed(CROP) == 0).all()
        assert (embedder.embed(CROP + 7) == 7).all()
        embedder.keep()

    assert network.n_asked == 2


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"PK\x03\x04 cut"], ids=["empty", "text", "cut"]
)
def test_a_damaged_file_is_made_again(tmp_path: Path, network: Counting, content: bytes) -> None:
    path = tmp_path / "clip.npz"
    path.write_bytes(content)

    embedder = remembered.CachedEmbedder(path)
    embedder.embed(CROP)
    embedder.keep()

    assert network.n_asked == 1
    remembered.CachedEmbedder(path).embed(CROP)
    assert network.n_asked == 1


def test_what_was_compared_before_nobody_was_chosen_is_kept(own_cache: Path) -> None:
    """A user who is shown the candidates tries again at once, and need not wait again."""
    cache = Cache()
    clip = find_faces(clip_path(), DetectionOptions(cache=cache))

    def choose_nobody() -> None:
        with comparing_faces(clip, cache, wanted=True) as embedder:
            assert embedder is not None
            embedder.embed(CROP)
            raise NoSpeakerError("no face is clearly the main one")

    with pytest.raises(NoSpeakerError):
        choose_nobody()

    assert cache.embeddings_path(clip.video.sha256).is_file()


def test_another_network_is_asked_anew(
    tmp_path: Path, network: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.npz"
    embedder = remembered.CachedEmbedder(path)
    embedder.embed(CROP)
    embedder.keep()
    monkeypatch.setattr(remembered, "version_of_network", lambda: "another one")

    remembered.CachedEmbedder(path).embed(CROP)

    assert network.n_asked == 2


def test_a_place_that_is_not_writable_is_said_and_no_more(
    tmp_path: Path, network: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")

    embedder = remembered.CachedEmbedder(tmp_path / "file" / "clip.npz")
    embedder.embed(CROP)
    embedder.keep()

    assert "cannot keep the face embeddings" in caplog.text
