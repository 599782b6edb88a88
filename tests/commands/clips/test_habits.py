"""What people try by habit: -h, --version, -v, -q, completion, pipes, settings."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from speaker_boxes.fetch import source
from speaker_boxes.sample import clip_path, sample_clicks
from tests.commands.generations import Run, Shown


def unboxed(err: str) -> str:
    """What is in the box that wrong usage is told in."""
    return " ".join(err.replace("│", " ").split())


@pytest.fixture
def settings(own_cache: Path) -> Path:
    """The user's file of settings, which is not there yet."""
    return own_cache.parent / "config.toml"


def test_the_version_and_help_by_their_short_names(run_command: Run, capsys: Shown) -> None:
    assert run_command("--version") == 0
    assert capsys.readouterr().out == f"speaker-boxes {version('speaker-boxes')}\n"

    for arguments in (("-h",), ("track", "-h")):
        assert run_command(*arguments) == 0
        assert "Usage: speaker-boxes" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete(shell: str) -> None:
    """The script that is installed, and what it is told of a word that was begun."""
    program = [sys.executable, "-m", "speaker_boxes"]
    shown = subprocess.run(
        [*program, "--show-completion", shell], capture_output=True, text=True,
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )  # fmt: skip
    assert "_SPEAKER_BOXES_COMPLETE" in shown.stdout, shown.stderr


def test_a_completion_offers_commands_and_values() -> None:
    for words, expected in (
        ("speaker-boxes pro", "probe"),
        ("speaker-boxes track x.mp4 --detector y", "yunet"),
        ("speaker-boxes check --sync-mode cut", "cut_off"),
    ):
        told = subprocess.run(
            [sys.executable, "-m", "speaker_boxes"], capture_output=True, text=True,
            env={**os.environ, "_SPEAKER_BOXES_COMPLETE": "complete_bash", "COMP_WORDS": words,
                 "COMP_CWORD": str(len(words.split()) - 1)},
        )  # fmt: skip
        assert told.stdout.split() == [expected], told.stderr


def test_v_logs_on_stderr_and_a_file_keeps_all(
    tmp_path: Path, run_command: Run, capsys: Shown, settings: Path
) -> None:
    """A line a stage with its level; nothing of it on stdout."""
    log = tmp_path / "all.log"

    assert run_command("track", "--sample", "-v", "--log-file", log) == 0

    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert f" INFO speaker_boxes.commands.common.loudness: settings: {settings}, which" in err
    assert " INFO speaker_boxes.tracking: " in err
    assert "tracks in 2 shots" in err
    assert "bytes written" in err
    assert "tracks in 2 shots" in log.read_text()
    assert logging.getLogger("speaker_boxes").level == logging.NOTSET


def test_a_warning_is_said_once_whatever_is_logged(run_command: Run, capsys: Shown) -> None:
    """A click that hits nothing, beside one that does."""
    for how in ((), ("-v",)):
        clicks = ("--at", sample_clicks()[0], "--at", "12:600,350")
        assert run_command("track", "--sample", *clicks, *how) == 0
        assert capsys.readouterr().err.count("this click is left out") == 1


def test_a_log_that_cannot_be_written_is_one_line(
    tmp_path: Path, run_command: Run, capsys: Shown
) -> None:
    assert run_command("probe", clip_path(), "--log-file", tmp_path) == 1
    assert capsys.readouterr().err == f"speaker-boxes: error: cannot write {tmp_path}: " + (
        "Is a directory\n"
    )


def test_q_is_quiet_but_for_errors_and_what_was_asked_for(
    run_command: Run, capsys: Shown, tmp_path: Path
) -> None:
    wrong = ("--at", sample_clicks()[0], "--at", "12:600,350")  # a warning else
    assert run_command("track", "--sample", *wrong, "-q") == 0
    assert capsys.readouterr() == ("", "")
    assert Path("talk.boxes.json").is_file()

    assert run_command("track", "--sample", "-o", "-", "-q") == 0
    assert capsys.readouterr().out.startswith('{"bounding_boxes":')
    assert run_command("people", "--sample", "-q") == 0
    assert capsys.readouterr().out.startswith("1: ")
    assert run_command("track", tmp_path / "no.mp4", "-q") == 1
    assert "no such file" in capsys.readouterr().err


def test_a_time_is_written_as_on_a_player(run_command: Run, capsys: Shown, tmp_path: Path) -> None:
    """In clicks and in turns; the same boxes as by the frame."""
    frame, _, point = sample_clicks()[0].partition(":")
    boxes = []
    for when in (frame, f"0:{int(frame) / 25:05.2f}", f"0:00:{int(frame) / 25:05.2f}"):
        assert run_command("track", "--sample", "--at", f"{when}:{point}", "-o", "-") == 0
        boxes.append(capsys.readouterr().out)
    assert boxes[0] == boxes[1] == boxes[2]

    turns = tmp_path / "turns.json"
    turns.write_text('[{"start_s": "0:00.4", "end_s": "0:01", "speaker": "ana"}]')
    ana = ("--speaker", f"ana={sample_clicks()[0]}", "--turns", turns)
    assert run_command("track", "--sample", *ana) == 0
    assert "frames of ana 15, nobody's 155" in capsys.readouterr().out


def test_a_clip_may_come_through_a_pipe(tmp_path: Path) -> None:
    """It goes by the name stdin, and leaves nothing behind but its boxes."""
    ended = subprocess.run(
        [sys.executable, "-m", "speaker_boxes", "track", "-", "--at", sample_clicks()[0]],
        input=clip_path().read_bytes(),
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )

    lines = ended.stdout.decode().splitlines()
    assert ended.returncode == 0, ended.stderr
    assert lines[0].startswith("stdin: 170 frames")
    assert lines[1] == "boxes in stdin.boxes.json, report in stdin.boxes.report.json"
    assert '"source": "stdin"' in (tmp_path / "stdin.boxes.report.json").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "stdin.boxes.json", "stdin.boxes.report.json"
    ]  # fmt: skip


def test_no_pipe_and_no_clip_in_it_are_said(
    run_command: Run, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert run_command("track", "-") == 2
    assert "nothing is piped in" in unboxed(capsys.readouterr().err)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"no clip")))
    assert run_command("probe", "-") == 1
    assert "cannot open stdin: it is damaged" in capsys.readouterr().err

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert run_command("probe", "-") == 1
    assert "cannot open stdin: it is empty" in capsys.readouterr().err

    with monkeypatch.context() as small:  # an endless one would fill the disk
        small.setattr(source, "MAX_BYTES", 3 << 20)
        small.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bytes(4 << 20))))
        assert run_command("probe", "-") == 1
    assert "cannot open stdin: it is longer than 3 MB" in capsys.readouterr().err

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a clip")))
    assert run_command("run", "-", "--audio", clip_path()) == 2
    assert "cannot be sent" in unboxed(capsys.readouterr().err)


def test_addresses_are_understood_or_refused_by_what_they_are(
    run_command: Run, capsys: Shown, tmp_path: Path
) -> None:
    spaced = tmp_path / "a talk.mp4"
    spaced.write_bytes(clip_path().read_bytes())
    assert run_command("probe", spaced.as_uri()) == 0
    assert capsys.readouterr().out.startswith(f"{spaced}: 170 frames")

    for address, said in (
        ("s3://bucket/a.mp4", "cannot open s3:// addresses, only files and http(s)"),
        ("file://elsewhere/a.mp4", "machine, elsewhere; for one of this machine write file:///"),
    ):
        assert run_command("probe", address) == 1
        assert said in capsys.readouterr().err


def test_settings_are_taken_unless_something_else_is_said(
    run_command: Run,
    capsys: Shown,
    settings: Path,
    monkeypatch: pytest.MonkeyPatch,
    own_cache: Path,
) -> None:
    """The file, over it the environment, over that the option."""
    settings.write_text('detector = "haar"\nworkers = 1\ncache = false\n')
    assert run_command("track", "--sample") == 2
    assert "got haar" in unboxed(capsys.readouterr().err)

    monkeypatch.setenv("SPEAKER_BOXES_DETECTOR", "cascade")
    assert run_command("track", "--sample") == 2
    assert "got cascade" in unboxed(capsys.readouterr().err)

    assert run_command("track", "--sample", "--detector", "mediapipe") == 0
    assert not own_cache.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("detecter = 'yunet'", "detecter is no setting; did you mean detector?"),
        ("workers = true", "workers must be a whole number, got True"),
        ("workers", "it is not TOML"),
    ],
    ids=["slip", "kind", "form"],
)
def test_settings_that_are_wrong_are_one_line(
    text: str, said: str, run_command: Run, capsys: Shown, settings: Path
) -> None:
    settings.write_text(text)

    assert run_command("probe", clip_path()) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"speaker-boxes: error: {settings}")
    assert said in err
    assert len(err.splitlines()) == 1


def test_faces_are_kept_where_the_settings_say(
    settings: Path, tmp_path: Path, own_cache: Path
) -> None:
    """In a process of its own: the place is one for the whole process."""
    folder = tmp_path / "kept"
    settings.write_text(f"cache = '{folder}'\n")
    plain = {k: v for k, v in os.environ.items() if k != "SPEAKER_BOXES_CACHE"}

    subprocess.run(
        [sys.executable, "-m", "speaker_boxes", "track", "--sample", "-q"],
        env=plain, cwd=tmp_path, check=True,
    )  # fmt: skip

    assert list(folder.glob("*.npz"))
    assert not own_cache.exists()


def test_a_log_that_nobody_reads_is_refused(
    run_command: Run, tmp_path: Path, capsys: Shown
) -> None:
    """A pipe without a reader would wait for one, before anything is done."""
    pipe = tmp_path / "log"
    os.mkfifo(pipe)

    assert run_command("probe", clip_path(), "--log-file", pipe) == 1
    assert f"cannot write {pipe}" in capsys.readouterr().err


def test_a_log_is_never_written_into_a_clip(
    run_command: Run, tmp_path: Path, capsys: Shown
) -> None:
    """--log-file and a clip's name by mistake: the clip stays what it is."""
    clip = tmp_path / "talk.mp4"
    clip.write_bytes(clip_path().read_bytes())

    assert run_command("probe", clip_path(), "--log-file", clip) == 1
    assert clip.read_bytes() == clip_path().read_bytes()
    assert "is no log" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no device without an end")
@pytest.mark.parametrize(
    "arguments",
    [
        ["batch", "/dev/zero", "-o", "out"],
        ["status", "/dev/zero"],
        ["preview", "CLIP", "/dev/zero"],
        ["track", "CLIP", "--edits", "/dev/zero"],
        ["track", "CLIP", "--speaker", "A=0:1,2", "--turns", "/dev/zero"],
        ["submit", "/dev/zero", "--video", "CLIP", "--audio", "CLIP"],
    ],
    ids=["jobs", "job", "preview", "edits", "turns", "boxes"],
)
def test_a_device_without_an_end_is_one_line(
    run_command: Run, capsys: Shown, arguments: list[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It would fill the memory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNC_API_KEY", "k")

    assert run_command(*(str(clip_path()) if each == "CLIP" else each for each in arguments)) == 1

    [line] = capsys.readouterr().err.splitlines()
    assert "/dev/zero: it is longer than 128 MB, which no such file is" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_jobs_from_a_pipe_are_not_sent(run_command: Run, capsys: Shown, tmp_path: Path) -> None:
    """They are read more than once, and a pipe gives what it holds only once."""
    os.mkfifo(tmp_path / "jobs")

    assert run_command("batch", tmp_path / "jobs", "-o", tmp_path / "out", "--submit") == 2

    assert "--submit reads the jobs more than once" in unboxed(capsys.readouterr().err)
