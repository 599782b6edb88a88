"""The ways to get through a clip that ``speed.py`` compares; this file runs one of them once.

Each way is a function that prepares (imports, models: not timed) and gives a second function,
which goes through the clip and returns its number of frames.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Run = Callable[[Path], int]

MAX_SLOW_FRAMES = {"yunet": 60, "dlib": 10}
"""They take 0.1 to 0.5 s for a 1080p frame: their rate is measured on the first ones."""


def decode_alone() -> Run:
    """PyAV with all cores, nothing done with the frames."""

    def run(clip: Path) -> int:
        with av.open(str(clip)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            return sum(1 for _ in container.decode(stream))

    return run


def mediapipe_loop(model: str) -> Run:
    """The obvious loop: OpenCV reads, MediaPipe looks at the whole frame."""
    import mediapipe

    from speaker_boxes.detect.mediapipe_faces import BlazeFace
    from speaker_boxes.detect.model_file import FULL_RANGE, SHORT_RANGE

    # the detector beneath ours, made silent and private by it, called as anybody would
    blaze = BlazeFace(SHORT_RANGE if model == "short" else FULL_RANGE, min_score=0.5)
    atexit.register(blaze.close)  # left to the end of the program, its clean-up fails loudly
    detector = blaze._detector

    def look(frame: Image) -> None:
        rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        detector.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb))

    return _loop(look)


def yunet_loop() -> Run:
    """OpenCV reads, OpenCV's own detector looks at the whole frame."""
    from benchmarks.media import yunet_model

    detector = cv2.FaceDetectorYN.create(str(yunet_model()), "", (320, 320), 0.6)

    def look(frame: Image) -> None:
        detector.setInputSize((frame.shape[1], frame.shape[0]))
        detector.detect(frame)

    return _loop(look, MAX_SLOW_FRAMES["yunet"])


def dlib_loop() -> Run:
    """``face_recognition.face_locations`` as it comes: HOG, the picture doubled once."""
    import dlib

    detector = dlib.get_frontal_face_detector()
    return _loop(lambda frame: detector(frame[:, :, ::-1].copy(), 1), MAX_SLOW_FRAMES["dlib"])


def ours() -> Run:
    """``find_faces``: every frame decoded, faces found and followed."""
    from speaker_boxes.detect.mediapipe_faces import mediapipe_detectors
    from speaker_boxes.pipeline import find_faces

    open_until_exit = ExitStack()
    detectors = open_until_exit.enter_context(mediapipe_detectors())

    def run(clip: Path) -> int:
        with open_until_exit:
            return find_faces(clip, detectors=detectors).video.n_frames

    return run


WAYS: dict[str, Callable[[], Run]] = {
    "decode": decode_alone,
    "loop-short": lambda: mediapipe_loop("short"),
    "loop-full": lambda: mediapipe_loop("full"),
    "loop-yunet": yunet_loop,
    "loop-dlib": dlib_loop,
    "ours": ours,
}


def _loop(look: Callable[[Image], object], max_frames: int | None = None) -> Run:
    def run(clip: Path) -> int:
        capture = cv2.VideoCapture(str(clip))
        n_frames = 0
        while n_frames != max_frames:
            there, frame = capture.read()
            if not there:
                break
            look(np.asarray(frame, dtype=np.uint8))
            n_frames += 1
        capture.release()
        return n_frames

    return run


def _cpu_s() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


def main() -> None:
    """Run one way on one clip; one line of JSON."""
    way, clip = sys.argv[1], Path(sys.argv[2])
    run = WAYS[way]()
    cpu, wall = _cpu_s(), time.perf_counter()
    n_frames = run(clip)
    wall, cpu = time.perf_counter() - wall, _cpu_s() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"n_frames": n_frames, "wall_s": wall, "cpu_s": cpu, "own_peak_mb": peak}))


if __name__ == "__main__":
    main()
