"""Where the milliseconds go: processor time a frame of each stage of ``find_faces``, one worker.

    python -m benchmarks.speed.stages CLIP [--detector yunet]

Each stage's own time, without that of stages within it. The clocks cost about a microsecond a
call, which is in the figures.
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

from benchmarks.media import yunet_model
from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.video import open_local
from speaker_boxes.detect.detectors.blazeface_litert import LitertFace
from speaker_boxes.detect.detectors.blazeface_mediapipe import BlazeFace
from speaker_boxes.detect.detectors.registry import open_detectors
from speaker_boxes.detect.detectors.yunet import Yunet
from speaker_boxes.detect.scan import builder, scan
from speaker_boxes.detect.scan.cuts import FrameDiffMeter
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detect.scan.roi_tracker import RoiTracker
from speaker_boxes.fetch.source import Download

STAGES: dict[str, list[tuple[Any, str]]] = {
    "cut out": [(FrameImage, "resized_crop")],
    "network": [
        (LitertFace, "detect"), (LitertFace, "detect_batch"), (BlazeFace, "detect"),
        (Yunet, "detect"), (Yunet, "detect_batch"),
    ],
    "search": [(scan._Scanner, "_search"), (scan._Scanner, "_search_back")],
    "association": [(RoiTracker, "step")],
    "meter": [(FrameImage, "luma"), (FrameDiffMeter, "measure")],
    "crops": [(builder, "cut_crop")],
}  # fmt: skip
"""Stage -> functions, by where their names are looked up."""


class Clock:
    """Processor time by stage; of stages within each other the inner one's.

    Of the whole process: MediaPipe works in threads of its own.
    """

    def __init__(self) -> None:
        self.ns: dict[str, int] = defaultdict(int)
        self.calls: dict[str, int] = defaultdict(int)
        self._open: list[str] = ["rest"]
        self._since = time.process_time_ns()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens within as a stage's."""
        self._switch()
        self._open.append(name)
        self.calls[name] += 1
        try:
            yield
        finally:
            self._switch()
            self._open.pop()

    def watch(self, owner: Any, attribute: str, name: str) -> None:
        """Count a function's time as a stage's from here on."""
        call: Callable[..., object] = getattr(owner, attribute)

        def watched(*args: object, **kwargs: object) -> object:
            with self.stage(name):
                return call(*args, **kwargs)

        setattr(owner, attribute, watched)

    def _switch(self) -> None:
        now = time.process_time_ns()
        self.ns[self._open[-1]] += now - self._since
        self._since = now


def profile(clip: Path, detector: str) -> tuple[dict[str, float], int, int]:
    """Milliseconds a frame by stage, the number of frames, and that of faces."""
    clock = Clock()
    for name, functions in STAGES.items():
        for owner, attribute in functions:
            clock.watch(owner, attribute, name)
    model = yunet_model() if detector == "yunet" else None
    with (
        open_detectors(detector, model=model) as pair,
        open_local(Download(clip), clip.name, threads=1) as video,
    ):
        pictures = _decoded(clock, (frame.picture for frame in video.frames()))
        options, rate = ScanOptions(), video.claims.frame_rate
        clock.ns.clear()
        found = scan.scan_pictures(pictures, pair, frame_rate=rate, options=options)
    with clock.stage("hand-over"):
        pickle.loads(pickle.dumps(found))
    n_frames = found.n_frames
    return (
        {name: ns / 1e6 / n_frames for name, ns in clock.ns.items()},
        n_frames,
        len(found.score),
    )


def _decoded(clock: Clock, pictures: Iterator[FrameImage]) -> Iterator[FrameImage]:
    while True:
        with clock.stage("decode"):
            picture = next(pictures, None)
        if picture is None:
            return
        yield picture


def main() -> None:
    """Print a line for each stage, the largest first."""
    parser = argparse.ArgumentParser(description="Measure the stages of detection.")
    parser.add_argument("clip", type=Path)
    parser.add_argument("--detector", default="mediapipe")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)  # else its other threads' time would be nobody's
    stages, n_frames, n_faces = profile(chosen.clip, chosen.detector)
    print(f"{chosen.clip.name}, {chosen.detector}: {n_frames} frames, {n_faces} faces")
    for name, ms in sorted(stages.items(), key=lambda item: -item[1]):
        print(f"{name:12} {ms:6.3f} ms a frame")
    print(f"{'all':12} {sum(stages.values()):6.3f}")


if __name__ == "__main__":
    main()
