"""Where a clip can be cut into chunks that are decoded each by itself: at key frames.

The plan comes from the clip's packets alone, so that the chunks, and with them the result, are
the same for any number of workers.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path

import av.error
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.source import choose_stream, open_container, read_packets

_LONG_CHUNKS = 16
"""A longer clip has chunks of up to four times as many frames: enough to keep workers busy to the
end, fewer searches, and fewer of the small pictures that are kept at each border."""

Ticks = npt.NDArray[np.int64]
"""Shape (n,): timestamps in units of the stream's time base."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Frames that follow each other, from a key frame to the one before another."""

    number: int
    first: int
    """Index of the first frame."""
    pts: Ticks
    """Shape (n_frames,), rising: what the frames' timestamps have to be, by the packets."""
    end_pts: int | None
    """Timestamp of the next chunk's first frame; ``None`` at the clip's end."""


@dataclass(slots=True)
class Packets:
    """What the packets of a stream say, in the order of decoding."""

    pts: array[int]
    keys: array[int]
    """Timestamps of key frames at which nothing that came before is still to be shown."""


def plan_chunks(path: Path, name: str, stream_index: int, *, min_frames: int) -> tuple[Chunk, ...]:
    """Cut a clip into chunks; none if it has to be decoded in one run.

    A clip has to be if one of its packets has no timestamp, if two have the same one, or if only
    the first is a key frame. The packets are read once, without decoding.
    """
    packets = index_packets(path, name, stream_index)
    if packets is None or len(packets.pts) < 2 * min_frames:
        return ()
    min_frames = max(min_frames, min(4 * min_frames, len(packets.pts) // _LONG_CHUNKS))
    pts = np.sort(np.frombuffer(packets.pts, dtype=np.int64))
    if (np.diff(pts) == 0).any():
        return ()
    starts = [0]
    for index in np.searchsorted(pts, np.frombuffer(packets.keys, dtype=np.int64)).tolist():
        if index - starts[-1] >= min_frames and len(pts) - index >= min_frames:
            starts.append(index)
    if len(starts) == 1:
        return ()
    ends = [*starts[1:], len(pts)]
    return tuple(
        Chunk(i, first, pts[first:end], int(pts[end]) if end < len(pts) else None)
        for i, (first, end) in enumerate(zip(starts, ends, strict=True))
    )


def index_packets(path: Path, name: str, stream_index: int) -> Packets | None:
    """All packets; ``None`` if they are not what a chunk can rely on."""
    found = Packets(array("q"), array("q"))
    latest: int | None = None
    try:
        with open_container(path, name) as container:
            stream = choose_stream(container, name, stream_index)
            for packet in read_packets(container, stream):
                if not packet.size:
                    continue  # the end
                if packet.pts is None or packet.is_corrupt:
                    return None
                if packet.is_discard:
                    continue
                if packet.is_keyframe and latest is not None and packet.pts > latest:
                    found.keys.append(packet.pts)
                latest = packet.pts if latest is None else max(latest, packet.pts)
                found.pts.append(packet.pts)
    except av.error.FFmpegError:
        return None
    return found
