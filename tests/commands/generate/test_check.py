"""``check``: what would fail, before it is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.sample import clip_path
from tests.commands.generations import Run, Shown, media
from tests.loopback.state import FakeSync


def test_check_lists_what_it_finds(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """A line each on stdout; errors make status 1, warnings only if one is strict."""
    assert command("check", *media(boxes)) == 0
    assert capsys.readouterr().out == "nothing was found against it\n"

    rows: list[Any] = [None, *[[200, 100, 300, 220]] * 169]
    boxes.write_text(json.dumps({"bounding_boxes": rows}))
    assert command("check", *media(boxes)) == 0
    assert capsys.readouterr().out == (
        "warning: no box in the first 1 frame (0.04 s), for which the server has refused jobs; "
        "begin the clip where the face is seen [first_null]\n"
    )
    assert command("check", *media(boxes), "--strict") == 1
    capsys.readouterr()

    boxes.write_text(json.dumps({"bounding_boxes": rows[:9]}))
    assert command("check", *media(boxes), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in found] == ["length", "first_null"]
    assert sync_api.seen == []


def test_a_slip_in_what_is_looked_at_is_named(command: Run, tmp_path: Path, capsys: Shown) -> None:
    """A clip in place of the boxes; a file that is not there, before what else is missing."""
    assert command("check", clip_path()) == 2
    assert "give a file of boxes, and their clip" in capsys.readouterr().err
    assert command("submit", tmp_path / "absent.job.json") == 1
    assert "absent.job.json: No such file" in capsys.readouterr().err


def test_check_needs_no_key_and_no_sound(
    command: Run, boxes: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what it could not look at; submit wants the key."""
    monkeypatch.delenv("SYNC_API_KEY")

    for arguments, missing in (
        (media(boxes), "the key (SYNC_API_KEY is not set)"),
        ([boxes, "--video", clip_path()],
         "the key (SYNC_API_KEY is not set), the sound (no --audio)"),
        ([boxes], "the key (SYNC_API_KEY is not set), the clip that is sent (no --video; its "
         "report is believed), the sound (no --audio)"),
    ):  # fmt: skip
        assert command("check", *arguments) == 0
        out, err = capsys.readouterr()
        assert out == "nothing was found against it\n"
        assert err == f"speaker-boxes: not looked at: {missing}\n"
    assert command("submit", *media(boxes)) == 1
    assert "error: no API key; set SYNC_API_KEY" in capsys.readouterr().err


def test_without_a_sound_the_boxes_are_still_counted(
    command: Run, boxes: Path, capsys: Shown
) -> None:
    boxes.write_text(json.dumps({"bounding_boxes": [[200, 100, 300, 220]] * 9}))

    assert command("check", boxes, "--video", clip_path()) == 1
    assert "9 boxes for 170 frames that decode" in capsys.readouterr().out
    boxes.with_name("talk.report.json").unlink()
    assert command("check", boxes) == 2


@pytest.mark.parametrize("mode", ["cut_off", "silence", "bounce", "loop", "remap"])
def test_a_sound_of_another_length_is_found_in_every_mode(
    mode: str, command: Run, boxes: Path, capsys: Shown, write_video: Any
) -> None:
    long = write_video(5, "long.mp4", audio_s=15.0)

    asked = ("check", boxes, "--video", clip_path(), "--audio", long, "--sync-mode", mode)
    assert command(*asked) == 0
    out = capsys.readouterr().out
    assert re.match(rf"warning: the sound lasts 15\.\d\d s and the picture 6\.80 s: {mode} ", out)
    assert out.endswith("[lengths]\n")
    assert command(*asked, "--strict") == 1


def test_a_model_that_is_not_known_is_said(command: Run, boxes: Path, capsys: Shown) -> None:
    assert command("check", *media(boxes), "--model", "lipsink-2-pro") == 0

    assert capsys.readouterr().out.endswith("did you mean lipsync-2-pro? [unknown_model]\n")


def test_a_bare_array_is_read(command: Run, boxes: Path, capsys: Shown) -> None:
    """As in the API's own examples; what is neither is named in our words."""
    boxes.write_text(json.dumps([[200, 100, 300, 220]] * 170))
    assert command("check", *media(boxes)) == 0
    assert capsys.readouterr().out == "nothing was found against it\n"

    for text in ("3", '{"boxes": []}', "null"):
        boxes.write_text(text)
        assert command("check", *media(boxes)) == 1
        assert 'it holds neither a list of boxes nor {"bounding_boxes": [...]}' in (
            capsys.readouterr().err
        )


def test_a_sound_without_sound_is_found(
    command: Run, boxes: Path, capsys: Shown, write_video: Any
) -> None:
    silent = write_video(5, "silent.mp4")

    assert command("check", boxes, "--video", clip_path(), "--audio", silent) == 1
    assert "as audio: it holds no sound" in capsys.readouterr().err
