"""Where a followed face may have become somebody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice

import av
import cv2
import numpy as np
import pytest

from speaker_boxes.detect.decode.frame_image import FrameImage, Image
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.registry import open_detectors
from speaker_boxes.detect.scan.builder import SegmentFaces
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.detect.scan.face_change import FaceChanges, FaceWatch, join_changes
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detect.scan.roi_tracker import Target
from speaker_boxes.detect.scan.scan import scan, scan_pictures
from speaker_boxes.geometry import check_boxes
from speaker_boxes.sample import clip_path, truth_path

REGION = (100, 100, 420, 420)
BOX = check_boxes([[200, 200, 320, 320]])[0]
"""In the middle of its cut-out."""


def face(seed: int, *, move: int = 0, light: float = 1.0) -> Image:
    """A cut-out of 128 pixels with a face of soft blobs, another for each seed."""
    rng = np.random.default_rng(seed)
    blobs = cv2.resize(rng.integers(20, 200, (8, 8, 3), dtype=np.uint8), (128, 128))
    return np.asarray(np.clip(np.roll(blobs, move, axis=1) * light, 0, 255), dtype=np.uint8)


def watched(images: list[Image]) -> FaceWatch:
    """One face seen in pictures that follow each other."""
    watch, target = FaceWatch(), Target(BOX)
    for watch.frame, image in enumerate(images):
        watch.see(target, image, REGION, BOX)
    return watch


def test_another_face_in_the_same_place_is_a_change() -> None:
    (change,) = watched([face(1)] * 3 + [face(2)] * 3).take()[0]

    assert (change.before.frame, change.after.frame) == (2, 3)
    assert change.value > 0.3


def test_a_single_frame_of_somebody_else_is_two_changes() -> None:
    changes, _ = watched([face(1)] * 3 + [face(2)] + [face(1)] * 3).take()

    assert [change.after.frame for change in changes] == [3, 4]


@pytest.mark.parametrize(
    "after",
    [face(1, light=1.25), face(1, light=0.15), face(1, move=4)],
    ids=["flash", "dark", "moved"],
)
def test_light_and_movement_are_no_change(after: Image) -> None:
    assert watched([face(1)] * 3 + [after] * 3).take()[0] == []


def test_a_box_that_jumps_over_a_face_that_stays_is_no_change() -> None:
    """The detector's box is elsewhere, the picture is the same."""
    watch, target = FaceWatch(), Target(BOX)
    watch.see(target, face(1), REGION, BOX)
    watch.frame = 1
    watch.see(target, face(1), REGION, BOX + np.float32(50))

    assert watch.take()[0] == []


def test_a_new_face_where_one_was_lost_is_compared_with_it() -> None:
    """However long ago, and though it is another target."""
    watch, old, new = FaceWatch(), Target(BOX), Target(BOX)
    watch.see(old, face(1), REGION, BOX)
    old.n_missed = 1
    watch.miss(old)
    watch.frame = 30
    watch.see(new, face(2), REGION, BOX)

    (change,), (lost,) = watch.take()
    assert (change.before.frame, change.after.frame, lost.frame) == (0, 30, 0)


def test_a_slow_change_is_seen_from_block_to_block() -> None:
    """A fade of 20 frames has no frame in which the face differs from the one before."""
    watch, target = FaceWatch(), Target(BOX)
    for watch.frame in range(64):
        share = np.clip((watch.frame - 20) / 20, 0, 1)
        mixed = (face(1) * (1 - share) + face(2) * share).astype(np.uint8)
        watch.see(target, mixed, REGION, BOX)
        if watch.frame % 16 == 15:
            watch.mark([target])

    changes, _ = watch.take()
    assert changes
    assert all(20 <= each.before.frame < each.after.frame <= 40 for each in changes)


@pytest.fixture(scope="module")
def detectors() -> Iterator[DetectorPair]:
    with open_detectors("mediapipe") as pair:
        yield pair


@pytest.fixture(scope="module")
def swapped() -> list[Image]:
    """The sample; on frames 20 to 29 the face and its surroundings are mirrored in their place."""
    boxes = json.loads(truth_path().read_text())["identities"]["astronaut"]["boxes"]
    images = []
    with open_video(clip_path()) as video:
        for frame in islice(video.frames(), 48):
            image = frame.picture.rgb()
            if 20 <= frame.index < 30:
                x1, y1, x2, y2 = np.rint(boxes[str(frame.index)]).astype(int).tolist()
                tile = image[y1 - 40 : y2 + 40, x1 - 60 : x2 + 60]
                tile[:] = tile[:, ::-1].copy()
            images.append(image)
    return images


def scanned(images: Sequence[Image], detectors: DetectorPair) -> SegmentFaces:
    made = (av.VideoFrame.from_ndarray(image, format="rgb24") for image in images)
    pictures = [FrameImage(frame, UPRIGHT, 640, 360) for frame in made]
    return scan_pictures(pictures, detectors, frame_rate=Fraction(25), options=ScanOptions())


def test_a_face_that_changes_in_its_place_has_crops_on_both_sides(
    swapped: list[Image], detectors: DetectorPair
) -> None:
    """Found by the real detector, which follows on as if nothing had been."""
    segment = scanned(swapped, detectors)

    frame = np.repeat(np.arange(len(segment.n_faces)), segment.n_faces)
    sides = np.column_stack([frame[segment.changed_before], frame[segment.changed_after]])
    sudden = np.diff(sides, axis=1)[:, 0] == 1
    assert sides[sudden].tolist() == [[19, 20], [29, 30]]
    assert {19, 20, 29, 30} <= set(frame[segment.crop_row].tolist())


def test_the_sample_shows_one_person(detectors: DetectorPair) -> None:
    """No sudden change within its shots."""
    with open_video(clip_path()) as video:
        clip = scan(video, detectors)

    changes, (cut,) = clip.face_changes, find_cuts(clip.frame_diffs).tolist()
    after, before = clip.faces.frame[changes.after], clip.faces.frame[changes.before]
    assert set(after[after - before == 1].tolist()) <= {cut}


def test_faces_on_both_sides_of_a_border_are_to_be_compared() -> None:
    """Rows of the second stretch count on from those of the first; what was not compared is NaN."""
    first = FaceChanges(np.array([0]), np.array([2]), np.array([0.5], np.float32))
    second = FaceChanges(np.array([1]), np.array([3]), np.array([0.7], np.float32))
    here, there = check_boxes([[0, 0, 9, 9]]), check_boxes([[50, 0, 59, 9], [1, 0, 10, 9]])

    joined = join_changes([first, second], [4, 5], [(here, here), (there, here)])

    assert joined.before.tolist() == [0, 3, 5]
    assert joined.after.tolist() == [2, 5, 7]
    assert np.isnan(joined.value).tolist() == [False, True, False]
