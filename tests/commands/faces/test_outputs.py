"""Where results go if nobody says so, and which earlier files a run may replace."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from speaker_boxes.sample import clip_path, sample_clicks
from tests.commands.generations import Run, Shown


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The sample in a folder of the user's."""
    return Path(shutil.copy(clip_path(), tmp_path / "talk.mp4"))


def rows(path: Path) -> list[object]:
    found: list[object] = json.loads(path.read_text())["bounding_boxes"]
    return found


def test_without_a_place_results_are_beside_the_clip_and_said(
    clip: Path, run_command: Run, capsys: Shown
) -> None:
    assert run_command("track", clip, "--at", sample_clicks()[0]) == 0

    boxes, report = clip.with_name("talk.boxes.json"), clip.with_name("talk.boxes.report.json")
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == [f"boxes in {boxes}, report in {report}"]
    assert len(rows(boxes)) == len(json.loads(report.read_text())["frames"]) == 170


def test_what_cannot_be_beside_the_clip_is_in_the_current_folder(
    clip: Path, run_command: Run, capsys: Shown
) -> None:
    """A folder that nobody may write to, and the sample, which is the package's."""
    clip.parent.chmod(0o555)
    try:
        assert run_command("track", clip, "--at", sample_clicks()[0]) == 0
    finally:
        clip.parent.chmod(0o755)
    assert "boxes in talk.boxes.json, report in talk.boxes.report.json" in capsys.readouterr().out
    assert [path.name for path in clip.parent.iterdir()] == ["talk.mp4"]
    Path("talk.boxes.json").unlink()
    Path("talk.boxes.report.json").unlink()

    assert run_command("track", "--sample", "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["format"] == 1
    assert err == "boxes in talk.boxes.json, report in talk.boxes.report.json\n"
    assert len(rows(Path("talk.boxes.json"))) == 170
    assert not clip_path().with_name("talk.boxes.json").exists()


def test_choosing_again_replaces_what_the_command_wrote(clip: Path, run_command: Run) -> None:
    """With and without a name for it; other clicks, same clip."""
    for place in ((), ("-o", clip.with_name("mine.json"))):
        boxes = clip.with_name("mine.json" if place else "talk.boxes.json")
        assert run_command("track", clip, "--at", sample_clicks()[0], *place) == 0
        first = rows(boxes)
        again = ("--at", sample_clicks()[0], "--only-clicked-shots", *place)
        assert run_command("track", clip, *again) == 0

        assert rows(boxes) != first
    assert {path.name for path in clip.parent.glob("*.json")} == {
        "talk.boxes.json", "talk.boxes.report.json", "mine.json", "mine.report.json",
    }  # fmt: skip


@pytest.mark.parametrize("spoil", ["changed", "no report", "another clip", "mended"])
def test_another_hands_file_is_kept(
    spoil: str, clip: Path, run_command: Run, capsys: Shown
) -> None:
    """Named, it is refused and says why; by itself, another name is taken."""
    boxes, report = clip.with_name("talk.boxes.json"), clip.with_name("talk.boxes.report.json")
    assert run_command("track", clip, "--at", sample_clicks()[0]) == 0
    if spoil == "changed":
        boxes.write_text(boxes.read_text() + " ")
    elif spoil == "no report":
        report.unlink()
    elif spoil == "mended":
        clip.with_name("talk.boxes.edits.json").write_text("{}")
    else:
        other = json.loads(report.read_text())
        other["clip"]["sha256"] = "0" * 64
        report.write_text(json.dumps(other))
    before = boxes.read_bytes()
    capsys.readouterr()

    assert run_command("track", clip, "--at", sample_clicks()[0], "-o", boxes) == 1
    why = {
        "changed": "was changed since this command wrote it",
        "no report": "is not known to be of this command",
        "another clip": "is of another clip",
        "mended": f"was mended by hand ({clip.with_name('talk.boxes.edits.json')})",
    }[spoil]
    assert capsys.readouterr().err == (
        f"speaker-boxes: error: {boxes} exists, and {why}; use --overwrite to replace it\n"
    )
    for _ in range(2):  # the second time it is known as its own
        assert run_command("track", clip, "--at", sample_clicks()[0]) == 0
    assert rows(clip.with_name("talk.boxes-2.json")) == rows(boxes)
    assert not clip.with_name("talk.boxes-3.json").exists()
    assert boxes.read_bytes() == before
    assert run_command("track", clip, "--at", sample_clicks()[0], "-o", boxes, "--overwrite") == 0


def test_turns_that_were_corrected_are_kept(
    clip: Path, speaker_alone: Path, tmp_path: Path, run_command: Run, capsys: Shown
) -> None:
    """They are meant to be corrected; what was found is replaced."""
    command = ("track", speaker_alone, "--active-speaker", "turns", "-o", tmp_path / "x.json")
    assert run_command(*command) == 0
    assert run_command(*command) == 0
    turns = tmp_path / "x.turns.json"
    turns.write_text(turns.read_text().replace("person-1", "tom"))

    assert run_command(*command) == 1
    assert f"{turns} exists, and was changed since" in capsys.readouterr().err
    assert "tom" in turns.read_text()


def test_the_rehearsal_does_not_stand_in_the_way(command: Run, clip: Path, capsys: Shown) -> None:
    """--dry-run, then the same for good, then with another choice; no --overwrite."""
    for rest in (("--dry-run",), (), ("--only-clicked-shots", "--new")):
        asked = ("run", clip, "--at", sample_clicks()[0], "--audio", clip, *rest)
        status = command(*asked)
        clip.with_name("talk.result.mp4").unlink(missing_ok=True)

        assert status == 0, capsys.readouterr().err
    assert "gen-2 COMPLETED" in capsys.readouterr().out


def test_looking_at_results_needs_no_place_either(
    clip: Path, run_command: Run, capsys: Shown
) -> None:
    """Preview and page are beside the boxes; made again they are replaced, unless changed since."""
    assert run_command("track", clip, "--at", sample_clicks()[0]) == 0
    boxes, report = clip.with_name("talk.boxes.json"), clip.with_name("talk.boxes.report.json")

    assert run_command("preview", clip, boxes) == 0
    assert run_command("report", report) == 0
    assert clip.with_name("talk.boxes.preview.mp4").stat().st_size > 10_000
    assert "<html" in clip.with_name("talk.boxes.report.html").read_text()
    assert run_command("preview", clip, boxes) == 0
    with clip.with_name("talk.boxes.preview.mp4").open("ab") as file:
        file.write(b"mine")
    assert run_command("preview", clip, boxes) == 1
    assert "talk.boxes.preview.mp4 exists; use --overwrite" in capsys.readouterr().err
