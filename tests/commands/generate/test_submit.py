"""``submit``: what is printed where, and exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speaker_boxes.sample import clip_path
from speaker_boxes.submit.http import drivers
from tests.commands.generations import AUDIO, VIDEO, NoWaiting, Run, Shown, media
from tests.loopback.state import RESULT, FakeSync


def test_submit_prints_how_to_wait(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """Without --wait: one line with the id and the command that goes on."""
    status = command("submit", *media(boxes))

    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    job = boxes.with_name("talk.job.json")
    assert out == (
        f"generation gen-1 PROCESSING; wait for it with: speaker-boxes submit {job} --wait\n"
    )
    assert len(sync_api.jobs) == 1


def test_a_job_file_is_waited_for(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """The printed command goes on: no create, only looks, and the result."""
    command("submit", *media(boxes))
    capsys.readouterr()
    result = boxes.with_name("result.mp4")

    status = command("submit", boxes.with_name("talk.job.json"), "-o", result)

    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    assert out == f"generation gen-1 COMPLETED: {result} ({len(RESULT)} bytes)\n"
    assert result.read_bytes() == RESULT
    assert len(sync_api.calls("create")) == 1


def test_an_ended_job_is_told(command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown) -> None:
    """The same command again: status 0, and stderr says that nothing is paid again."""
    command("submit", *media(boxes), "--wait")
    capsys.readouterr()

    status = command("submit", *media(boxes), "--wait", "--json")

    out, err = capsys.readouterr()
    assert status == 0
    assert json.loads(out)["generation"]["id"] == "gen-1"
    assert "has ended already; nothing is sent or paid again, --new starts another" in err
    assert len(sync_api.jobs) == 1

    assert command("submit", *media(boxes), "--wait", "--new") == 0
    assert len(sync_api.jobs) == 2
    capsys.readouterr()


def test_another_job_needs_its_own_word(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """An open job is not replaced; one line says what to do."""
    command("submit", *media(boxes))
    capsys.readouterr()

    status = command("submit", *media(boxes), "--model", "sync-3")

    out, err = capsys.readouterr()
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "holds another request that has not ended (generation gen-1)" in err


def test_findings_are_told_before_anything_is_sent(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """Warnings are lines, an error is the last one, and nothing is sent."""
    rows = [None] * 100 + [[200, 100, 641, 220]] * 70
    boxes.write_text(json.dumps({"bounding_boxes": rows}))

    status = command("submit", *media(boxes))

    out, err = capsys.readouterr()
    assert (status, out) == (1, "")
    lines = err.splitlines()
    assert lines[0].startswith("speaker-boxes: warning: no box in the first 100 frames (4.00 s)")
    assert lines[-1].startswith(
        "speaker-boxes: error: box 100: [200, 100, 641, 220] (and 69 more) leaves the picture"
    )
    assert sync_api.seen == []


def test_without_a_report_the_frames_are_counted(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    boxes.with_name("talk.report.json").unlink()
    boxes.write_text(json.dumps({"bounding_boxes": [[1, 2, 300, 220]] * 169}))

    assert command("submit", *media(boxes)) == 1
    assert "169 boxes for 170 frames that decode" in capsys.readouterr().err


def test_a_remote_clip_is_counted_too(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """It is fetched to count its frames, unless one says that the count is right."""
    sync_api.result = clip_path().read_bytes()
    arguments = ["--video", f"{sync_api.storage_url}/talk.mp4", "--audio", AUDIO]
    boxes.write_text(json.dumps({"bounding_boxes": [[1, 2, 300, 220]] * 169}))

    assert command("submit", boxes, *arguments) == 1
    assert "169 boxes for 170 frames that decode" in capsys.readouterr().err
    assert len(sync_api.calls("result")) == 1

    boxes.write_text(json.dumps({"bounding_boxes": [[1, 2, 300, 220]] * 170}))
    assert command("submit", boxes, *arguments, "--trust-count") == 0
    assert len(sync_api.calls("result")) == 1
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--auto", "--point", "1:2,3"], "exactly one of"),
        ([], "exactly one of"),
        (["--point", "1.5:2,3"], "is not FRAME:X,Y in whole numbers"),
        (["--auto", "--sync-mode", "stretch"], "is none of bounce, loop"),
        (["--point", "1:2,3", "--v3"], "--v3 goes with --auto only"),
        (["--boxes-url", "ftp://e.x/b"], "is no http(s) URL"),
    ],
)
def test_wrong_usage_is_status_2(
    command: Run, arguments: list[str], message: str, capsys: Shown, sync_api: FakeSync
) -> None:
    status = command("submit", *arguments, "--video", VIDEO, "--audio", AUDIO)

    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert message.split()[0] in err
    assert sync_api.seen == []


def test_a_job_file_takes_no_media(command: Run, boxes: Path, capsys: Shown) -> None:
    command("submit", *media(boxes))
    job = boxes.with_name("talk.job.json")

    assert command("submit", job, "--video", VIDEO) == 2
    capsys.readouterr()


def test_boxes_are_exported_for_hosting(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """What the address must serve; nothing is sent."""
    hosted = boxes.with_name("hosted.json")

    assert command("submit", boxes, "--export-boxes", hosted) == 0
    assert json.loads(hosted.read_text()) == json.loads(boxes.read_text())
    assert "170 frames; host it" in capsys.readouterr().out
    assert command("submit", boxes, "--export-boxes", hosted) == 1
    assert sync_api.seen == []
    capsys.readouterr()


def test_hosted_boxes_are_checked_like_others(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """OUT.json beside --boxes-url is looked at, the address is sent."""
    address = ["--boxes-url", "https://e.x/hosted.json"]

    assert command("submit", *media(boxes), *address) == 0
    [seen] = sync_api.calls("create")
    assert seen.json["options"]["active_speaker_detection"] == {
        "auto_detect": False,
        "bounding_boxes_url": "https://e.x/hosted.json",
    }
    boxes.write_text(json.dumps({"bounding_boxes": [None] * 170}))
    assert command("submit", *media(boxes), *address) == 1
    assert "all 170 boxes are null" in capsys.readouterr().err


def test_an_interrupt_says_how_to_go_on(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while waiting: status 130, and the command that goes on, which then works."""

    class Impatient(NoWaiting):
        @staticmethod
        def sleep(seconds: float) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(drivers, "time", Impatient)
    status = command("submit", *media(boxes), "--wait")

    err = capsys.readouterr().err
    assert status == 130
    assert err.splitlines() == [
        "speaker-boxes: generation gen-1 goes on at the server; wait for it with: "
        f"speaker-boxes submit {boxes.with_name('talk.job.json')} --wait",
        "speaker-boxes: interrupted",
    ]
    monkeypatch.setattr(drivers, "time", NoWaiting)
    assert command("submit", boxes.with_name("talk.job.json"), "--wait") == 0
    assert len(sync_api.jobs) == 1
    capsys.readouterr()


def test_a_failed_job_is_status_1(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    sync_api.statuses = ["FAILED"]
    sync_api.extra = {"error_code": "generation_unknown_error"}

    status = command("submit", *media(boxes), "--wait")

    out, err = capsys.readouterr()
    assert (status, out) == (1, "")
    assert "generation gen-1 ended FAILED (generation_unknown_error); the server does not" in err


def test_a_job_goes_back_to_its_own_server(
    command: Run, boxes: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key goes to no server that only a file names."""
    command("submit", *media(boxes))
    monkeypatch.delenv("SYNC_BASE_URL")

    assert command("submit", boxes.with_name("talk.job.json")) == 1
    assert "say so with --base-url" in capsys.readouterr().err
