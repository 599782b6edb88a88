"""``speaker-boxes report``: one page that needs nothing else and says what the report says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from speaker_boxes.sample import clip_path

RunCommand = Callable[..., int]
Shown = pytest.CaptureFixture[str]
BEFORE = "12:281,180"


class Page(HTMLParser):
    """What a page is made of: its tags, what it would load, its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_the_page_tells_of_people_and_what_is_missing(
    tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """The face after the cut was not looked for: its click is offered, with its picture."""
    boxes, out = tmp_path / "talk.json", tmp_path / "talk.html"
    arguments = ("--at", BEFORE, "--only-clicked-shots", "-o", boxes)
    assert run_command("track", clip_path(), *arguments) == 0
    capsys.readouterr()

    assert run_command("report", tmp_path / "talk.report.json", "-o", out) == 0

    head, *shots, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["shot", "from", "to", "boxes", "who", "why", "null"]
    assert [line.split()[0] for line in shots] == ["1", "2"]
    assert shots[1].endswith("0%  nobody   other shot 50")
    assert last == str(out)
    page = Page(out.read_text())
    assert "script" not in page.tags
    assert page.loads
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.loads)
    assert "url(" not in out.read_text()
    assert "Person 1" in page.text
    report = json.loads((tmp_path / "talk.report.json").read_text())
    n_boxes = report["summary"]["boxes"]
    assert f"{n_boxes} ({n_boxes / 170:.1%})" in page.text
    assert "120 to 169 (4.80 s, 50 frames)" in page.text
    assert "other shot" in page.text
    offered = re.findall(r"--at (\d+):(\d+),(\d+)", page.text)
    assert any(int(frame) >= 120 for frame, _, _ in offered)
    assert page.tags.count("polyline") >= 4


def test_without_the_faces_the_page_says_so(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes, out = tmp_path / "talk.json", tmp_path / "talk.html"
    assert run_command("track", "--sample", "-o", boxes) == 0
    monkeypatch.setenv("SPEAKER_BOXES_CACHE", str(tmp_path / "empty"))

    assert run_command("report", tmp_path / "talk.report.json", "-o", out) == 0

    page = Page(out.read_text())
    assert "The faces of this clip are not kept any more" in page.text
    assert page.loads == []


def test_text_of_a_report_is_never_markup(tmp_path: Path, run_command: RunCommand) -> None:
    boxes, report = tmp_path / "talk.json", tmp_path / "talk.report.json"
    assert run_command("track", "--sample", "-o", boxes) == 0
    said = json.loads(report.read_text())
    said["clip"]["source"] = "<script>alert(1)</script>.mp4"
    report.write_text(json.dumps(said))

    assert run_command("report", report, "-o", tmp_path / "out.html") == 0

    assert "script" not in Page((tmp_path / "out.html").read_text()).tags


def test_several_speakers_by_turns(tmp_path: Path, run_command: RunCommand) -> None:
    turns = tmp_path / "turns.json"
    turns.write_text('[{"start_s": 0, "end_s": 2, "speaker": "ana"}]')
    arguments = ("--speaker", f"ana={BEFORE}", "--turns", turns, "-o", tmp_path / "talk.json")
    assert run_command("track", clip_path(), *arguments) == 0

    report, out = tmp_path / "talk.report.json", tmp_path / "out.html"
    assert run_command("report", report, "-o", out) == 0

    page = Page(out.read_text())
    assert "Speakers by turns: ana" in page.text
    assert "Turns of ana" in page.text
    nulls = page.text.split("Without a box")[1].split("What check says")[0]
    assert "nobody's turn" in nulls
    assert "--at" not in nulls


def test_the_boxes_will_do_and_what_is_in_doubt_is_printed(
    tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """Their report lies beside them; the clicks that settle a doubt need no browser."""
    boxes, report = tmp_path / "a.json", tmp_path / "a.report.json"
    assert run_command("track", "--sample", "-o", boxes) == 0
    said = json.loads(report.read_text())
    said["unresolved"] = [{"track": 2, "first": 120, "last": 169, "at": "132:285,216"}]
    report.write_text(json.dumps(said))
    capsys.readouterr()

    assert run_command("report", boxes) == 0

    doubt, written = capsys.readouterr().out.splitlines()[-2:]
    assert doubt == ("unresolved 4.80 s to 6.80 s: if that is the speaker, add --at 132:285,216")
    assert written == str(tmp_path / "a.report.html")


def test_who_speaks_has_a_curve_and_what_is_open_a_click(
    tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """Of a clip of which it was found who speaks; of others nothing is said of it."""
    boxes, report, out = (tmp_path / name for name in ("a.json", "a.report.json", "a.html"))
    assert run_command("track", "--sample", "-o", boxes) == 0
    assert run_command("report", report, "-o", out) == 0
    assert "Who speaks" not in Page(out.read_text()).text
    said = json.loads(report.read_text())
    curve = [None, 2.0, 3.5, -1.0, *[None] * 30]
    said["speech"] = {
        "heard": "voices",
        "turns": [],
        "unresolved": [
            {"start_s": 1.0, "end_s": 1.8, "speaker": "ana", "at": "12:281,180", "reason": "close"}
        ],
        "curves": {
            "start_s": 0.0, "per_second": 5, "voice": [0.5] * 34, "speakers": {"ana": curve},
        },
    }  # fmt: skip
    report.write_text(json.dumps(said))

    assert run_command("report", report, "-o", out) == 0  # its own of the same clip

    assert (
        "unclear 1.00 s to 1.80 s, close: if ana speaks, add a turn, with "
        "--speaker ana=12:281,180\n"
    ) in capsys.readouterr().out
    page = Page(out.read_text())
    assert "ana: how much the face speaks, -4 to 4" in page.text
    assert "--speaker ana=12:281,180" in page.text
    assert "1.00 s to 1.80 s" in page.text
    drawn = out.read_text().split("ana: how much the face speaks")[2].split("</svg>")[0]
    # three values of a fifth of a second, at 25 frames a second
    assert len(re.findall(r"[\d.]+,[\d.]+", drawn.split("points=")[1].split('"')[1])) == 15


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("talk.json", "{}", "it is not called OUT.report.json"),
        ("talk.report.json", "{}", "its format is not 1"),
        ("talk.report.json", '{"format": 1, "clip": {}}', "is no report: clip."),
        ("talk.report.json", "{", "it is not JSON"),
    ],
)
def test_what_is_no_report_is_one_line(
    name: str, text: str, message: str, tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    (tmp_path / "talk.json").write_text("[null]")
    (tmp_path / name).write_text(text)

    assert run_command("report", tmp_path / name, "-o", tmp_path / "out.html") == 1

    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
