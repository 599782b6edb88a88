"""What people and programs are told of a result, and of whom to choose instead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from speaker_boxes.sample import clip_path, sample_clicks
from tests.commands.generations import Run, Shown


@pytest.fixture
def interview(shared_media: Path) -> Path:
    """Two men side by side, 1280x720, one shot."""
    return shared_media / "clips" / "visualvoice-interview.mp4"


def test_the_report_has_a_record_a_shot_in_frames_and_seconds(
    tmp_path: Path, run_command: Run, capsys: Shown
) -> None:
    """From, to, who, coverage, why null; the whole adds up, and the summary says the same."""
    assert run_command("track", "--sample", "-o", tmp_path / "x.json") == 0

    line = capsys.readouterr().out
    report = json.loads((tmp_path / "x.report.json").read_text())
    shots = report["shots"]
    assert [(shot["first"], shot["last"]) for shot in shots] == [(0, 119), (120, 169)]
    assert [(shot["start_s"], shot["end_s"]) for shot in shots] == [(0.0, 4.8), (4.8, 6.8)]
    assert sum(shot["boxes"] for shot in shots) == report["summary"]["boxes"]
    for shot in shots:
        n_frames = shot["last"] - shot["first"] + 1
        assert shot["who"] == {"speaker": shot["boxes"]}
        assert shot["boxes"] + sum(shot["null"].values()) == n_frames
        assert shot["coverage"] == pytest.approx(shot["boxes"] / n_frames, abs=1e-4)
    for track in report["tracks"]:
        assert track["start_s"] == pytest.approx(track["first"] / 25, abs=1e-3)
        assert track["end_s"] == pytest.approx((track["last"] + 1) / 25, abs=1e-3)
    n_boxes = report["summary"]["boxes"]
    clicks = ", ".join(sample_clicks())
    assert line == (
        f"talk.mp4: 170 frames, {n_boxes} with a box, in 2 of 2 shots (chosen by clicks {clicks})\n"
    )


def test_many_clicks_still_make_one_line(run_command: Run, capsys: Shown) -> None:
    """The first three, and how many more."""
    frame, _, point = sample_clicks()[0].partition(":")
    clicks = [("--at", f"{int(frame) + i}:{point}") for i in range(9)]
    assert run_command("track", "--sample", *(word for each in clicks for word in each)) == 0

    first = capsys.readouterr().out.splitlines()[0]
    assert first.endswith(f"{int(frame) + 2}:{point} and 6 more)")
    assert len(first) < 150


def test_report_prints_the_shots_and_has_them_on_the_page(
    tmp_path: Path, run_command: Run, capsys: Shown
) -> None:
    assert run_command("track", "--sample", "-o", tmp_path / "x.json") == 0
    capsys.readouterr()

    assert run_command("report", tmp_path / "x.report.json") == 0

    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"shot +from +to +boxes +who +why null", lines[0])
    assert re.fullmatch(r" +1 +0\.00 s +4\.80 s +\d+% +speaker +[a-z ]+ \d+.*", lines[1])
    assert re.fullmatch(r" +2 +4\.80 s +6\.80 s +\d+% +speaker.*", lines[2])
    page = (tmp_path / "x.report.html").read_text()
    assert "Shot by shot" in page
    assert "4.80 s to 6.80 s" in page


def test_turns_say_whose_boxes_each_shot_has(
    tmp_path: Path, run_command: Run, capsys: Shown
) -> None:
    turns = tmp_path / "t.json"
    turns.write_text('[{"start_s": 0.4, "end_s": 1, "speaker": "ana"}]')
    ana = ("--speaker", f"ana={sample_clicks()[0]}", "--turns", turns, "-o", tmp_path / "x.json")
    assert run_command("track", "--sample", *ana) == 0

    shots = json.loads((tmp_path / "x.report.json").read_text())["shots"]
    assert [shot["who"] for shot in shots] == [{"ana": 15}, {}]
    assert shots[1]["null"] == {"nobody's turn": 50}


def test_candidates_stand_from_left_to_right_at_one_moment(
    interview: Path, run_command: Run, capsys: Shown
) -> None:
    """With the picture's size and the moment; each is taken, and JSON has them too."""
    assert run_command("track", interview, "--json", "-o", "x.json") == 3
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]

    assert (error["kind"], error["picture"]) == ("NoSpeakerError", [1280, 720])
    left, right = error["candidates"]
    assert left["x"] < 640 < right["x"]
    assert left["seconds"] == right["seconds"] == pytest.approx(left["frame"] / 25)
    assert err == (
        "speaker-boxes: error: no face is clearly the main one; choose with (at "
        f"{left['seconds']:.2f} s, left to right) --at {left['at']} or --at {right['at']} in the "
        "picture of 1280x720; 'speaker-boxes people' shows who is in the clip\n"
    )
    for candidate in (left, right):
        assert run_command("track", interview, "--at", candidate["at"], "-o", "-") == 0
        rows = json.loads(capsys.readouterr().out)["bounding_boxes"]
        box = rows[candidate["frame"]]
        assert box[0] <= candidate["x"] < box[2]


def test_a_click_outside_the_picture_says_so(run_command: Run, capsys: Shown) -> None:
    """However many others are good; a click of another clip, or of one that was scaled."""
    for option in ("--at", "--not"):
        asked = ("--at", sample_clicks()[0], option, "12:700,180")
        assert run_command("track", "--sample", *asked) == 3
        err = capsys.readouterr().err
        assert f"error: {option} 12:700,180 is outside the picture, which is 640x360; faces" in err
        assert "(at 0.48 s)" in err


def test_a_failure_is_json_where_json_is_asked_for(
    run_command: Run, capsys: Shown, tmp_path: Path
) -> None:
    """One object with the line that stderr has; nothing where it is not asked for."""
    assert run_command("probe", tmp_path / "no.mp4", "--json") == 1
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert error["kind"] == "VideoOpenError"
    assert err == f"speaker-boxes: error: {error['message']}\n"

    assert run_command("probe", tmp_path / "no.mp4") == 1
    assert capsys.readouterr().out == ""


def test_people_say_when_and_in_which_picture(run_command: Run, capsys: Shown) -> None:
    assert run_command("people", clip_path(), "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["clip"]["width"], told["clip"]["height"]) == (640, 360)
    person = told["people"][0]
    assert person["start_s"] == pytest.approx(person["first"] / 25)
    assert person["end_s"] == pytest.approx((person["last"] + 1) / 25)


def test_track_says_at_once_what_the_clip_means_for_the_job(
    run_command: Run, capsys: Shown, shared_media: Path
) -> None:
    """A phone's clip; the same when its faces are known."""
    sideways = shared_media / "clips" / "streamio-sideways.mov"
    for _ in range(2):
        assert run_command("track", sideways, "-o", "-") == 0
        err = capsys.readouterr().err
        assert f"warning: {sideways}: a player shows it turned a quarter to the right" in err
        assert "run speaker-boxes normalize and track what it writes" in err


def test_a_rate_that_varies_is_said_before_faces_are_looked_for(
    run_command: Run, capsys: Shown, shared_media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("speaker_boxes.detect.run.scan_clip.scan_clip", stop)

    assert run_command("track", shared_media / "clips" / "streamio-awesome.mov") == 130
    assert "its frame rate varies: there is a box for each frame" in capsys.readouterr().err


def test_normalize_says_which_rate_it_keeps(
    write_video: object, run_command: Run, capsys: Shown, tmp_path: Path
) -> None:
    from fractions import Fraction

    film = write_video(6, rate=Fraction(24000, 1001))  # type: ignore[operator] # the fixture's
    for options, said in (((), "24000/1001 fps is kept, and check will warn"), (("--fps", 24), "")):
        out = tmp_path / f"{len(options)}.mp4"
        assert run_command("normalize", film, "-o", out, *options) == 0
        err = capsys.readouterr().err
        assert said in err
        assert ("--fps 24 makes it so" in err) == bool(said)


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.m3u8", "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:2,\na.ts\n"), ("a.mp4", "#EXTM3U\n"),
     ("a.mpd", "<MPD></MPD>"), ("a.pls", "[playlist]\nFile1=a.mp4\n")],
)  # fmt: skip
def test_a_playlist_is_refused_as_one(
    name: str, text: str, tmp_path: Path, run_command: Run, capsys: Shown
) -> None:
    path = tmp_path / name
    path.write_text(text)

    assert run_command("track", path) == 1
    assert capsys.readouterr().err == (
        f"speaker-boxes: error: cannot open {path}: it is a playlist, which names other files; "
        "give the clip itself\n"
    )
