"""Nothing lags behind: the whole way on a real face that moves fast along a known path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from speaker_boxes import Click, open_video, parse_click, track_speaker
from speaker_boxes.sample import clip_path, sample_clicks

RATE = 25


@pytest.mark.parametrize("hertz", [0.7, 1.5])
def test_the_box_is_where_the_face_is(write_video: Callable[..., Path], hertz: float) -> None:
    """A nod of a third of the face: the offset peaks at 0 frames and stays under 3 % of it."""
    with open_video(clip_path()) as video:
        still = next(video.frames()).picture.rgb()
    click = parse_click(sample_clicks()[0])
    height, width = still.shape[:2]
    phase = 2 * np.pi * hertz * np.arange(60) / RATE
    path = np.column_stack([25 * np.cos(phase) - 25, 40 * np.sin(phase)])
    moved = [
        cv2.warpAffine(
            still, np.array([[1, 0, x], [0, 1, y]]), (width, height), borderMode=cv2.BORDER_REFLECT
        )
        for x, y in path.tolist()
    ]

    result = track_speaker(
        write_video(moved, rate=RATE), at=[Click(frame=0, x=click.x + 30, y=click.y)]
    )

    boxes = result.boxes
    assert not np.isnan(boxes).any()
    centre = np.column_stack([boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]]) / 2
    size = float(np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).mean())
    for axis in (0, 1):
        found = centre[:, axis] - centre[:, axis].mean()
        true = path[:, axis] - path[:, axis].mean()
        lags = range(-4, 5)
        match = [float(np.dot(np.roll(found, lag)[5:-5], true[5:-5])) for lag in lags]
        assert lags[int(np.argmax(match))] == 0
        assert np.abs(found - true).max() < 0.03 * size
