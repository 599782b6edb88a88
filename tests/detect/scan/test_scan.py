"""Finding and following on the sample clip, whose truth is exact, with the real models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.base import Detections, DetectorPair, SearchPlan, Window
from speaker_boxes.detect.detectors.blazeface_box import face_box
from speaker_boxes.detect.detectors.blazeface_mediapipe import BlazeFace, mediapipe_detectors
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detect.scan.scan import scan
from speaker_boxes.detect.scan.search import detect_windows
from speaker_boxes.geometry import check_boxes, pairwise_iou
from speaker_boxes.sample import clip_path, truth_path


@pytest.fixture(scope="module")
def detectors() -> Iterator[DetectorPair]:
    with mediapipe_detectors() as pair:
        yield pair


@pytest.fixture(scope="module")
def clip(detectors: DetectorPair) -> ClipFaces:
    with open_video(clip_path()) as video:
        return scan(video, detectors)


@pytest.fixture(scope="module")
def truth() -> dict[int, list[float]]:
    boxes = json.loads(truth_path().read_text())["identities"]["astronaut"]["boxes"]
    return {int(frame): box for frame, box in boxes.items()}


def test_the_face_is_found_where_it_is(clip: ClipFaces, truth: dict[int, list[float]]) -> None:
    """In each frame that shows the whole face a box lies on it."""
    for frame, box in truth.items():
        x1, _, x2, _ = box
        if x1 < 10 or x2 > 630:
            continue  # it is leaving the picture
        found = clip.faces.box[clip.faces.rows(frame)]

        assert pairwise_iou(found, check_boxes([box])).max(initial=0) > 0.6, frame


def test_nothing_is_found_elsewhere(clip: ClipFaces, truth: dict[int, list[float]]) -> None:
    """No face at all while it is gone; at either end half of it may still be seen."""
    gone = np.setdiff1d(np.arange(170), list(truth))[5:-5]

    assert len(gone) > 15
    assert not np.isin(clip.faces.frame, gone).any()


def test_the_cut_is_found(clip: ClipFaces) -> None:
    cuts = json.loads(truth_path().read_text())["cuts"]

    assert find_cuts(clip.frame_diffs).tolist() == cuts


def test_the_same_clip_gives_the_same_faces(clip: ClipFaces, detectors: DetectorPair) -> None:
    """Bit by bit, run after run."""
    with open_video(clip_path()) as video:
        again = scan(video, detectors)

    assert (again.faces.box == clip.faces.box).all()
    assert (again.faces.score == clip.faces.score).all()
    assert (again.frame_diffs == clip.frame_diffs).all()


def test_every_frame_is_looked_at_for_a_face_that_comes_late(
    detectors: DetectorPair, clip: ClipFaces
) -> None:
    """A block longer than the clip: what its last search finds is followed back to the start."""
    with open_video(clip_path()) as video:
        found = scan(video, detectors, options=ScanOptions(block=40))

    back = np.arange(93, 119)
    assert np.isin(back, found.faces.frame).all()
    assert np.isin(back, clip.faces.frame).all()


def test_progress_is_told_and_may_cancel(detectors: DetectorPair) -> None:
    """Rising to the end; what it raises comes out, and the clip is closed."""
    on_progress: list[tuple[str, int, int | None]] = []
    with open_video(clip_path()) as video:
        scan(video, detectors, progress=lambda *what: on_progress.append(what))
    assert on_progress[-1] == ("detect", 170, 170)
    assert [done for _, done, _ in on_progress] == sorted(done for _, done, _ in on_progress)

    def stop(stage: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), open_video(clip_path()) as video:
        scan(video, detectors, progress=stop)


class Nothing:
    """A detector that finds no face."""

    def detect(self, image: Image) -> Detections:
        """Whatever the image."""
        return Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32))

    def detect_batch(self, images: Sequence[Image]) -> tuple[Detections, npt.NDArray[np.int64]]:
        """However many there are."""
        return self.detect(images[0]), np.empty(0, np.int64)


def test_a_clip_without_faces_has_no_rows() -> None:
    """All columns are there and empty; the length is still that of the clip."""
    looks = (Window(Nothing(), (0, 0, 640, 640), 192, 192),)
    pair = DetectorPair("nothing", lambda width, height: SearchPlan(looks, ()), Nothing(), 128)

    with open_video(clip_path()) as video:
        clip = scan(video, pair)

    assert len(clip.faces) == 0
    assert clip.faces.box.shape == (0, 4)
    assert len(clip.frame_diffs) == clip.video.n_frames == 170


def test_mediapipe_is_told_not_to_report_its_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """MediaPipe sends usage metrics for known environments; ours is unknown to it."""
    from mediapipe.tasks.python.vision import FaceDetector

    seen: list[int] = []
    create = FaceDetector.create_from_options

    def spy(options: object) -> object:
        seen.append(options.base_options.to_ctypes().host_environment)  # type: ignore[attr-defined]  # untyped
        return create(options)

    monkeypatch.setattr(FaceDetector, "create_from_options", spy)
    BlazeFace("blaze_face_short_range.tflite").close()

    assert seen == [0]


def test_native_libraries_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing of theirs on stdout or stderr from loading to closing."""
    with mediapipe_detectors() as pair, open_video(clip_path()) as video:
        frame = next(video.frames())
        detect_windows(frame.picture, pair.plan(640, 360).full_frame, min_score=0.5)

    assert capfd.readouterr() == ("", "")


def test_a_turned_head_moves_the_box() -> None:
    """A nose to the right of the ears' middle moves both edges to the right."""
    square = check_boxes([[0, 0, 100, 100]] * 2)
    points = np.zeros((2, 6, 2), np.float32)
    points[:, 4], points[:, 5] = [20, 50], [80, 50]
    points[0, 2], points[1, 2] = [50, 57], [60, 57]

    ahead, turned = face_box(square, points)

    assert ahead[0] + ahead[2] == pytest.approx(100, abs=0.01)
    assert (turned[[0, 2]] > ahead[[0, 2]]).all()
    assert (turned[[1, 3]] == ahead[[1, 3]]).all()


def test_the_chin_is_lower_in_profile_to_either_side() -> None:
    """Beyond where the farther eye is lost the square is too small for the face."""
    square = check_boxes([[0, 0, 100, 100]] * 3)
    points = np.zeros((3, 6, 2), np.float32)
    points[:, 4], points[:, 5] = [20, 50], [80, 50]
    points[:, 2] = [[50, 57], [110, 57], [-10, 57]]

    ahead, right, left = face_box(square, points)

    assert right[3] == left[3] == pytest.approx(ahead[3] + 5, abs=0.5)


def test_a_damaged_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from speaker_boxes.detect.detectors import blazeface_mediapipe as mediapipe_faces
    from speaker_boxes.errors import ModelError

    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    monkeypatch.setattr(mediapipe_faces, "model_path", lambda name: broken)

    with pytest.raises(ModelError, match=r"cannot load .*broken\.tflite"):
        BlazeFace("blaze_face_short_range.tflite")


@pytest.mark.parametrize(
    ("message", "package"),
    [
        ("libGL.so.1: cannot open shared object file", "libgl1"),
        ("libGLESv2.so.2: cannot open shared object file", "libgles2"),
        ("libEGL.so.1: cannot open shared object file", "libegl1"),
    ],
)
def test_a_missing_system_library_names_its_package(message: str, package: str) -> None:
    from speaker_boxes.system_libraries import explain_load_error

    assert explain_load_error(OSError(message)).endswith(f"apt install {package}")
