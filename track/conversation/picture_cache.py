"""Small pictures of faces kept on disk: the next choice needs no second decoding."""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.errors import OutputError
from speaker_boxes.files import write_atomic
from speaker_boxes.track.conversation.stretches import TrackPart

logger = logging.getLogger(__name__)

Jpegs = tuple[bytes, ...]
"""One a frame of a part."""


_CUT = b"brightness"
"""How pictures are cut: another word, and those that were kept are cut anew."""


def key_of(part: TrackPart) -> str:
    """What decides the pictures: which frames, where the face is in them, and how it is cut."""
    digest = hashlib.blake2b(_CUT + part.frame.tobytes(), digest_size=16)
    digest.update(np.ascontiguousarray(part.box).data)
    return digest.hexdigest()


def load_pictures(path: Path) -> dict[str, Jpegs]:
    """What was kept of a clip; nothing if it is not there or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            keys, counts = kept["keys"].tolist(), kept["counts"].tolist()
            ends, data = kept["ends"].tolist(), kept["jpeg"].tobytes()
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    if sum(counts) != len(ends) or len(keys) != len(counts) or [*ends, 0][-2:][0] != len(data):
        return {}
    with suppress(OSError):  # another process removed it
        os.utime(path)  # used now
    jpegs = [data[start:end] for start, end in pairwise([0, *ends])]
    bounds = np.cumsum([0, *counts]).tolist()
    return {
        key: tuple(jpegs[first:end])
        for key, (first, end) in zip(keys, pairwise(bounds), strict=True)
    }


def save_pictures(path: Path, cache: Cache, pictures: Mapping[str, Jpegs]) -> None:
    """Keep the pictures of a clip; a full disk costs time the next time, and nothing else."""
    jpegs: Sequence[bytes] = [jpeg for each in pictures.values() for jpeg in each]
    content = io.BytesIO()
    np.savez(
        content,
        keys=np.array(list(pictures)),
        counts=np.array([len(each) for each in pictures.values()]),
        ends=np.cumsum([len(jpeg) for jpeg in jpegs]),
        jpeg=np.frombuffer(b"".join(jpegs), dtype=np.uint8),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content.getvalue())
    except (OSError, OutputError) as error:
        logger.warning("cannot keep the pictures of the faces: %s", error)
        return
    cache.make_room(path)
