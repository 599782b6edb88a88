"""Faces kept on disk: found again, made again, and made room for."""

from __future__ import annotations

import dataclasses
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.click import Click
from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.detectors.open_detectors import model_digests
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run import scan_clip as clip_module
from speaker_boxes.detect.run.cache import Cache, Entry, _code_files
from speaker_boxes.detect.run.npz import NpzError, dump_clip, read_clip
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.sample import clip_path
from speaker_boxes.tracking import track_speaker


@pytest.fixture(scope="module")
def clip() -> ClipFaces:
    return find_faces(clip_path())


@pytest.fixture
def entry(own_cache: Path) -> Entry:
    return Cache().entry("ab" * 32, None, DetectorChoice(), ScanOptions())


def same(a: ClipFaces, b: ClipFaces) -> bool:
    """Whether two records hold the same, array by array."""
    return dump_clip(a) == dump_clip(b)


def test_what_is_kept_is_found_again(entry: Entry, clip: ClipFaces, own_cache: Path) -> None:
    """Every array and fact as it was, but for the name: that is the present one."""
    assert entry.load("talk.mp4") is None
    entry.save(clip)

    found = entry.load("other.mp4")

    assert found is not None
    assert found.video.source == "other.mp4"
    renamed = dataclasses.replace(found.video, source=clip.video.source)
    assert same(dataclasses.replace(found, video=renamed), clip)
    assert entry.path.parent == own_cache
    for field in dataclasses.fields(VideoMetadata):
        ours, theirs = getattr(renamed, field.name), getattr(clip.video, field.name)
        assert np.array_equal(ours, theirs), field.name
        assert type(ours) is type(theirs), field.name


def test_a_second_run_neither_decodes_nor_detects(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = find_faces(clip_path(), DetectionOptions(cache=Cache()))
    monkeypatch.setattr("speaker_boxes.detect.decode.video.open_local", None)
    monkeypatch.setattr("speaker_boxes.detect.run.scan_clip.scan_clip", None)

    assert same(find_faces(clip_path(), DetectionOptions(cache=Cache())), first)


@pytest.mark.parametrize(
    "other",
    [
        ("cd" * 32, None, DetectorChoice(), ScanOptions()),
        ("ab" * 32, 1, DetectorChoice(), ScanOptions()),
        ("ab" * 32, None, DetectorChoice("yunet"), ScanOptions()),
        ("ab" * 32, None, DetectorChoice(), ScanOptions(block=9)),
    ],
    ids=["clip", "stream", "detector", "options"],
)
def test_what_decides_the_faces_decides_the_file(
    entry: Entry, other: tuple[str, int | None, DetectorChoice, ScanOptions]
) -> None:
    assert Cache().entry(*other).path != entry.path
    assert Cache().entry("ab" * 32, None, DetectorChoice(), ScanOptions()).path == entry.path


def test_other_code_decides_the_file_too(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout changes without another version."""
    arguments = ("0" * 64, None, DetectorChoice(), ScanOptions())
    before = Cache().entry(*arguments).path
    monkeypatch.setattr("speaker_boxes.detect.run.cache._code_digest", lambda: "other")

    assert Cache().entry(*arguments).path != before


def test_all_code_that_finds_faces_counts() -> None:
    """Not only what lies beside the cache: everything that the search for faces imports."""
    script = (
        "import sys, speaker_boxes.detect.run.scan_clip\n"
        "from speaker_boxes.detect.detectors import blazeface_mediapipe, yunet\n"
        "from pathlib import Path\n"
        "for name, module in sys.modules.items():\n"
        "    if name.startswith(('speaker_boxes.detect.', 'speaker_boxes.geometry')):\n"
        "        print(Path(module.__file__).resolve())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    used = {Path(line) for line in ended.stdout.splitlines()}
    assert len(used) > 20
    assert used <= {path.resolve() for path in _code_files()}


def test_a_model_of_the_users_own_counts(tmp_path: Path) -> None:
    model = tmp_path / "yunet.onnx"
    model.write_bytes(b"one")
    one = model_digests(DetectorChoice("yunet", model))
    model.write_bytes(b"two")

    assert model_digests(DetectorChoice("yunet", model)) != one


@pytest.mark.parametrize("damage", ["cut", "byte", "foreign", "empty", "pickle"])
def test_a_damaged_file_is_set_aside(
    entry: Entry, clip: ClipFaces, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said, and the faces are found anew."""
    entry.save(clip)
    data = bytearray(entry.path.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "byte":
        data[len(data) // 2] ^= 1
    elif damage == "foreign":
        data[:] = b"not ours"
    elif damage == "empty":
        data.clear()
    else:
        np.savez(entry.path, head=np.array([{"format": 1}], dtype=object))
        data[:] = entry.path.read_bytes()
    entry.path.write_bytes(data)

    with caplog.at_level(logging.WARNING):
        assert entry.load("talk.mp4") is None

    assert "is damaged" in caplog.text
    assert "made again" in caplog.text
    assert not entry.path.exists()
    assert entry.path.with_name(f"{entry.path.name}.damaged").exists()
    entry.save(clip)
    assert entry.load("talk.mp4") is not None


def test_another_format_is_not_read(
    entry: Entry, clip: ClipFaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speaker_boxes.detect.run.npz.FORMAT", 99)
    entry.save(clip)
    monkeypatch.undo()

    with pytest.raises(NpzError, match="form 99"):
        read_clip(entry.path)


def test_a_killed_run_goes_on_where_it_was(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finished chunks are not done again, and the result is the same; then they are gone."""
    options = ScanOptions(min_chunk=40)
    expected = find_faces(clip_path(), DetectionOptions(scan=options))
    done: list[int] = []
    faces_of = clip_module._faces_of

    def counted(task: clip_module.ChunkTask, *args: object, **kwargs: object) -> object:
        if done == [0]:
            raise KeyboardInterrupt
        done.append(task.chunk.number)
        return faces_of(task, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(clip_module, "_faces_of", counted)
    with pytest.raises(KeyboardInterrupt):
        find_faces(clip_path(), DetectionOptions(scan=options, cache=Cache(), workers=1))
    assert len(list(own_cache.glob("*.parts/*.npz"))) == 1
    done[:] = []

    def resumed(task: clip_module.ChunkTask, *args: object, **kwargs: object) -> object:
        done.append(task.chunk.number)
        return faces_of(task, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(clip_module, "_faces_of", resumed)
    found = find_faces(clip_path(), DetectionOptions(scan=options, cache=Cache()))

    assert done == [1]
    assert same(found, expected)
    assert not list(own_cache.glob("*.parts"))


def test_the_oldest_make_room(own_cache: Path, clip: ClipFaces) -> None:
    """By their last use; what was just added stays whatever its size."""
    size = len(dump_clip(clip))
    cache = Cache(max_bytes=2 * size + 10)
    entries = [cache.entry(f"{i:064x}", None, DetectorChoice(), ScanOptions()) for i in range(3)]
    for age, entry in zip((50, 90), entries[:2], strict=True):
        entry.save(clip)
        os.utime(entry.path, (1000 - age, 1000 - age))
    assert entries[1].load("talk.mp4") is not None  # used now

    entries[2].save(clip)

    assert [entry.path.exists() for entry in entries] == [False, True, True]
    assert cache.size() == (2, 2 * size)
    Cache(max_bytes=1).make_room(entries[2].path)
    assert cache.size() == (1, size)


def test_clearing_leaves_what_is_not_ours(own_cache: Path, entry: Entry, clip: ClipFaces) -> None:
    entry.save(clip)
    other = own_cache / "notes.txt"
    other.write_text("mine")

    Cache().clear()

    assert list(own_cache.iterdir()) == [other]


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(
    tmp_path: Path, clip: ClipFaces, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    entry = Cache(blocked / "cache").entry("0" * 64, None, DetectorChoice(), ScanOptions())

    entry.save(clip)

    assert "not kept for the next time" in caplog.text
    assert entry.load("talk.mp4") is None


def test_a_known_clip_needs_no_decoder(own_cache: Path) -> None:
    """Choosing again starts at once: PyAV, and what detects, are not even imported."""
    click = Click(frame=0, x=320, y=180)
    kept = DetectionOptions(cache=Cache())
    track_speaker(clip_path(), at=[click], only_clicked_shots=True, detection=kept)
    program = """
import sys
from speaker_boxes import Cache, Click, DetectionOptions, track_speaker
from speaker_boxes.sample import clip_path
click = Click(frame=0, x=320, y=180)
kept = DetectionOptions(cache=Cache())
track_speaker(clip_path(), at=[click], only_clicked_shots=True, detection=kept)
print(*sorted({"av", "mediapipe", "ai_edge_litert"} & set(sys.modules)))
"""

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert found.stderr == ""
    assert found.stdout == "\n"
