"""The short, hard scenes: what they show, who is in which half, and how they are made worse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.compose import render
from benchmarks.compose.footage import Footage, person_of
from benchmarks.compose.render import VisibleFace, layers_of_frame, paint_frame, timeline
from benchmarks.compose.scenes import SCENES, Layer, Scene, Shot
from benchmarks.compose.write import compose_all, truth_of
from benchmarks.hard.alike import most_alike
from benchmarks.hard.cast import CAST, HALVES, LOOKS, alike_pairs
from benchmarks.hard.degrade import FILTERS, FLASH_AT, FLASH_EVERY, Degradation, degrade, without
from benchmarks.hard.grids import cells
from benchmarks.hard.scenes import HARD_SCENES, half_of
from benchmarks.hard.staging import EMPTY, Slot, staged
from benchmarks.quality.by_kind import Folders, HardRow, Selection, by_kind, spell_hard
from benchmarks.quality.errors import Error, draw_errors, find_errors
from benchmarks.quality.scoring import judge, score
from benchmarks.truth import Person, Truth, read_truth
from speaker_boxes.click import Click
from speaker_boxes.geometry import BoxArray
from tests.benchmarks.conftest import FACE

pytestmark = pytest.mark.usefixtures("footage")
LEFT, RIGHT = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0)


def scene(*shots: Shot) -> Scene:
    return Scene("made", 320, 180, shots, "a test", kind="made")


def painted(made: Scene) -> list[list[VisibleFace]]:
    return [paint_frame(made, layers_of_frame(made, i))[1] for i in range(timeline(made)[-1][1])]


def actors_of(made: Scene) -> set[str]:
    return {layer.actor for shot in made.shots for layer in shot.layers} - {EMPTY}


def test_each_kind_is_in_both_halves_and_nobody_is() -> None:
    """Other people, the same kinds, as many scenes; four to eight seconds each."""
    tune, report = ([s for s in HARD_SCENES if s.half == half] for half in HALVES)
    people = [{person_of(a) for s in some for a in actors_of(s)} for some in (tune, report)]

    assert sorted(s.kind for s in tune) == sorted(s.kind for s in report)
    assert not people[0] & people[1]
    assert len({s.name for s in (*SCENES, *HARD_SCENES)}) == len(SCENES) + len(HARD_SCENES)
    assert all(100 <= timeline(s)[-1][1] <= 200 for s in HARD_SCENES)
    assert all(640 <= s.width <= 1280 for s in HARD_SCENES)


def test_the_kinds_are_those_that_were_asked_for() -> None:
    """Four sizes of tiles in each way of changing; shots of 1, 2, 3 and 5 frames; all grids."""
    kinds = {s.kind for s in HARD_SCENES}
    tiles = {"tile-cut", "tile-gap5", "tile-gap20", "tile-melt", "tile-fade"}
    sides = {
        round(layer.rect[2] * 1280)
        for s in HARD_SCENES
        if s.kind == "tile-cut"
        for shot in s.shots
        for layer in shot.layers
    }
    short = {shot.n_frames for s in HARD_SCENES if s.kind == "short" for shot in s.shots}
    single = [sum(x.n_frames == 1 for x in s.shots) for s in HARD_SCENES if s.kind == "foreign"]
    grids = {len(s.shots[0].layers) for s in HARD_SCENES if s.kind == "grid-swap"}

    assert kinds == tiles | {
        "match-same", "match-other", "short", "foreign", "grid-swap", "grid-hands", "grid-flow",
        "seat", "pass", "twice", "alike", "looks",
    }  # fmt: skip
    assert {160, 220, 280, 360} <= sides
    assert {1, 2, 3, 5} <= short
    assert single == [2, 2, 2, 2]
    assert grids == {4, 9, 16}


def test_a_frame_of_a_grid_shows_each_person_once() -> None:
    """Also after tiles changed; the sides are told by the cells."""
    for made in HARD_SCENES:
        if made.kind.startswith("grid"):
            for shot in made.shots:
                names = [layer.actor for layer in shot.layers if layer.actor]
                assert len(set(names)) == len(names), made.name
    assert [round(cells(side)[0][2] * 1280) for side in (2, 3, 4)] == [352, 232, 172]


def test_the_halves_of_earlier_clips_are_fixed() -> None:
    """Six of the twelve each."""
    assert sum(half_of(each.name) == "tune" for each in SCENES) == 6


def test_a_slot_changes_hands_at_its_frame() -> None:
    """Ana, nobody for five frames, then Ben; the neighbour stays; only changes, no cuts."""
    slots = (
        Slot(LEFT, ((0, "ana"), (10, EMPTY), (15, "ben")), at=(0.5, 0.5)),
        Slot(RIGHT, ((0, "eve"),), at=(0.5, 0.5)),
    )
    made = scene(*staged(20, slots))

    names = [{face.name for face in faces if face.counts} for faces in painted(made)]

    assert names == [{"ana", "eve"}] * 10 + [{"eve"}] * 5 + [{"ben", "eve"}] * 5
    assert [shot.after for shot in made.shots] == ["cut", "change", "change"]


def test_what_goes_on_counts_while_the_rest_melts() -> None:
    """The neighbour in every frame; of the two others nobody in the middle."""
    slots = (Slot(LEFT, ((0, "ana"), (10, "ben"))), Slot(RIGHT, ((0, "eve"),)))
    made = scene(*staged(30, slots, blend=9))

    faces = painted(made)

    counted = [{face.name for face in seen if face.counts} for seen in faces]
    assert len(faces) == 30
    assert all("eve" in names for names in counted)
    assert counted[9] == {"ana", "eve"}
    assert counted[14] == {"eve"}
    assert counted[20] == {"ben", "eve"}


def test_the_footage_of_what_goes_on_does_not_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its frames follow each other through changes and melts."""
    jpegs = tuple(
        cv2.imencode(".png", np.full((160, 200, 3), 5 * i, np.uint8))[1].tobytes()
        for i in range(40)
    )
    grey = Footage(jpegs, np.tile(FACE, (40, 1)), np.ones(40, bool), 200, 160)
    monkeypatch.setattr(render, "load", lambda name: grey)
    slots = (Slot(LEFT, ((0, "ana"), (10, "ben"))), Slot(RIGHT, ((0, "eve"),)))

    for blend in (0, 6):
        made = scene(*staged(30, slots, blend=blend))
        values = [
            int(paint_frame(made, layers_of_frame(made, i))[0][90, 240, 0]) for i in range(30)
        ]
        assert values == [5 * i for i in range(30)]


def test_changes_closer_than_the_blend_are_refused() -> None:
    with pytest.raises(ValueError, match=r"changes at \[0, 10, 14\] are less than 6 frames apart"):
        staged(30, (Slot(LEFT, ((0, "ana"), (10, "ben"), (14, "ana"))),), blend=6)


def test_an_oval_leaves_the_wall_in_its_corners() -> None:
    """The face is there, the wall around it is that of the empty picture."""
    layer = Layer("ana", 0.3, (0.5, 0.5), LEFT, oval=True)
    empty, full = scene(Shot(1, (), 5)), scene(Shot(1, (layer,), 5))

    wall, _ = paint_frame(empty, layers_of_frame(empty, 0))
    image, faces = paint_frame(full, layers_of_frame(full, 0))

    np.testing.assert_array_equal(image[:5, :5], wall[:5, :5])
    np.testing.assert_array_equal(image[:, 165:], wall[:, 165:])
    x1, y1, x2, y2 = faces[0].box
    assert image[round((y1 + y2) / 2), round((x1 + x2) / 2)].min() > 250


def test_who_is_seen_twice_is_right_in_both_places(tmp_path: Path) -> None:
    """A box on the mirror's picture is a hit; one on somebody else is wrong."""
    left = Layer("ana", 0.3, (0.5, 0.5), LEFT)
    made = scene(
        Shot(6, (left, replace(left, rect=RIGHT, mirrored=True))),
        Shot(6, (replace(left, actor="ben"),)),
    )
    clip, labels = tmp_path / "made.mp4", tmp_path / "made.json"
    clip.write_bytes(b"")
    from benchmarks.compose.write import spell

    labels.write_text(spell(truth_of(made, clip, painted(made))))

    truth = read_truth(labels, clip)

    ana = truth.people["ana"]
    assert sorted(ana.also) == list(range(6))
    boxes = np.full((12, 4), np.nan, np.float32)
    boxes[:3], boxes[3:6] = ana.boxes[:3], [ana.also[i][0] for i in range(3, 6)]
    boxes[6:8] = truth.people["ben"].boxes[6:8]
    assert judge(boxes, truth, "ana").hit.tolist() == [True] * 6 + [False] * 6
    assert judge(boxes, truth, "ana").wrong.tolist() == [False] * 6 + [True] * 2 + [False] * 4
    assert score(boxes, truth, "ana").mean_iou == pytest.approx(1)
    assert judge(boxes, truth, "ben").wrong.tolist() == [True] * 6 + [False] * 6


class TestAlike:
    """Who looks most like whom is chosen by vectors from outside."""

    def test_the_nearest_other_person_is_found(self) -> None:
        vectors: dict[str, npt.NDArray[np.float64]] = {
            "ana": np.array([1.0, 0, 0]),
            "ben": np.array([0.8, 0.6, 0]),
            "eve": np.array([0, 0.6, 0.8]),
        }

        table = most_alike(vectors)

        assert table == {"ana": ("ben", 0.8), "ben": ("ana", 0.8), "eve": ("ben", 0.36)}

    def test_photos_of_one_person_are_not_alike(self) -> None:
        same = np.array([1.0, 0])
        names = ("bald-a-0", "bald-a-1", "ana")

        table = most_alike(dict.fromkeys(names, same))

        assert table["bald-a-0"][0] == "ana"

    @pytest.mark.parametrize("half", HALVES)
    def test_the_table_is_of_this_cast(self, half: str) -> None:
        """Three pairs of different people of one half."""
        pairs = alike_pairs(half, 3)

        names = [name for pair in pairs for name in pair]
        assert len(set(names)) == 6
        assert set(names) <= set(CAST[half])
        assert all(len(looks) == 4 for looks in LOOKS[half])


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    """Ana left and Ben right in 12 frames; a cut at 6, of which the clip shows the brightness."""
    clip = tmp_path / "plain.mp4"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 72, "yuv420p"
        for i in range(12):
            image = np.full((72, 128, 3), 60 if i < 6 else 160, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    ana, ben = (
        np.tile(np.array(box, np.float32), (12, 1)) for box in ([10, 10, 40, 50], [80, 10, 110, 50])
    )
    people = {
        "ana": Person((Click(frame=0, x=25, y=30),), ana),
        "ben": Person((Click(frame=6, x=95, y=30), Click(frame=8, x=95, y=30)), ben),
    }
    return Truth("plain", clip, 128, 72, 12, (6,), people, {})


def levels(clip: Path) -> list[float]:
    with av.open(str(clip)) as container:
        return [float(f.to_ndarray(format="rgb24").mean()) for f in container.decode(video=0)]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("dark", [12] * 6 + [32] * 6),
        ("darker", [60 / 7] * 6 + [160 / 7] * 6),
        ("strobe", [60] * 3 + [180] + [60] * 2 + [160] * 4 + [255, 160]),
        ("smear", [60] * 6 + [110] + [160] * 5),
        ("grey", [60] * 6 + [160] * 6),
        ("coarse", [60] * 6 + [160] * 6),
        ("noisy", [60] * 6 + [160] * 6),
    ],
)
def test_a_degraded_clip_has_the_same_frames(
    truth: Truth, tmp_path: Path, how: str, expected: list[float]
) -> None:
    """As many, each as bright as was asked for; made once."""
    made = degrade(truth, how, tmp_path / "bad")

    assert made.name == f"plain@{how}"
    # the codec may be off by a level or two
    assert levels(made.clip) == pytest.approx(expected, abs=3)
    written = made.clip.stat().st_mtime_ns
    assert degrade(truth, how, tmp_path / "bad").clip.stat().st_mtime_ns == written


def test_degradations_are_what_they_say() -> None:
    """Noise has its strength, grey has no colour, flashes come in time."""
    truth = Truth("none", Path("none"), 64, 64, 14, (), {}, {})
    image = np.full((64, 64, 3), (40, 90, 140), np.uint8)

    shown = {how: [Degradation(how, truth).apply(image, i) for i in range(14)] for how in FILTERS}

    flashes = [i for i in range(14) if shown["strobe"][i].mean() > image.mean()]
    assert flashes == [FLASH_AT, FLASH_AT + FLASH_EVERY]
    assert (shown["noisy"][0].astype(float) - image).std() == pytest.approx(14, rel=0.1)
    assert (shown["noisy"][0] != shown["noisy"][1]).any()
    assert np.ptp(shown["grey"][0], axis=2).max() == 0


def test_an_unknown_degradation_is_refused(truth: Truth) -> None:
    with pytest.raises(ValueError, match=r"must be one of dark, .*; got foggy"):
        Degradation("foggy", truth)


def test_a_smeared_frame_counts_neither_way(truth: Truth) -> None:
    """Nobody is asked for there, and the clicks in it go."""
    made = without(truth, truth.cuts)

    assert np.isnan(made.people["ben"].boxes[6]).all()
    assert not np.isnan(made.people["ben"].boxes[5]).any()
    assert [click.frame for click in made.people["ben"].clicks] == [8]
    assert len(made.ignore[6]) == 4
    boxes = truth.people["ana"].boxes
    assert judge(boxes, made, "ben").wrong.tolist() == [True] * 6 + [False] + [True] * 5


def found_boxes(truth: Truth) -> BoxArray:
    """Ana's, but for two runs of frames on Ben."""
    boxes = truth.people["ana"].boxes.copy()
    boxes[2:4], boxes[7:12] = truth.people["ben"].boxes[2:4], truth.people["ben"].boxes[7:12]
    return boxes


def test_each_error_is_a_picture(truth: Truth, tmp_path: Path) -> None:
    """Two runs of frames, two files with two faces and the frame."""
    boxes = found_boxes(truth)
    errors = find_errors(judge(boxes, truth, "ana").wrong, boxes, truth)

    draw_errors(tmp_path / "e", truth, "ana", Click(frame=0, x=25, y=30), boxes, errors, "a way")

    assert errors == [Error(2, 4, "ben"), Error(7, 12, "ben")]
    names = sorted(path.name for path in (tmp_path / "e").iterdir())
    assert names == ["plain-ana-away-2.png", "plain-ana-away-7.png"]
    sheet = cv2.imread(str(tmp_path / "e" / names[0]))
    assert sheet is not None
    assert sheet.shape == (270, 270 + 270 + 480, 3)


def test_figures_are_told_by_kind(truth: Truth) -> None:
    """Means over people, counts of frames and runs; labelled clips are not among the composed."""
    boxes = found_boxes(truth)
    figures = score(boxes, truth, "ana")
    row = HardRow(
        "a", "tune", "", "one", "ana", "way", 12, 7, ((2, 4, "ben"), (7, 12, "ben")), figures
    )
    good = replace(
        row, kind="b", n_wrong=0, errors=(), score=replace(figures, coverage=1.0, wrong_person=0.0)
    )

    rows = {each.kind: each for each in by_kind([row, good, replace(row, kind="labelled")])}

    assert (rows["a"].n_wrong, rows["a"].n_errors) == (7, 2)
    assert rows["a"].coverage == pytest.approx(5 / 12)
    assert rows["a"].wrong_person == pytest.approx(7 / 12)
    both = rows["all composed"]
    assert (both.n_people, both.n_wrong) == (2, 7)
    assert both.coverage == pytest.approx((5 / 12 + 1) / 2)
    assert '"kinds"' in spell_hard([row])


def test_a_selection_takes_what_it_names() -> None:
    """By half, kind and name; all if it names nothing."""
    assert Selection().takes("a", "b", "tune")
    assert not Selection(half="report").takes("a", "b", "tune")
    assert not Selection(kinds=("c",)).takes("a", "b", "tune")
    assert Selection(half="tune", kinds=("b",), only=("a",)).takes("a", "b", "tune")
    assert Folders(Path("x")).faces is None


def test_a_scene_is_made_again_when_it_changed(tmp_path: Path) -> None:
    """Not when it did not."""
    made = scene(Shot(6, (Layer("ana", 0.5),)))
    (first,) = compose_all([made], tmp_path)
    written = first.clip.stat().st_mtime_ns

    (same,) = compose_all([made], tmp_path)
    assert same.clip.stat().st_mtime_ns == written
    (longer,) = compose_all([replace(made, shots=(Shot(8, (Layer("ana", 0.5),)),))], tmp_path)
    assert (same.n_frames, longer.n_frames) == (6, 8)
