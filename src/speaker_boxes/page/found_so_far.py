"""Faces of the parts of a clip that are done, while the rest is still looked at."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from speaker_boxes.detect.decode.chunk_plan import Chunk
from speaker_boxes.detect.scan.builder import ChunkFaces, SegmentFaces


class FoundSoFar:
    """Chunks as they get done."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._first = {chunk.number: chunk.first for chunk in chunks}
        self._done: dict[int, SegmentFaces] = {}
        self._lock = threading.Lock()

    def add(self, number: int, chunk: ChunkFaces) -> None:
        """Take a chunk."""
        with self._lock:
            self._done[self._first[number]] = chunk.segment

    def spans(self) -> list[list[int]]:
        """Frames ``[first, end)`` whose faces are found, in order; those that touch are one."""
        with self._lock:
            stretches = sorted((first, first + one.n_frames) for first, one in self._done.items())
        spans: list[list[int]] = []
        for first, end in stretches:
            if spans and spans[-1][1] == first:
                spans[-1][1] = end
            else:
                spans.append([first, end])
        return spans

    def faces(self, first: int, end: int) -> list[list[float]]:
        """Faces of frames ``[first, end)``, each as ``[frame, -1, x1, y1, x2, y2]``: no tracks."""
        with self._lock:
            done = sorted(self._done.items())
        rows: list[list[float]] = []
        for start, segment in done:
            if start < end and start + segment.n_frames > first:
                frame = start + np.repeat(np.arange(segment.n_frames), segment.n_faces)
                inside = (frame >= first) & (frame < end)
                boxes = np.round(segment.box[inside], 1).tolist()
                rows += [
                    [f, -1, *box] for f, box in zip(frame[inside].tolist(), boxes, strict=True)
                ]
        return rows
