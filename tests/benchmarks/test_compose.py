"""Composed clips: the boxes go where the pictures go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.compose.render import layers_of_frame, paint_frame, timeline
from benchmarks.compose.scenes import SCENES, Layer, Scene, Shot
from benchmarks.compose.write import truth_of


def scene(*shots: Shot, width: int = 320, height: int = 180) -> Scene:
    return Scene("made", width, height, shots, "a test")


@pytest.mark.parametrize(
    "layer",
    [
        Layer("ana", 0.5),
        Layer("ana", 0.8, (0.3, 0.6)),
        Layer("ana", 0.6, mirrored=True),
        Layer("ana", 0.4, rect=(0.5, 0.1, 0.4, 0.8)),
        Layer("ana", 0.5, push=1.4),
    ],
    ids=["whole", "elsewhere", "mirrored", "in a rectangle", "pushed in"],
)
@pytest.mark.usefixtures("footage")
def test_the_box_lies_on_the_painted_face(layer: Layer) -> None:
    """To within a pixel of what is white in the frame."""
    made = scene(Shot(10, (layer,)))

    for index in (0, 9):
        image, faces = paint_frame(made, layers_of_frame(made, index))

        ys, xs = np.nonzero(image[..., 1] > 160)
        painted = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        assert len(faces) == 1
        assert faces[0].counts
        np.testing.assert_allclose(faces[0].box, painted, atol=1.1)


@pytest.mark.usefixtures("footage")
def test_a_hidden_face_is_not_asked_for() -> None:
    """Behind another rectangle: gone; half behind it: ignored."""
    back = Layer("ana", 0.5, rect=(0.0, 0.0, 0.5, 1.0))

    def faces(x: float) -> list[tuple[str, bool]]:
        front = Layer("ben", 0.5, rect=(x, 0.0, 0.5, 1.0))
        made = scene(Shot(1, (back, front)))
        return [(face.name, face.counts) for face in paint_frame(made, layers_of_frame(made, 0))[1]]

    assert faces(0.0) == [("ben", True)]
    assert faces(0.25) == [("ana", False), ("ben", True)]
    assert faces(0.5) == [("ana", True), ("ben", True)]


@pytest.mark.usefixtures("footage")
def test_a_dissolve_counts_nobody_in_its_middle() -> None:
    """The old one until it fades, the new one when it is there; the length is less by it."""
    made = scene(
        Shot(20, (Layer("ana", 0.5),)), Shot(20, (Layer("ben", 0.5),), after="dissolve", blend=9)
    )

    seen = [paint_frame(made, layers_of_frame(made, i))[1] for i in range(31)]

    assert timeline(made) == [(0, 20), (11, 31)]
    counted = [{face.name for face in faces if face.counts} for faces in seen]
    assert counted[10] == {"ana"}
    assert counted[15] == set()
    assert counted[20] == {"ben"}
    assert {face.name for face in seen[15]} == {"ana", "ben"}


@pytest.mark.usefixtures("footage")
def test_a_fade_goes_through_black() -> None:
    """Full brightness at both ends, nearly none between."""
    shot = Shot(20, (Layer("ana", 0.5),))
    made = scene(shot, replace(shot, after="fade", blend=10))

    mean = [paint_frame(made, layers_of_frame(made, i))[0].mean() for i in range(40)]

    assert max(mean[19:21]) < 0.4 * mean[0]
    assert mean[10] == mean[30] == mean[0]


@pytest.mark.usefixtures("footage")
def test_the_labels_have_a_click_for_each_stretch(tmp_path: Path) -> None:
    """Inside the box of their frame; hard cuts are listed, dissolves are not."""
    clip = tmp_path / "made.mp4"
    clip.write_bytes(b"")
    shot = Shot(12, (Layer("ana", 0.5),))
    other = Shot(12, (Layer("ben", 0.5),))
    made = scene(shot, other, shot, replace(other, after="dissolve", blend=4))
    faces = [paint_frame(made, layers_of_frame(made, i))[1] for i in range(44)]

    truth = truth_of(made, clip, faces)

    assert truth["cuts"] == [12, 24]
    people = truth["identities"]
    assert isinstance(people, dict)
    assert [len(people[name]["clicks"]) for name in ("ana", "ben")] == [2, 2]
    for person in people.values():
        for frame, x, y in person["clicks"]:
            x1, y1, x2, y2 = person["boxes"][str(frame)]
            assert x1 < x < x2
            assert y1 < y < y2


def test_the_scenes_are_what_was_asked_for() -> None:
    """At least eight, ten to thirty seconds, some upright, each name once."""
    lengths = [timeline(each)[-1][1] / each.rate for each in SCENES]

    assert len(SCENES) >= 8
    assert len({each.name for each in SCENES}) == len(SCENES)
    assert all(10 <= length <= 30 for length in lengths)
    assert sum(each.height > each.width for each in SCENES) >= 2
    assert {shot.after for each in SCENES for shot in each.shots} == {"cut", "dissolve", "fade"}
