"""Whatever lies where a cache file should: read as it should be, or set aside and made again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speaker_boxes import ClipFaces, boxes_for_speaker, find_faces
from speaker_boxes.detect.run.npz import NpzError, dump_clip, read_clip
from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.sample import clip_path
from tests.fuzz.damage import bounded, n_inputs

N_INPUTS = n_inputs(300)


@pytest.fixture(scope="module")
def kept() -> bytes:
    return dump_clip(find_faces(clip_path()))


def rewritten(data: bytes, **changed: np.ndarray[Any, Any]) -> bytes:
    """The same file with other arrays, under right checksums."""
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: file[name] for name in file.files}
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **{**arrays, **changed})
    return out.getvalue()


def array(data: bytes, name: str) -> np.ndarray[Any, Any]:
    with np.load(io.BytesIO(data)) as file:
        return np.asarray(file[name])


@pytest.mark.parametrize(
    "name",
    ["pts_s", "frame", "box", "score", "frame_diffs", "crop_row", "jpeg", "jpeg_end",
     "thumb_frame", "thumb"],
)  # fmt: skip
@pytest.mark.parametrize(
    "change",
    [
        lambda a: a[:-1],
        lambda a: a[None],
        lambda a: a.reshape(-1)[:0],
        lambda a: a.astype(np.complex64),
        lambda a: np.zeros((), np.float64),
        lambda a: np.full_like(a, -1 if a.dtype.kind == "i" else 255),
    ],
    ids=["shorter", "deeper", "empty", "complex", "scalar", "one value"],
)
def test_wrong_columns_are_damage(
    kept: bytes, tmp_path: Path, name: str, change: Callable[[Any], Any]
) -> None:
    """Wrong shapes and values, under right checksums, do not get past the cache."""
    path = tmp_path / "kept.npz"
    path.write_bytes(rewritten(kept, **{name: change(array(kept, name))}))

    try:
        clip = read_clip(path)
    except NpzError:
        return
    use(clip)  # all of one value may be a clip


def use(clip: ClipFaces) -> None:
    with suppress(NoSpeakerError):
        boxes_for_speaker(clip)


@pytest.mark.parametrize(
    "head",
    [b"{" * 100_000, b"[" * 100_000, b"\xff", b"null", b'{"format": 1e999}', b"", b"1" * 5000],
    ids=["braces", "brackets", "no text", "null", "infinite", "empty", "digits"],
)
def test_heads_that_are_none_are_damage(kept: bytes, tmp_path: Path, head: bytes) -> None:
    """Deep nesting ends in RecursionError, other heads in errors of other kinds."""
    path = tmp_path / "kept.npz"
    path.write_bytes(rewritten(kept, head=np.frombuffer(head, np.uint8)))

    with pytest.raises(NpzError):
        read_clip(path)


@pytest.mark.parametrize(
    "header",
    [b"{'descr': '<f8', 'shape': (1,), 'fortran_order': ", b"(" * 90, b"'''", b"\0" * 20],
)
def test_array_headers_that_are_none_are_damage(kept: bytes, tmp_path: Path, header: bytes) -> None:
    """NumPy has Python's own tokenizer read them."""
    path = tmp_path / "kept.npz"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(io.BytesIO(kept)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, data if name == "box.npy" else old.read(name))

    with pytest.raises(NpzError):
        read_clip(path)


def test_damage_anywhere_is_named(kept: bytes, tmp_path: Path) -> None:
    """Seeded: bytes changed, cut out and doubled; longer with SPEAKER_BOXES_FUZZ."""
    rng = np.random.default_rng(7)
    path = tmp_path / "kept.npz"
    ends = [0, len(kept) - 3000]  # the middle is pictures: most hits belong to the headers
    for i in range(N_INPUTS):
        data = bytearray(kept)
        for _ in range(int(rng.integers(1, 4))):
            at = min(ends[i % 2] + int(rng.integers(3000)), len(data) - 1)
            kind = int(rng.integers(3))
            if kind == 0:
                data[at] = int(rng.integers(256))
            elif kind == 1:
                del data[at : at + int(rng.integers(1, 40))]
            else:
                data[at:at] = data[at : at + int(rng.integers(1, 40))]
        path.write_bytes(data)
        with bounded(), suppress(NpzError):
            use(read_clip(path))
