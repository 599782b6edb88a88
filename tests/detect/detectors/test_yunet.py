"""The YuNet detector: where it looks, and what it finds on the sample clip."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.yunet import Yunet, search_plan, yunet_detectors
from speaker_boxes.detect.scan.scan import scan
from speaker_boxes.detect.scan.search import detect_windows
from speaker_boxes.errors import ModelError
from speaker_boxes.geometry import check_boxes, pairwise_iou
from speaker_boxes.sample import clip_path, truth_path

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def yunet(yunet_model: Path) -> Yunet:
    return Yunet(yunet_model)


def test_the_face_is_found_and_followed(yunet_model: Path) -> None:
    """In each frame that shows the whole face a box lies on it, and hardly any elsewhere."""
    truth = json.loads(truth_path().read_text())
    boxes = truth["identities"]["astronaut"]["boxes"]

    with yunet_detectors(model=yunet_model) as pair, open_video(clip_path()) as video:
        clip = scan(video, pair)

    assert clip.detector == "yunet"
    for frame, box in boxes.items():
        if box[0] >= 10 and box[2] <= 630:  # it is not leaving the picture
            found = clip.faces.box[clip.faces.rows(int(frame))]
            assert pairwise_iou(found, check_boxes([box])).max(initial=0) > 0.6, frame
    known = {int(frame) for frame in [*boxes, *truth["ignore"]]}
    assert sum(frame not in known for frame in clip.faces.frame.tolist()) <= 5


@given(width=st.integers(16, 4096), height=st.integers(16, 4096))
def test_close_looks_cover_the_picture(width: int, height: int) -> None:
    """Each point lies in one; a face of 24 pixels has 14 and is whole in one."""
    plan = search_plan(None, width, height)  # type: ignore[arg-type]  # only passed on
    closest = plan.tiles or plan.full_frame[1:]

    for each in closest:
        x1, y1, x2, y2 = each.region
        assert max(each.width, each.height) / max(x2 - x1, y2 - y1) >= 0.599  # whole pixels
    face, rng = min(24, width, height), np.random.default_rng(0)
    for _ in range(20):
        x, y = int(rng.integers(0, width - face + 1)), int(rng.integers(0, height - face + 1))
        assert any(
            x1 <= x and y1 <= y and x + face <= x2 and y + face <= y2
            for x1, y1, x2, y2 in (each.region for each in closest)
        )


@given(width=st.integers(16, 4096), height=st.integers(16, 4096))
def test_looks_keep_the_pictures_proportions(width: int, height: int) -> None:
    """Faces are not stretched, and no look is larger than the network is quick at."""
    plan = search_plan(None, width, height)  # type: ignore[arg-type]  # only passed on

    for each in (*plan.full_frame, *plan.tiles):
        x1, y1, x2, y2 = each.region
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height
        assert max(each.width, each.height) <= 640
        assert abs(each.height - each.width * (y2 - y1) / (x2 - x1)) <= 0.51 * max(
            1, (y2 - y1) / (x2 - x1)
        )


def test_a_face_that_fills_the_picture_is_found(yunet: Yunet) -> None:
    """It is beyond the network at the larger scale, so the picture is shown small as well."""
    x1, y1, x2, y2 = json.loads(truth_path().read_text())["identities"]["astronaut"]["boxes"]["0"]
    with open_video(clip_path()) as video:
        close = next(video.frames()).picture.resized_crop(
            (x1 - 10, y1 - 10, x2 + 10, y2 + 10), 900, 900
        )
    picture = FrameImage(av.VideoFrame.from_ndarray(close, format="rgb24"), UPRIGHT, 900, 900)

    found = detect_windows(picture, search_plan(yunet, 900, 900).full_frame, min_score=0.5)

    assert len(found) == 1
    assert float((found.box[:, 2:] - found.box[:, :2]).min()) > 600


def test_it_says_nothing(yunet_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """OpenCV warns of its own network engine on stderr."""
    with yunet_detectors(model=yunet_model) as pair, open_video(clip_path()) as video:
        detect_windows(next(video.frames()).picture, pair.plan(640, 360).full_frame, min_score=0.5)

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"no model at all" * 100], ids=["empty", "other"])
def test_what_is_no_model_is_refused(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """Our error in one line, not OpenCV's in ten."""
    path = tmp_path / "mine.onnx"
    path.write_bytes(content)

    with (
        pytest.raises(ModelError, match=r"cannot load .*mine\.onnx") as caught,
        yunet_detectors(model=path),
    ):
        pass

    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
