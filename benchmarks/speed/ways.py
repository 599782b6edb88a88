"""The ways to get through a clip that are compared; this file runs one of them once.

Each way is a function that prepares (imports, models: not timed) and gives a second function,
which goes through the clip and returns its number of frames, and the size of what it found.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import psutil

from benchmarks.media import ROOT, yunet_model

if TYPE_CHECKING:
    from speaker_boxes.detect.detectors.registry import DetectorChoice

Image = npt.NDArray[np.uint8]
Run = Callable[[Path], dict[str, float]]

MAX_FRAMES = {"mediapipe": 500, "yunet": 60, "dlib": 10}
"""The loops' rate is measured on the first frames: YuNet and dlib take 0.1 to 0.5 s for one of
1080p."""


def decode_alone() -> Run:
    """PyAV with all cores, nothing done with the frames."""

    def run(clip: Path) -> dict[str, float]:
        with av.open(str(clip)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            return {"n_frames": sum(1 for _ in container.decode(stream))}

    return run


def mediapipe_loop(model: str, ending: ExitStack) -> Run:
    """The obvious loop: OpenCV reads, MediaPipe looks at the whole frame."""
    import mediapipe

    from speaker_boxes.detect.detectors.blazeface_mediapipe import BlazeFace
    from speaker_boxes.detect.detectors.model_files import FULL_RANGE, SHORT_RANGE

    # the detector beneath ours, made silent and private by it, called as anybody would
    blaze = BlazeFace(SHORT_RANGE if model == "short" else FULL_RANGE, min_score=0.5)
    ending.callback(blaze.close)  # left to the end of the program, its clean-up fails loudly
    detector = blaze._detector

    def detect_windows(frame: Image) -> None:
        rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        detector.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb))

    return _loop(detect_windows, MAX_FRAMES["mediapipe"])


def yunet_loop() -> Run:
    """OpenCV reads, OpenCV's own detector looks at the whole frame."""
    detector = cv2.FaceDetectorYN.create(str(yunet_model()), "", (320, 320), 0.6)

    def detect_windows(frame: Image) -> None:
        detector.setInputSize((frame.shape[1], frame.shape[0]))
        detector.detect(frame)

    return _loop(detect_windows, MAX_FRAMES["yunet"])


def dlib_loop() -> Run:
    """``face_recognition.face_locations`` as it comes: HOG, the picture doubled once."""
    import dlib

    detector = dlib.get_frontal_face_detector()
    return _loop(lambda frame: detector(frame[:, :, ::-1].copy(), 1), MAX_FRAMES["dlib"])


def _find(choice: DetectorChoice, **how: Any) -> Run:
    """``find_faces``, and what it found."""
    from speaker_boxes.detection import DetectionOptions, find_faces

    def run(clip: Path) -> dict[str, float]:
        found = find_faces(clip, DetectionOptions(detectors=choice, **how))
        faces, crops = found.faces, found.crops
        arrays = (
            faces.frame,
            faces.box,
            faces.score,
            found.frame_diffs,
            found.thumbs.image,
            crops.row,
        )
        size = sum(each.nbytes for each in arrays) + sum(map(sys.getsizeof, crops.jpeg))
        n_frames = found.video.n_frames
        return {"n_frames": n_frames, "n_faces": len(faces), "result_mb": size / 1e6}

    return run


def cold(*, detector: str = "mediapipe") -> Run:
    """``find_faces`` as a program calls it: what it starts and opens is timed, imports are not."""
    from speaker_boxes.detect.detectors.registry import DetectorChoice

    return _find(DetectorChoice(detector, yunet_model() if detector == "yunet" else None))


def ours(ending: ExitStack, *, workers: int | None = None, detector: str = "mediapipe") -> Run:
    """``find_faces``: every frame decoded, faces found and followed, in processes that wait."""
    from speaker_boxes.detect.detectors.registry import DetectorChoice
    from speaker_boxes.detect.run.worker_pool import WorkerPool

    n_workers = workers or os.cpu_count() or 1
    choice = DetectorChoice(detector, yunet_model() if detector == "yunet" else None)
    pool = ending.enter_context(WorkerPool(n_workers))
    model = str(choice.model or "")
    # workers do not look in the current folder
    here = f"import sys; sys.path.append({str(ROOT)!r})"
    call = f"from benchmarks.speed.ways import warm; warm({choice.name!r}, {model!r})"
    for future in [pool.submit(exec, f"{here}; {call}") for _ in range(n_workers)]:
        future.result()

    return _find(choice, executor=pool)


def warm(name: str, model: str) -> None:
    """In a worker: open the detectors, and leave the next task to the others."""
    from speaker_boxes.detect.detectors.open_detectors import thread_detectors
    from speaker_boxes.detect.detectors.registry import DetectorChoice

    thread_detectors(DetectorChoice(name, Path(model) if model else None))
    time.sleep(1.0)


WAYS: dict[str, Callable[[ExitStack], Run]] = {
    "decode": lambda ending: decode_alone(),
    "loop-short": lambda ending: mediapipe_loop("short", ending),
    "loop-full": lambda ending: mediapipe_loop("full", ending),
    "loop-yunet": lambda ending: yunet_loop(),
    "loop-dlib": lambda ending: dlib_loop(),
    "ours": ours,
    "ours-1": lambda ending: ours(ending, workers=1),
    "ours-cold": lambda ending: cold(),
    "ours-yunet": lambda ending: ours(ending, detector="yunet"),
    "ours-yunet-1": lambda ending: ours(ending, workers=1, detector="yunet"),
    "ours-yunet-cold": lambda ending: cold(detector="yunet"),
}


def _loop(detect_windows: Callable[[Image], object], max_frames: int) -> Run:
    def run(clip: Path) -> dict[str, float]:
        capture = cv2.VideoCapture(str(clip))
        n_frames = 0
        while n_frames != max_frames:
            there, frame = capture.read()
            if not there:
                break
            detect_windows(np.asarray(frame, dtype=np.uint8))
            n_frames += 1
        capture.release()
        return {"n_frames": n_frames}

    return run


def _cpu_s() -> float:
    """Seconds of processor time of this process and of those that it started."""
    me = psutil.Process()
    mine, *theirs = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    running = sum(times.user + times.system for times in (mine, *theirs))
    return float(running + mine.children_user + mine.children_system)


def main() -> None:
    """Run one way on one clip; one line of JSON."""
    way, clip = sys.argv[1], Path(sys.argv[2])
    with ExitStack() as ending:
        run = WAYS[way](ending)
        cpu, wall = _cpu_s(), time.perf_counter()
        said = run(clip)
        wall, cpu = time.perf_counter() - wall, _cpu_s() - cpu
    print(json.dumps({**said, "wall_s": wall, "cpu_s": cpu}))


if __name__ == "__main__":
    main()
