"""What one would write in an afternoon: detect on every whole frame, link by overlap.

Each way has its box in the same shape as ours, which favours it: the difference that is left is
in finding and following, not in what a box is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.media import yunet_model
from speaker_boxes.click import Click
from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.base import Detections, FaceDetector
from speaker_boxes.detect.detectors.blazeface_mediapipe import BlazeFace
from speaker_boxes.detect.detectors.model_files import FULL_RANGE, SHORT_RANGE
from speaker_boxes.detect.detectors.yunet import Yunet
from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import BoxArray, pairwise_iou

LINK_IOU = 0.3
"""Overlap with the frame before from which a box is the same face: SORT's default."""
_MAX_SIDE = {"short-range": 1920, "full-range": 1920, "yunet": 640}
"""What the longer side is scaled down to at most; MediaPipe scales on by itself."""
_MIN_SCORE = {"short-range": 0.5, "full-range": 0.5, "yunet": 0.6}
"""MediaPipe's default; for YuNet what its authors' benchmark on video uses."""


@contextmanager
def whole_frame_detectors() -> Iterator[dict[str, FaceDetector]]:
    """Open the detectors of the plain ways, by name."""
    with (
        closing(BlazeFace(SHORT_RANGE, min_score=_MIN_SCORE["short-range"])) as short,
        closing(BlazeFace(FULL_RANGE, min_score=_MIN_SCORE["full-range"])) as full,
    ):
        yunet = Yunet(yunet_model(), min_score=_MIN_SCORE["yunet"])
        yield {"short-range": short, "full-range": full, "yunet": yunet}


def detect_whole_frames(clip: Path, detectors: dict[str, FaceDetector]) -> dict[str, Faces]:
    """All faces that each detector sees in the whole frames of a clip."""
    columns: dict[str, list[Detections]] = {name: [] for name in detectors}
    with open_video(clip) as video:
        for frame in video.frames():
            for name, detector in detectors.items():
                columns[name].append(detect_in(frame.picture, detector, _MAX_SIDE[name]))
    return {name: _columns(found) for name, found in columns.items()}


def detect_in(picture: FrameImage, detector: FaceDetector, max_side: int) -> Detections:
    """Find faces in a whole picture, its longer side scaled down to ``max_side`` at most."""
    scale = min(1.0, max_side / max(picture.width, picture.height))
    width, height = round(picture.width * scale), round(picture.height * scale)
    found = detector.detect(
        picture.resized_crop((0, 0, picture.width, picture.height), width, height)
    )
    ratio = np.array([picture.width / width, picture.height / height] * 2, dtype=np.float32)
    return Detections(found.box * ratio, found.score)


def _columns(found: Sequence[Detections]) -> Faces:
    return Faces(
        np.repeat(np.arange(len(found)), [len(each) for each in found]),
        np.concatenate([each.box for each in found]),
        np.concatenate([each.score for each in found]),
    )


def follow_clicks(faces: Faces, n_frames: int, clicks: Sequence[Click]) -> BoxArray:
    """Link by overlap from each click to both sides; a frame goes with the nearest click.

    Returns
    -------
    (n_frames, 4) float32, NaN where there is no box
    """
    out = np.full((n_frames, 4), np.nan, dtype=np.float32)
    starts = np.array([click.frame or 0 for click in clicks])
    nearest = np.abs(np.arange(n_frames)[:, None] - starts).argmin(axis=1)
    for i, click in enumerate(clicks):
        first = _under(faces, click)
        if first is None:
            continue
        mine = np.flatnonzero(nearest == i)
        after, before = mine[mine >= starts[i]], mine[mine < starts[i]][::-1]
        for frames in (after, before):
            box = first
            for frame in frames.tolist():
                boxes = faces.box[faces.rows(frame)]
                overlap = pairwise_iou(box[None], boxes)[0]
                if len(boxes) and overlap.max() >= LINK_IOU:
                    box = out[frame] = boxes[overlap.argmax()]
    return out


def _under(faces: Faces, click: Click) -> npt.NDArray[np.float32] | None:
    boxes = faces.box[faces.rows(click.frame or 0)]
    point = np.array([click.x, click.y])
    inside = ((boxes[:, :2] <= point) & (point < boxes[:, 2:])).all(axis=1)
    return boxes[inside][0] if inside.any() else None


def link_by_overlap(faces: Faces, n_frames: int) -> npt.NDArray[np.int64]:
    """A track id for each face: the largest overlap with the frame before, else a new one."""
    ids = np.full(len(faces), -1, dtype=np.int64)
    n_tracks = 0
    for frame in range(n_frames):
        now = faces.rows(frame)
        before = faces.rows(frame - 1) if frame else slice(0, 0)
        overlap = pairwise_iou(faces.box[before], faces.box[now])
        for flat in np.argsort(-overlap, axis=None, kind="stable").tolist():
            old, new = divmod(flat, overlap.shape[1])
            if overlap[old, new] < LINK_IOU:
                break
            old, new = old + before.start, new + now.start
            if ids[new] < 0 and ids[old] not in ids[now]:
                ids[new] = ids[old]
        for row in range(now.start, now.stop):
            if ids[row] < 0:
                ids[row] = n_tracks
                n_tracks += 1
    return ids


Way = Callable[[Sequence[Click]], BoxArray]
"""From clicks on one person to a box a frame."""
