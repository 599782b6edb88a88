"""The benchmarks of cuts, clicks and long clips: their own counting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from benchmarks.quality.clicks import check_person, orders
from benchmarks.quality.cuts import CutRow, compare, print_difference, soft_spans, spell
from benchmarks.speed.identity_scale import MadeUpEmbedder, make_clip, make_crop, measure
from benchmarks.truth import Person, Truth
from speaker_boxes.click import Click
from speaker_boxes.detect.scan.crops import read_crop
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.geometry import BoxArray
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.tracking import boxes_for_speaker


def made_truth(cuts: tuple[int, ...], changes: tuple[int, ...] = ()) -> Truth:
    boxes = np.tile(np.array([0, 0, 10, 10], np.float32), (60, 1))
    clicks = tuple(Click(frame=i, x=5, y=5) for i in (0, 10, 20, 30, 40, 50))
    people = {"ana": Person(clicks, boxes), "ben": Person((), boxes + 50)}
    return Truth("made", Path("none"), 100, 100, 60, cuts, people, {}, changes)


@pytest.mark.parametrize(
    ("found", "missed", "false", "excused"),
    [
        ([10, 20], [], [], []),
        ([11], [20], [], []),
        ([8, 20], [10], [8], []),
        ([10, 11, 20], [], [11], []),
        ([10, 20, 30, 45], [], [], [30, 45]),
    ],
    ids=["all", "one beside", "too far", "twice", "a part and a dissolve"],
)
def test_cuts_are_told_apart(
    found: list[int], missed: list[int], false: list[int], excused: list[int]
) -> None:
    """Each cut takes one report, at most a frame away; what is neither is excused or false."""
    truth = made_truth((10, 20), (30,))

    assert compare(found, truth, [(40, 48)]) == (missed, false, excused)


def test_dissolves_of_a_scene_are_known() -> None:
    """Of the clip that has them; real clips have none."""
    assert len(soft_spans("dissolves")) == 6
    assert soft_spans("fr-short-hamilton") == []


def test_two_results_are_compared(tmp_path: Path) -> None:
    """What is missed now, what is false no more."""
    before = CutRow("edited", "one", "plain", 3, (5,), (9,), ())
    after = CutRow("edited", "one", "plain", 3, (5, 7), (), ())
    (tmp_path / "before.json").write_text(spell([before]))
    console = Console(record=True, width=120)

    print_difference(console, tmp_path / "before.json", [after])

    assert console.export_text().splitlines() == [
        "one plain: missed now [7], no more []",
        "one plain: false now [], no more [9]",
    ]


def test_four_clicks_in_up_to_four_orders() -> None:
    """The first and the last among them; orders differ."""
    clicks = made_truth(()).people["ana"].clicks

    found = orders(clicks)

    assert found[0] == (clicks[0], clicks[2], clicks[3], clicks[5])
    assert found[1] == found[0][::-1]
    assert 2 <= len(found) <= 4
    assert all(sorted(c.frame or 0 for c in each) == [0, 20, 30, 50] for each in found)
    assert len(orders(clicks[:1])) == 1


def test_a_click_that_takes_boxes_away_is_told() -> None:
    """Three give fewer than two; or boxes on somebody else."""
    truth = made_truth(())
    ana, ben = truth.people["ana"].boxes, truth.people["ben"].boxes

    def fewer(clicks: Sequence[Click]) -> BoxArray:
        boxes = ana.copy()
        boxes[40 if len(clicks) == 3 else 50 :] = np.nan
        return boxes

    def wrong(clicks: Sequence[Click]) -> BoxArray:
        boxes = ana.copy()
        boxes[50:] = ben[50:] if len(clicks) == 4 else np.nan
        return boxes

    def fine(clicks: Sequence[Click]) -> BoxArray:
        boxes = ana.copy()
        boxes[10 * len(clicks) :] = np.nan
        return boxes

    n_orders = len(orders(truth.people["ana"].clicks))
    told = list(check_person(truth, "ana", fewer))
    assert [(len(each.clicks), each.hits) for each in told] == [(3, (50, 40))] * n_orders
    told = list(check_person(truth, "ana", wrong))
    assert [(len(each.clicks), each.wrong) for each in told] == [(4, (0, 10))] * n_orders
    assert list(check_person(truth, "ana", fine)) == []


def test_made_up_faces_are_told_apart() -> None:
    """Crops of one person give near vectors, of two far ones."""
    embedder = MadeUpEmbedder(60)
    vectors = {
        (person, number): embedder.embed(read_crop(make_crop(person, number))).vector
        for person in (0, 1, 59)
        for number in (1, 2)
    }

    for (person, _), one in vectors.items():
        for (other, _), two in vectors.items():
            cosine = one @ two / np.linalg.norm(one) / np.linalg.norm(two)
            assert (cosine > 0.7) == (person == other)


def test_a_made_up_clip_has_its_tracks() -> None:
    """As many cuts as shots but one; boxes of the clicked person; figures of one run."""
    clip = make_clip(30, 4)
    n_shots = clip.video.n_frames // 25

    assert len(find_cuts(clip.frame_diffs)) == n_shots - 1
    x1, y1, x2, y2 = clip.faces.box[0].tolist()
    click = Click(frame=0, x=(x1 + x2) / 2, y=(y1 + y2) / 2)
    found = boxes_for_speaker(
        clip, at=[click], describer=CachedDescriber(embedder=MadeUpEmbedder(4))
    )
    assert (~np.isnan(found.boxes[:25, 0])).all()
    figures = measure(30)
    assert figures["n_tracks"] == 30
    assert figures["n_boxes"] >= 25
