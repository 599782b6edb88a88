"""Faces of a clip, and of a chunk of one, as one .npz file: NumPy arrays and JSON, no pickle."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
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
from speaker_boxes.detect.scan.crops import Crops, Thumbs
from speaker_boxes.detect.scan.face_change import FaceChanges

FORMAT = 2
"""Number of the file's form; another one is not read."""

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
    try:
        return ClipFaces(
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
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise NpzError(f"{type(error).__name__}: {error}") from error


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
    try:
        columns = {
            field.name: arrays[field.name] for field in fields(SegmentFaces) if field.name != "jpeg"
        }
        segment = SegmentFaces(jpeg=_unpack(arrays["jpeg"], arrays["jpeg_end"]), **columns)
        return ChunkFaces(segment, arrays.get("next_thumb"), int(head["n_resized"]))
    except (KeyError, TypeError, ValueError) as error:
        raise NpzError(f"{type(error).__name__}: {error}") from error


def _npz(head: dict[str, object], arrays: Arrays) -> bytes:
    text = json.dumps({"format": FORMAT, **head}).encode()
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, head=np.frombuffer(text, np.uint8), **arrays)
    return file.getvalue()


def _read(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """The head and the arrays; the zip's own checksums are compared on the way."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(arrays.pop("head").tobytes())
        if (head["format"], head["kind"]) != (FORMAT, kind):
            raise NpzError(f"it is of the form {head['format']}, kind {head['kind']}")
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise NpzError(f"{type(error).__name__}: {error}") from error
    return head, arrays


def _pack(jpeg: tuple[bytes, ...]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """All pictures one after the other, and where each ends."""
    ends = np.cumsum([len(each) for each in jpeg], dtype=np.int64)
    return np.frombuffer(b"".join(jpeg), np.uint8), ends


def _unpack(packed: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> tuple[bytes, ...]:
    data, bounds = packed.tobytes(), [0, *ends.tolist()]
    return tuple(data[a:b] for a, b in pairwise(bounds))
