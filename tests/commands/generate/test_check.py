"""``check``: what would fail, before it is sent."""

from __future__ import annotations

import json
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
        "warning: the first 1 frames have no box, for which the server has refused jobs; "
        "begin the clip where the face is seen [first_null]\n"
    )
    assert command("check", *media(boxes), "--strict") == 1
    capsys.readouterr()

    boxes.write_text(json.dumps({"bounding_boxes": rows[:9]}))
    assert command("check", *media(boxes), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in found] == ["length", "first_null"]
    assert sync_api.seen == []


def test_check_misses_a_key(
    command: Run, boxes: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNC_API_KEY")

    assert command("check", *media(boxes)) == 1
    assert "[no_key]" in capsys.readouterr().out
    assert command("submit", *media(boxes)) == 1
    assert "error: no API key; set SYNC_API_KEY" in capsys.readouterr().err


def test_a_sound_without_sound_is_found(
    command: Run, boxes: Path, capsys: Shown, write_video: Any
) -> None:
    silent = write_video(5, "silent.mp4")

    assert command("check", boxes, "--video", clip_path(), "--audio", silent) == 1
    assert "as audio: it holds no sound" in capsys.readouterr().err
