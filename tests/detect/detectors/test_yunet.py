"""The YuNet detector: where it looks, and what it finds on the sample clip."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.yunet import (
    Yunet,
    nms_of_images,
    search_plan,
    yunet_detectors,
)
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
        assert max(each.width, each.height) <= max(192, 0.667 * max(x2 - x1, y2 - y1) + 1)
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


@pytest.mark.parametrize("width", [640, 500, 333, 192, 97, 31])
def test_boxes_are_those_of_opencv(yunet: Yunet, yunet_model: Path, width: int) -> None:
    """Box by box and score by score, also where a side is no multiple of 32."""
    height = round(width * 9 / 16)
    theirs = cv2.FaceDetectorYN.create(str(yunet_model), "", (width, height), 0.3, 0.3, 500)
    n_found = 0
    with open_video(clip_path()) as video:
        for frame in itertools.islice(video.frames(), 0, 170, 17):
            image = frame.picture.resized_crop((0, 0, 640, 360), width, height)
            rows = theirs.detect(np.ascontiguousarray(image[..., ::-1]))[1]
            rows = np.zeros((0, 15), np.float32) if rows is None else np.asarray(rows, np.float32)
            size = rows[:, 2:4] * [1, 1 - 0.006]  # the chin is moved

            found = yunet.detect(image)

            n_found += len(found)
            assert found.score == pytest.approx(rows[:, 14], abs=1e-5)
            assert found.box == pytest.approx(
                np.concatenate([rows[:, :2], rows[:, :2] + size], axis=1), abs=1e-3
            )
    assert n_found >= 8 or width < 100


def test_a_batch_finds_what_single_calls_find(yunet: Yunet) -> None:
    """Images of one batch do not suppress each other's faces."""
    with open_video(clip_path()) as video:
        picture = next(video.frames()).picture
    images = [picture.resized_crop((left, 0, left + 360, 360), 192, 192) for left in (0, 60, 280)]

    found, image = yunet.detect_batch(images)

    single = [yunet.detect(each) for each in images]
    assert image.tolist() == [i for i, each in enumerate(single) for _ in range(len(each))]
    assert found.box.tolist() == np.concatenate([each.box for each in single]).tolist()
    assert len(set(image.tolist())) > 1


def test_of_overlapping_boxes_of_an_image_the_best_stays() -> None:
    """A second face beside it stays, and the same box in another image."""
    box = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10], [0, 0, 10, 10]], np.float32)
    score = np.array([0.5, 0.9, 0.4, 0.3], np.float32)

    kept = nms_of_images(box, score, np.array([0, 0, 0, 1]))

    assert kept.tolist() == [1, 2, 3]


def test_it_says_nothing(yunet_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """ONNX Runtime warns on stderr of what it does not like in a graph."""
    with yunet_detectors(model=yunet_model) as pair, open_video(clip_path()) as video:
        detect_windows(next(video.frames()).picture, pair.plan(640, 360).full_frame, min_score=0.5)

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"no model at all" * 100], ids=["empty", "other"])
def test_what_is_no_model_is_refused(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """Our error in one line."""
    path = tmp_path / "mine.onnx"
    path.write_bytes(content)

    with (
        pytest.raises(ModelError, match=r"cannot load .*mine\.onnx") as caught,
        yunet_detectors(model=path),
    ):
        pass

    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
