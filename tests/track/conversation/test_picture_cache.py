"""Small pictures of faces kept on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.track.conversation.picture_cache import key_of, load_pictures, save_pictures
from speaker_boxes.track.conversation.stretches import TrackPart

PICTURES = {"a": (b"one", b"three"), "b": (), "c": (b"x",)}


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    path = cache.pictures_path("abc")

    save_pictures(path, cache, PICTURES)

    assert load_pictures(path) == PICTURES
    assert cache.size() == (0, path.stat().st_size)
    cache.clear()
    assert not path.exists()


def test_they_make_room_like_all_that_is_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=2000)
    for name in ("old", "new"):
        save_pictures(cache.pictures_path(name), cache, {"a": (b"x" * 1000,)})

    assert not cache.pictures_path("old").exists()
    assert cache.pictures_path("new").exists()


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    save_pictures(path, Cache(tmp_path), PICTURES)
    whole = path.read_bytes()
    for data in (b"", b"nonsense", whole[: len(whole) // 2]):
        path.write_bytes(data)
        assert load_pictures(path) == {}


def test_other_boxes_are_other_pictures() -> None:
    def part(x: float, first: int) -> TrackPart:
        frame = np.arange(first, first + 3)
        return TrackPart(
            0, frame, frame / 25, np.full((3, 4), x, np.float32), np.ones(3, np.float32)
        )

    assert key_of(part(1, 0)) == key_of(part(1, 0))
    assert len({key_of(part(1, 0)), key_of(part(2, 0)), key_of(part(1, 1))}) == 3
