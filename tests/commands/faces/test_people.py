"""Whom ``track`` and ``run`` follow: several speakers, their turns, a picture, clicked shots."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from speaker_boxes import open_video
from speaker_boxes.sample import clip_path, sample_clicks

RunCommand = Callable[..., int]
Shown = pytest.CaptureFixture[str]

BEFORE, AFTER = sample_clicks()
TWO = ("--speaker", f"ana={BEFORE}", "--speaker", f"ben={AFTER}")
"""Two names for the sample's one face, before and after the cut at frame 120."""


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    """A picture of the sample's face."""
    path = tmp_path / "ref.jpg"
    with open_video(clip_path()) as video:
        image = next(each.picture.rgb() for each in video.frames() if each.index == 30)
    cv2.imwrite(str(path), image[..., ::-1])
    return path


def boxes_in(path: Path) -> list[list[int] | None]:
    boxes: list[list[int] | None] = json.loads(path.read_text())["bounding_boxes"]
    return boxes


def write_turns(folder: Path, *turns: tuple[float, float, str]) -> Path:
    path = folder / "turns.json"
    keys = ("start_s", "end_s", "speaker")
    path.write_text(json.dumps([dict(zip(keys, turn, strict=True)) for turn in turns]))
    return path


def test_each_speaker_gets_files_and_a_line(
    tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """OUT.NAME.json and OUT.NAME.report.json, each as long as the clip."""
    assert run_command("track", "--sample", *TWO, "-o", tmp_path / "out.json") == 0

    ana, ben = capsys.readouterr().out.splitlines()
    assert ana.startswith("ana: talk.mp4: 170 frames, ")
    assert f"(chosen by click {AFTER})" in ben
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.ana.json", "out.ana.report.json", "out.ben.json", "out.ben.report.json",
    ]  # fmt: skip
    before, after = (boxes_in(tmp_path / f"out.{name}.json") for name in ("ana", "ben"))
    assert len(before) == len(after) == 170
    assert before[12] is not None
    assert after[132] is not None
    assert not any(a is not None and b is not None for a, b in zip(before, after, strict=True))
    report = json.loads((tmp_path / "out.ben.report.json").read_text())
    assert report["speaker"]["clicks"] == [AFTER]


def test_json_is_one_object_keyed_by_name(run_command: RunCommand, capsys: Shown) -> None:
    assert run_command("track", "--sample", *TWO, "--json") == 0

    reports = json.loads(capsys.readouterr().out)
    assert list(reports) == ["ana", "ben"]
    assert reports["ana"]["format"] == 1


def test_turns_make_one_array(tmp_path: Path, run_command: RunCommand, capsys: Shown) -> None:
    """Ana for the first second, nobody, ben from 5 s on."""
    turns = write_turns(tmp_path, (0, 1, "ana"), (5, 6, "ben"))
    out_file = tmp_path / "out.json"

    assert run_command("track", "--sample", *TWO, "--turns", turns, "-o", out_file) == 0

    boxes = boxes_in(out_file)
    assert capsys.readouterr().out.startswith(
        f"talk.mp4: 170 frames, {sum(box is not None for box in boxes)} with a box, 2 turns"
    )
    assert len(boxes) == 170
    assert boxes[12] is not None
    assert boxes[25:125] == [None] * 100
    assert boxes[132] is not None
    assert boxes[150:] == [None] * 20
    report = json.loads((tmp_path / "out.report.json").read_text())
    assert (report["whose"][12], report["whose"][60], report["whose"][132]) == ("ana", None, "ben")
    assert report["frames"][60] == "null: nobody's turn"

    assert run_command("track", "--sample", *TWO, "--turns", turns, "-o", "-") == 0
    assert json.loads(capsys.readouterr().out)["bounding_boxes"] == boxes


def test_an_existing_file_of_any_speaker_is_kept(
    tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    (tmp_path / "out.ben.json").write_text("mine")

    assert run_command("track", "absent.mp4", *TWO, "-o", tmp_path / "out.json") == 1
    assert "out.ben.json exists, and is not known to be of this command" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["out.ben.json"]


@pytest.mark.parametrize(
    "arguments",
    [
        (*TWO, "--at", BEFORE),
        (*TWO, "--face", "ref.jpg"),
        (*TWO, "--not", BEFORE),
        ("--not", "nonsense"),
        (*TWO, "-o", "-"),
        ("--turns", "turns.json"),
        ("--speaker", BEFORE),
        ("--speaker", "ana=nonsense"),
        ("--speaker", "ana=0"),
        ("--speaker", "ana=1", "--speaker", f"ana={BEFORE}"),
        ("--speaker", "ana=1", "--speaker", "ana=2"),
        ("--speaker", f"a/b={BEFORE}"),
        ("--speaker", f"job={BEFORE}"),
        ("--speaker", f"ana={BEFORE}", "--speaker", f"Ana={AFTER}"),
    ],
    ids=["at", "face", "not", "not a click", "two on stdout", "turns of nobody", "no name",
         "no click", "number 0", "number and click", "two numbers", "slash", "job", "case"],
)  # fmt: skip
def test_wrong_usage_is_status_2(run_command: RunCommand, arguments: tuple[str, ...]) -> None:
    """Found before the clip is opened."""
    assert run_command("track", "absent.mp4", *arguments) == 2


def test_bad_turns_are_one_line(tmp_path: Path, run_command: RunCommand, capsys: Shown) -> None:
    """Status 1, the file and the entry; before the clip is opened."""
    turns = write_turns(tmp_path, (0, 1, "ana"), (5, 6, "eva"))

    assert run_command("track", "absent.mp4", *TWO, "--turns", turns) == 1
    assert capsys.readouterr().err == (
        f"speaker-boxes: error: {turns}: turns[1] is of 'eva', the speakers are ana, ben\n"
    )


def test_a_name_without_a_face_is_status_3(run_command: RunCommand, capsys: Shown) -> None:
    """The clicks offered carry the name."""
    arguments = ("--speaker", f"ana={BEFORE}", "--speaker", "ben=12:600,350")

    assert run_command("track", "--sample", *arguments) == 3
    err = capsys.readouterr().err
    assert err.startswith(
        "speaker-boxes: error: no face at --speaker ben=12:600,350; "
        "faces near it (at 0.48 s): --speaker ben="
    )
    assert len(err.splitlines()) == 1


def test_only_clicked_shots(run_command: RunCommand, capsys: Shown) -> None:
    """One track, nothing unresolved, and nothing said."""
    assert run_command("track", "--sample", "--at", AFTER, "--only-clicked-shots", "--json") == 0

    out, err = capsys.readouterr()
    report = json.loads(out)
    assert err == "boxes in talk.boxes.json, report in talk.boxes.report.json\n"
    assert len(report["speaker"]["tracks"]) == 1
    assert report["unresolved"] == []


def test_a_click_says_who_it_is_not(run_command: RunCommand, capsys: Shown) -> None:
    """The face that would be found again before the cut is somebody else's then."""
    assert run_command("track", "--sample", "--at", AFTER, "--json") == 0
    assert json.loads(capsys.readouterr().out)["frames"][12] == "detected"

    assert run_command("track", "--sample", "--at", AFTER, "--not", BEFORE, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert not any("null" not in word for word in report["frames"][:120])
    assert report["frames"][132] == "detected"


def test_who_it_is_not_is_not_taken_as_the_main_face(
    run_command: RunCommand, capsys: Shown
) -> None:
    """The sample shows nobody else; at frame 63 the face leaves the picture."""
    assert run_command("track", clip_path(), "--not", BEFORE, "--not", "63:13,160") == 3
    assert capsys.readouterr().err == "speaker-boxes: error: no face is left to choose\n"


@pytest.mark.parametrize(
    ("rejected", "message"),
    [
        (AFTER, "one face, seen in frames 120 to 169, is clicked as the speaker and as somebody"),
        (
            "132:600,350",
            "no face at --not 132:600,350; faces near it (at 5.28 s): --not 1",
        ),
    ],
    ids=["the speaker", "nobody"],
)
def test_a_wrong_rejection_is_status_3(
    rejected: str, message: str, run_command: RunCommand, capsys: Shown
) -> None:
    assert run_command("track", "--sample", "--at", AFTER, "--not", rejected) == 3
    err = capsys.readouterr().err
    assert err.startswith(f"speaker-boxes: error: {message}")
    assert len(err.splitlines()) == 1


def test_a_picture_chooses_the_speaker(
    portrait: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """Without any click, before and after the cut; and with a click that agrees."""
    assert run_command("track", "--sample", "--face", portrait, "--json") == 0

    report = json.loads(capsys.readouterr().out)
    assert report["speaker"]["reason"].startswith("chosen by ref.jpg, log odds +")
    assert report["frames"][12] == report["frames"][132] == "detected"
    assert run_command("track", "--sample", "--face", portrait, "--at", AFTER) == 0
    assert f"(chosen by click {AFTER} and ref.jpg" in capsys.readouterr().out


def test_who_it_is_not_is_not_taken_by_a_picture(
    portrait: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """However much alike."""
    rejected = ("--not", BEFORE, "--not", AFTER, "--not", "63:13,160")

    assert run_command("track", clip_path(), "--face", portrait, *rejected) == 3
    assert "no other face is clear enough to compare with ref.jpg" in capsys.readouterr().err


def test_a_picture_of_somebody_else_is_status_3(
    shared_media: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """With the log odds, and a click that would choose the face that is there."""
    stranger = shared_media / "stills" / "Tom_Cruise_avp_2014_4.jpg"

    assert run_command("track", clip_path(), "--face", stranger) == 3
    err = capsys.readouterr().err
    assert err.startswith("speaker-boxes: error: nobody looks like Tom_Cruise_avp_2014_4.jpg")
    assert "choose with --at " in err
    assert "(log odds -" in err


def test_a_bad_picture_is_found_before_the_clip(
    tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    assert run_command("track", "absent.mp4", "--face", tmp_path / "no.jpg") == 1
    assert capsys.readouterr().err.startswith("speaker-boxes: error: cannot open ")
