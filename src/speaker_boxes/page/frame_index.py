"""Which frame is where in a file: from its packets, without decoding."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.chunk_plan import Ticks, index_packets
from speaker_boxes.detect.decode.decoder import DecodeStats, decode
from speaker_boxes.detect.decode.source import choose_stream, open_container, set_up_decoder

_N_TRIED = 32
"""Frames at the beginning that are decoded to see: twice what a decoder may bring into order."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """Frames by their timestamps, and from which of them on decoding can begin."""

    pts: Ticks
    """Shape (n_frames,), rising: timestamp of each frame, in units of the stream's time base."""
    keys: npt.NDArray[np.int64]
    """Shape (k,), rising: indices of frames that need none before them; the first is 0."""

    def key_before(self, frame: int) -> int:
        """The last key frame that is not after a frame."""
        return int(self.keys[np.searchsorted(self.keys, frame, side="right") - 1])

    def frame_at(self, pts: int) -> int | None:
        """The frame with a timestamp, if there is one."""
        place = int(np.searchsorted(self.pts, pts))
        return place if place < len(self.pts) and self.pts[place] == pts else None


def read_index(path: Path, name: str, stream_index: int) -> FrameIndex | None:
    """Index a file; ``None`` if its packets do not say which frames there are."""
    packets = index_packets(path, name, stream_index)
    if packets is None or not packets.pts:
        return None
    pts = np.sort(np.frombuffer(packets.pts, dtype=np.int64))
    if (np.diff(pts) == 0).any():
        return None
    if not _begins_so(pts[:_N_TRIED].tolist(), path, name, stream_index):
        return None
    keys = np.searchsorted(pts, np.frombuffer(packets.keys, dtype=np.int64))
    return FrameIndex(pts, np.unique(np.concatenate([[0], keys])).astype(np.int64))


def _begins_so(pts: list[int], path: Path, name: str, stream_index: int) -> bool:
    """Whether the first frames have these times, in this order.

    They have others where a container has no times but those of decoding, or where a clip begins
    with pictures that refer to some that are not there.
    """
    with open_container(path, name) as container:
        stream = choose_stream(container, name, stream_index)
        set_up_decoder(stream, threads=1)
        frames = decode(container, stream, DecodeStats(), name, path)
        with closing(frames):
            return [frame.pts for frame in islice(frames, len(pts))] == pts
