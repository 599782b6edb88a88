"""``speaker-boxes track``: from a clip to two files, one line, and a status."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from speaker_boxes.sample import clip_path, sample_clicks

RunCommand = Callable[..., int]
WriteVideo = Callable[..., Path]


def test_the_sample_gives_boxes_a_report_and_a_line(
    tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """One entry a frame, a status for each, and the same numbers in all three."""
    out_file = tmp_path / "talk.json"

    status = run_command("track", "--sample", "-o", out_file)

    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    data = json.loads(out_file.read_text())
    assert list(data) == ["bounding_boxes"]
    boxes = data["bounding_boxes"]
    report = json.loads((tmp_path / "talk.report.json").read_text())
    n_boxes = sum(box is not None for box in boxes)
    assert len(boxes) == len(report["frames"]) == report["clip"]["frames"] == 170
    assert [word.startswith("null") for word in report["frames"]] == [b is None for b in boxes]
    assert report["clip"]["sha256"] == hashlib.sha256(clip_path().read_bytes()).hexdigest()
    assert report["summary"]["boxes"] == n_boxes
    assert report["speaker"]["clicks"] == sample_clicks()
    assert report["cuts"] == [120]
    assert out.startswith(f"talk.mp4: 170 frames, {n_boxes} with a box, ")
    assert len(out.splitlines()) == 1
    assert report["written"] == {"boxes": hashlib.sha256(out_file.read_bytes()).hexdigest()}
    for box in boxes:
        assert box is None or (0 <= box[0] < box[2] <= 640 and 0 <= box[1] < box[3] <= 360)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--detector", "haar"], "detector must be one of mediapipe, yunet; got haar"),
        (["--detector-model", "mine.onnx"], "a model file is for yunet"),
    ],
    ids=["unknown detector", "model for the wrong one"],
)
def test_a_wrong_detector_is_wrong_usage(
    arguments: list[str], message: str, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2 before anything is decoded."""
    status = run_command("track", "--sample", *arguments)

    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert message in " ".join(err.replace("│", " ").split())


def test_a_model_that_is_not_there_is_one_line(
    tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, and the path that was looked at."""
    model = tmp_path / "absent.onnx"

    status = run_command("track", "--sample", "--detector", "yunet", "--detector-model", model)

    out, err = capsys.readouterr()
    assert (status, out) == (1, "")
    assert err.splitlines() == [
        f"speaker-boxes: error: cannot read {model} (model): No such file or directory"
    ]


def test_the_same_clip_gives_the_same_bytes(tmp_path: Path, run_command: RunCommand) -> None:
    """Boxes and report, run after run."""
    for name in ("a", "b"):
        assert run_command("track", "--sample", "-o", tmp_path / name / "x.json") == 1
        (tmp_path / name).mkdir()
        assert run_command("track", "--sample", "-o", tmp_path / name / "x.json") == 0

    for name in ("x.json", "x.report.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_json_and_dash_put_one_thing_on_stdout(
    run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """--json the report, -o - the boxes, both together neither."""
    assert run_command("track", "--sample", "--json") == 0
    assert json.loads(capsys.readouterr().out)["format"] == 1

    assert run_command("track", "--sample", "-o", "-") == 0
    assert len(json.loads(capsys.readouterr().out)["bounding_boxes"]) == 170

    assert run_command("track", "--sample", "--json", "-o", "-") == 2


@pytest.mark.parametrize("existing", ["x.json", "x.report.json"])
def test_an_existing_file_is_kept(
    tmp_path: Path,
    run_command: RunCommand,
    capsys: pytest.CaptureFixture[str],
    existing: str,
) -> None:
    """Said before the clip is opened; replaced with --overwrite."""
    (tmp_path / existing).write_text("mine")

    status = run_command("track", "no-such-clip.mp4", "-o", tmp_path / "x.json")

    assert status == 1
    assert capsys.readouterr().err == (
        f"speaker-boxes: error: {tmp_path / existing} exists, and is not known to be of this "
        "command; use --overwrite to replace it\n"
    )
    assert (tmp_path / existing).read_text() == "mine"
    assert run_command("track", "--sample", "-o", tmp_path / "x.json", "--overwrite") == 0
    assert json.loads((tmp_path / existing).read_text())


def test_a_missing_file_is_one_line(
    tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, nothing on stdout, one line on stderr that names the file."""
    status = run_command("track", tmp_path / "absent.mp4")

    out, err = capsys.readouterr()
    assert (status, out) == (1, "")
    assert err == (f"speaker-boxes: error: cannot open {tmp_path / 'absent.mp4'}: no such file\n")


def test_no_face_is_status_3(
    write_video: WriteVideo, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Grey frames hold nobody."""
    assert run_command("track", write_video(6)) == 3
    assert capsys.readouterr().err == (
        "speaker-boxes: error: no face was found in any frame; try --detector yunet, which finds "
        "more small and turned faces, a larger picture, or another moment\n"
    )


def test_a_click_beside_the_face_offers_one_that_works(
    run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 3, and the click it offers is taken."""
    assert run_command("track", "--sample", "--at", "12:600,350") == 3
    err = capsys.readouterr().err
    assert err.startswith(
        "speaker-boxes: error: no face at --at 12:600,350; faces near it (at 0.48 s): --at "
    )
    assert "; try --detector yunet" in err

    offered = err.split("0.48 s): --at ")[1].split(" in the picture of 640x360; ")[0]
    assert run_command("track", "--sample", "--at", offered) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--sample", "x.mp4"),
        ("--sample", "--at", "nonsense"),
        ("--sample", "--max-gap", "-1"),
        ("--sample", "--max-gap", "inf"),
    ],
    ids=["no clip", "clip and sample", "bad click", "negative gap", "endless gap"],
)
def test_wrong_usage_is_status_2(run_command: RunCommand, arguments: tuple[str, ...]) -> None:
    assert run_command("track", *arguments) == 2


def test_seconds_choose_the_same_face_as_the_frame(
    run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Frame 12 at 25 frames a second is at 0.48 s."""
    frame, _, point = sample_clicks()[0].partition(":")
    boxes = []
    for when in (frame, f"{int(frame) / 25}s"):
        assert run_command("track", "--sample", "--at", f"{when}:{point}", "-o", "-") == 0
        boxes.append(capsys.readouterr().out)

    assert boxes[0] == boxes[1]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_ends_it_with_130_and_leaves_no_file(tmp_path: Path) -> None:
    """Interrupted in the middle of the work: one line, no output, nothing half-written."""
    # the signal is set anew: tests that run in the background ignore it, and so would this
    code = (
        "import sys, os, signal\n"
        "from speaker_boxes.detect.scan import scan\n"
        "take = scan._Scanner.take\n"
        "def slow(self, block):\n"
        "    take(self, block)\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    print('working', file=sys.stderr, flush=True)\n"
        "    signal.pause()\n"
        "scan._Scanner.take = slow\n"
        "from speaker_boxes.__main__ import main\n"
        f"sys.argv = ['speaker-boxes', 'track', '--sample', '-o', {str(tmp_path / 'x.json')!r}]\n"
        "main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "working\n"
    time.sleep(0.05)  # until it pauses; no longer than that matters
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert (out, err) == ("", "speaker-boxes: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_system_library_is_one_line(tmp_path: Path) -> None:
    """OpenCV that cannot load libGL ends with the package to install, not with a trace."""
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file')\n"
    )
    process = subprocess.run(
        [sys.executable, "-m", "speaker_boxes", "track", "--sample"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 1
    assert process.stdout == ""
    assert process.stderr == (
        "speaker-boxes: error: libGL.so is missing; install it, on Debian and Ubuntu: "
        "apt install libgl1\n"
    )


@pytest.mark.parametrize("output", [".", "/"])
def test_a_folder_is_no_output(
    run_command: RunCommand, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    """Not even one without a name."""
    assert run_command("track", "--sample", "-o", output) == 1
    assert "it is a folder" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["x.json", "x.report.json"])
def test_the_clip_is_never_overwritten(
    tmp_path: Path,
    run_command: RunCommand,
    capsys: pytest.CaptureFixture[str],
    output: str,
) -> None:
    """Not by the boxes and not by their report, whatever it is called."""
    clip = tmp_path / output
    clip.write_bytes(b"a clip")

    assert run_command("track", clip, "-o", tmp_path / "x.json", "--overwrite") == 1
    assert capsys.readouterr().err.endswith(
        f"cannot write {clip}: it is what is read; choose another name\n"
    )
    assert clip.read_bytes() == b"a clip"


def test_a_click_after_the_end_is_told(
    run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not taken for one on the last frame."""
    assert run_command("track", "--sample", "--at", "99s:280,180") == 3
    assert capsys.readouterr().err == (
        "speaker-boxes: error: --at 99s:280,180: there is no such moment; the clip runs from "
        "0.000 s to 6.760 s\n"
    )


def test_a_message_is_one_line_whatever_the_name(
    tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line feed in a file's name is shown, not printed."""
    assert run_command("track", tmp_path / "a\nb.mp4") == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert r"a\nb.mp4: no such file" in err


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8")
def test_a_name_that_is_no_text_is_no_hindrance(
    tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is UTF-8 all the same."""
    clip = os.fsdecode(bytes(tmp_path) + b"/caf\xe9.mp4")
    Path(clip).write_bytes(clip_path().read_bytes())

    assert run_command("track", clip, "--at", sample_clicks()[0], "-o", tmp_path / "x.json") == 0
    report = json.loads((tmp_path / "x.report.json").read_text(encoding="utf-8"))
    assert report["clip"]["source"].endswith("caf?.mp4")


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
@pytest.mark.parametrize("arguments", [["probe", str(clip_path())], ["--help"]], ids=" ".join)
def test_a_full_disk_behind_stdout_is_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "speaker_boxes", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert ended.returncode == 1
    assert ended.stderr == "speaker-boxes: error: No space left on device\n"
