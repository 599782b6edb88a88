"""When a clip's work goes from threads of this process to processes: by how fast it gets on.

Networks, decoder and OpenCV let go of Python's lock, so that two threads get on nearly as two
processes do, and start at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.run.worker_pool import WorkerPool

PROCESSES_FROM_S = 4.0
"""Seconds of work left for threads from which processes are worth their start. To start one for
each of two cores took 1 s of both, and they got through clips 1.2 to 1.4 times as fast as threads,
which wait for each other where the work is Python's."""
RATE_FROM_S = 0.5
"""Seconds after which the threads' rate is believed."""


class Scout:
    """Watches how fast threads get on, and has a pool's processes started if that pays."""

    def __init__(self, pool: WorkerPool, n_frames: int) -> None:
        self._pool = pool
        self._n_left = n_frames
        self._n_done = 0
        self._lock = threading.Lock()
        self._start = time.monotonic()

    def watch(self, frames: Iterable[FrameImage]) -> Iterator[FrameImage]:
        """Frames of a chunk that a thread does; they end with an error when the pool has ended."""
        for frame in frames:
            self._pool.check()
            with self._lock:
                self._n_done += 1
                self._n_left -= 1
                took_s = time.monotonic() - self._start
                left_s = took_s * self._n_left / self._n_done
            if took_s >= RATE_FROM_S and left_s >= PROCESSES_FROM_S:
                self._pool.start_processes()
            yield frame
