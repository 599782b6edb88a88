"""Faces of a clip, and of a chunk of one, as one .npz file: NumPy arrays and JSON, no pickle."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.metadata_json import metadata_from_json, metadata_to_json
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.scan.builder import ChunkFaces, SegmentFaces
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import CROP_SIDE, Crops, Thumbs
from speaker_boxes.detect.scan.cuts import THUMB_SHAPES
from speaker_boxes.detect.scan.face_change import FaceChanges
from speaker_boxes.detect.scan.hard_cuts import N_COLUMNS
from speaker_boxes.detect.scan.picture_size import picture_size
from speaker_boxes.files import read_whole

FORMAT = 2
"""Number of the file's form; another one is not read."""
_MAX_BYTES = 2 << 30
"""Of a file: as much as the whole cache may take."""

Arrays = Mapping[str, npt.NDArray[Any]]


class NpzError(Exception):
    """A file is damaged, or was written by something else."""


def dump_clip(clip: ClipFaces) -> bytes:
    """Serialize the faces of a clip."""
    jpeg, ends = _pack(clip.crops.jpeg)
    return _npz(
        {
            "kind": "clip",
            "detector": clip.detector,
            "video": metadata_to_json(clip.video, decimals=None),
        },
        {
            "pts_s": clip.video.pts_s,
            "frame": clip.faces.frame,
            "box": clip.faces.box,
            "score": clip.faces.score,
            "frame_diffs": clip.frame_diffs,
            "crop_row": clip.crops.row,
            "jpeg": jpeg,
            "jpeg_end": ends,
            "thumb_frame": clip.thumbs.frame,
            "thumb": clip.thumbs.image,
            "changed_before": clip.face_changes.before,
            "changed_after": clip.face_changes.after,
            "changed": clip.face_changes.value,
        },
    )


def read_clip(path: Path) -> ClipFaces:
    """Read the faces of a clip.

    Raises
    ------
    NpzError
        The file is damaged, or is none of ours.
    """
    head, arrays = _read(path, "clip")
    with _damage_named():
        clip = ClipFaces(
            video=metadata_from_json(head["video"], arrays["pts_s"]),
            detector=str(head["detector"]),
            faces=Faces(arrays["frame"], arrays["box"], arrays["score"]),
            frame_diffs=arrays["frame_diffs"],
            crops=Crops(arrays["crop_row"], _unpack(arrays["jpeg"], arrays["jpeg_end"])),
            thumbs=Thumbs(arrays["thumb_frame"], arrays["thumb"]),
            face_changes=FaceChanges(
                arrays["changed_before"], arrays["changed_after"], arrays["changed"]
            ),
        )
        _check_clip(clip)
        return clip


def dump_chunk(chunk: ChunkFaces) -> bytes:
    """Serialize the faces of a chunk."""
    arrays = {field.name: getattr(chunk.segment, field.name) for field in fields(SegmentFaces)}
    arrays["jpeg"], arrays["jpeg_end"] = _pack(chunk.segment.jpeg)
    if chunk.next_thumb is not None:
        arrays["next_thumb"] = chunk.next_thumb
    return _npz({"kind": "chunk", "n_resized": chunk.n_resized}, arrays)


def read_chunk(path: Path) -> ChunkFaces:
    """Read the faces of a chunk; errors as in ``read_clip``."""
    head, arrays = _read(path, "chunk")
    with _damage_named():
        columns = {
            field.name: arrays[field.name] for field in fields(SegmentFaces) if field.name != "jpeg"
        }
        segment = SegmentFaces(jpeg=_unpack(arrays["jpeg"], arrays["jpeg_end"]), **columns)
        chunk = ChunkFaces(segment, arrays.get("next_thumb"), int(head["n_resized"]))
        _check_chunk(chunk)
        return chunk


def _npz(head: dict[str, object], arrays: Arrays) -> bytes:
    text = json.dumps({"format": FORMAT, **head}).encode()
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, head=np.frombuffer(text, np.uint8), **arrays)
    return file.getvalue()


def _read(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """The head and the arrays; the zip's own checksums are compared on the way."""
    with _damage_named():
        with np.load(io.BytesIO(read_whole(path, most=_MAX_BYTES)), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(arrays.pop("head").tobytes())
        if (head["format"], head["kind"]) != (FORMAT, kind):
            raise NpzError(f"it is of the form {head['format']}, kind {head['kind']}")
        return head, arrays


@contextmanager
def _damage_named() -> Iterator[None]:
    """Turn whatever a file that is not what it should be leads to into ``NpzError``."""
    try:
        yield
    except NpzError:
        raise
    except Exception as error:
        # zipfile, zlib, NumPy's header (Python's tokenizer and parser) and JSON each raise their
        # own: NotImplementedError, TokenError, RecursionError, MemoryError, struct.error, ...
        raise NpzError(" ".join(f"{type(error).__name__}: {error}".split())) from error


def _check_clip(clip: ClipFaces) -> None:
    """Check what the records themselves do not: that the columns fit each other."""
    n_frames, n_rows = clip.video.n_frames, len(clip.faces)
    _check(n_frames > 0 and bool(np.isfinite(clip.video.pts_s).all()), "pts_s")
    _check(clip.video.pts_s.dtype == np.float64 and clip.video.pts_s.ndim == 1, "pts_s")
    _check(not n_rows or int(clip.faces.frame[-1]) < n_frames, "frame")
    _check(clip.faces.frame.dtype == np.int64, "frame")
    _check(clip.faces.score.dtype == np.float32, "score")
    _check_diffs(clip.frame_diffs, n_frames)
    _check_crops(clip.crops.row, clip.crops.jpeg, n_rows)
    _check_thumbs(clip.thumbs.frame, clip.thumbs.image, n_frames)


def _check_chunk(chunk: ChunkFaces) -> None:
    segment = chunk.segment
    n_faces, n_rows = segment.n_faces, len(segment.score)
    _check(n_faces.dtype == np.int64 and n_faces.ndim == 1 and len(n_faces) > 0, "n_faces")
    _check(bool((n_faces >= 0).all()) and int(n_faces.sum()) == n_rows, "n_faces")
    Faces(np.repeat(np.arange(len(n_faces)), n_faces), segment.box, segment.score)
    _check(segment.box.dtype == np.float32 and segment.score.dtype == np.float32, "box, score")
    _check_diffs(segment.frame_diffs, len(n_faces))
    _check_crops(segment.crop_row, segment.jpeg, n_rows)
    _check_thumbs(segment.thumb_frame, segment.thumb, len(n_faces))
    if chunk.next_thumb is not None:
        _check(chunk.next_thumb.dtype == np.uint8, "next_thumb")
        _check(chunk.next_thumb.shape == segment.thumb.shape[1:], "next_thumb")
    _check(chunk.n_resized >= 0, "n_resized")


def _check_diffs(frame_diffs: npt.NDArray[Any], n_frames: int) -> None:
    _check(
        frame_diffs.dtype == np.float32 and frame_diffs.shape == (n_frames, N_COLUMNS),
        "frame_diffs",
    )
    _check(bool(np.isfinite(frame_diffs).all()), "frame_diffs")
    _check(not frame_diffs[:1, :3].any(), "frame_diffs")  # the first is compared with nothing


def _check_crops(row: npt.NDArray[Any], jpeg: tuple[bytes, ...], n_rows: int) -> None:
    _check(row.dtype == np.int64 and row.shape == (len(jpeg),), "crop_row")
    _check(bool((np.diff(row) > 0).all() and (row >= 0).all() and (row < n_rows).all()), "crop_row")
    _check(all(picture_size(each) == (CROP_SIDE, CROP_SIDE) for each in jpeg), "jpeg")


def _check_thumbs(frame: npt.NDArray[Any], image: npt.NDArray[Any], n_frames: int) -> None:
    _check(frame.dtype == np.int64 and image.dtype == np.uint8 and image.ndim == 3, "thumb")
    _check(frame.shape == image.shape[:1] and image.shape[1:] in THUMB_SHAPES, "thumb")
    _check(bool((np.diff(frame) > 0).all()), "thumb_frame")
    _check(bool(((frame >= 0) & (frame < n_frames)).all()), "thumb_frame")


def _check(fine: bool, column: str) -> None:
    if not fine:
        raise NpzError(f"{column} is not what it should be")


def _pack(jpeg: tuple[bytes, ...]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """All pictures one after the other, and where each ends."""
    ends = np.cumsum([len(each) for each in jpeg], dtype=np.int64)
    return np.frombuffer(b"".join(jpeg), np.uint8), ends


def _unpack(packed: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> tuple[bytes, ...]:
    data, bounds = packed.tobytes(), [0, *ends.tolist()]
    _check(packed.dtype == np.uint8 and ends.dtype == np.int64, "jpeg")
    _check(bounds[-1] == len(data) and all(a < b for a, b in pairwise(bounds)), "jpeg_end")
    return tuple(data[a:b] for a, b in pairwise(bounds))
