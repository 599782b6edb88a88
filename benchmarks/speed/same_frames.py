"""Whether the ways that are compared decode the same frames: count, order and content."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from speaker_boxes.detect.decode.video import open_video

Thumb = npt.NDArray[np.float32]
_MAX_DIFFERENCE = 6.0
"""Grey levels between the mean brightness of an eighth by an eighth of two pictures: converters
differ by two or three, frames of moving pictures by far more somewhere in a clip."""


def check_same_frames(clip: Path) -> int:
    """Compare PyAV, OpenCV and our own decoding; the number of frames.

    Raises
    ------
    SystemExit
        They differ.
    """
    n_frames = 0
    for index, thumbs in enumerate(zip_longest(_pyav(clip), _opencv(clip), _ours(clip))):
        if any(thumb is None for thumb in thumbs):
            raise SystemExit(f"{clip}: not all ways have a frame {index}")
        spread = np.ptp(np.array(thumbs), axis=0).max()
        if spread > _MAX_DIFFERENCE:
            raise SystemExit(f"{clip}: frame {index} differs by {spread:.1f} grey levels")
        n_frames += 1
    return n_frames


def _pyav(clip: Path) -> Iterator[Thumb]:
    with av.open(str(clip)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            yield _thumb(frame.to_ndarray(format="gray"))


def _opencv(clip: Path) -> Iterator[Thumb]:
    capture = cv2.VideoCapture(str(clip))
    while True:
        there, frame = capture.read()
        if not there:
            return
        yield _thumb(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))


def _ours(clip: Path) -> Iterator[Thumb]:
    with open_video(clip) as video:
        for frame in video.frames():
            picture = frame.picture
            yield _thumb(cv2.cvtColor(picture.rgb(), cv2.COLOR_RGB2GRAY))


def _thumb(grey: MatLike) -> Thumb:
    return np.asarray(cv2.resize(grey, (8, 8), interpolation=cv2.INTER_AREA), dtype=np.float32)
