"""The commands: what is printed where, exit status, and the whole way on the sample clip."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.file_digest import file_digest
from speaker_boxes.sample import clip_path, sample_clicks
from speaker_boxes.submit.http import drivers
from speaker_boxes.submit.job.job_file import Job
from tests.loopback import KEY, RESULT, FakeSync, refuse, take_and_drop

Run = Callable[..., int]
Shown = pytest.CaptureFixture[str]
VIDEO, AUDIO = "https://e.x/talk.mp4", "https://e.x/say.wav"


class NoWaiting:
    """Time in which nobody waits."""

    @staticmethod
    def sleep(seconds: float) -> None:
        """Do not."""

    @staticmethod
    def monotonic() -> float:
        return 0.0


@pytest.fixture
def command(sync_api: FakeSync, run_command: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against the loopback server, without waiting."""
    monkeypatch.setattr(drivers, "time", NoWaiting)
    monkeypatch.setenv("SYNC_BASE_URL", sync_api.base_url)
    return run_command


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    """Boxes for the sample clip, with the report that saves decoding it."""
    path = tmp_path / "talk.json"
    path.write_text(json.dumps({"bounding_boxes": [[200, 100, 300, 220]] * 170}))
    clip = {"sha256": file_digest(clip_path()), "width": 640, "height": 480, "frames": 170,
            "rate": "25/1"}  # fmt: skip
    (tmp_path / "talk.report.json").write_text(json.dumps({"format": 1, "clip": clip}))
    return path


def media(boxes: Path) -> list[Any]:
    return [boxes, "--video", clip_path(), "--audio", clip_path()]


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
    assert lines[0].startswith("speaker-boxes: warning: the first 100 frames have no box")
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


@pytest.mark.parametrize("name", ["absent.job.json", "folder/job", ".."])
def test_a_missing_job_file_is_no_id(
    command: Run, sync_api: FakeSync, capsys: Shown, name: str
) -> None:
    """One line; the server is not asked for a generation of that name."""
    assert command("status", name) == 1

    err = capsys.readouterr().err
    assert err.startswith(f"speaker-boxes: error: cannot read {name}: ")
    assert len(err.splitlines()) == 1
    assert sync_api.seen == []


def test_status_by_id_and_by_file(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """The file is read and not touched."""
    command("submit", *media(boxes))
    capsys.readouterr()
    job = boxes.with_name("talk.job.json")
    before = job.read_bytes()

    assert command("status", "gen-1") == 0
    assert capsys.readouterr().out.startswith("generation gen-1 COMPLETED: http://127.0.0.1")
    assert command("status", job, "--json") == 0
    assert json.loads(capsys.readouterr().out)["generation"]["status"] == "COMPLETED"
    result = boxes.with_name("result.mp4")
    assert command("status", job, "-o", result) == 0
    assert result.read_bytes() == RESULT
    assert job.read_bytes() == before
    capsys.readouterr()


def test_status_of_a_job_without_an_id(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    sync_api.faults["create"] = [take_and_drop] * 5
    assert command("submit", *media(boxes)) == 1
    told, error = capsys.readouterr().err.splitlines()
    assert "the job may have been taken; go on with: speaker-boxes submit" in told
    assert "error: no answer to POST /v2/generate" in error

    assert command("status", boxes.with_name("talk.job.json")) == 0
    assert "it may have been taken" in capsys.readouterr().out


def test_status_of_a_generation_that_is_not_there(
    command: Run, sync_api: FakeSync, capsys: Shown
) -> None:
    gone = {"errorCode": "generation_not_found", "message": "not found"}
    sync_api.faults["look"] = [refuse(404, gone)]

    assert command("status", "gen-9") == 1
    assert "check the id, and that SYNC_API_KEY is of the same organisation" in (
        capsys.readouterr().err
    )


def test_cost_by_request_and_by_length(
    command: Run, boxes: Path, sync_api: FakeSync, capsys: Shown
) -> None:
    """URLs: the server looks at the request. Files: it is told the length; nothing is uploaded."""
    assert command("cost", boxes, "--video", VIDEO, "--audio", AUDIO) == 0
    assert capsys.readouterr().out == "about 0.34 (the server names no currency), 170 frames\n"
    assert (
        sync_api.calls("cost")[0].json["options"]["active_speaker_detection"]["bounding_boxes"]
        == [[200, 100, 300, 220]] * 170
    )
    assert command("cost", *media(boxes), "--json") == 0
    assert json.loads(capsys.readouterr().out)["estimated_generation_cost"] == 0.34
    [estimate] = sync_api.calls("estimate")
    assert estimate.json["fps"] == 25
    assert estimate.json["duration"] == pytest.approx(6.8, abs=0.1)
    assert not sync_api.calls("upload")


def test_the_whole_way_on_the_sample(
    command: Run, sync_api: FakeSync, tmp_path: Path, capsys: Shown
) -> None:
    """From the packaged clip to a downloaded result; the same command again pays nothing."""
    result = tmp_path / "result.mp4"

    status = command("run", "--sample", "-o", result)

    out, err = capsys.readouterr()
    assert status == 0, err
    assert out == f"generation gen-1 COMPLETED: {result} ({len(RESULT)} bytes)\n"
    assert result.read_bytes() == RESULT
    [create] = sync_api.calls("create")
    boxes = json.loads((tmp_path / "result.boxes.json").read_text())["bounding_boxes"]
    selection = create.json["options"]["active_speaker_detection"]
    assert selection == {"auto_detect": False, "bounding_boxes": boxes}
    assert len(boxes) == 170
    assert any(boxes)
    assert set(sync_api.stored.values()) == {clip_path().read_bytes()}
    assert Job.read(tmp_path / "result.boxes.job.json").state == "ended"

    result.unlink()
    assert command("run", "--sample", "-o", result) == 0
    assert result.read_bytes() == RESULT
    assert len(sync_api.calls("create")) == 1
    assert KEY not in "".join(capsys.readouterr())


def test_run_finds_cheap_mistakes_before_tracking(
    command: Run, tmp_path: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing sound, a result that exists, a missing key: no frame is decoded for them."""
    monkeypatch.setattr("speaker_boxes.commands.run.follow", lambda *a, **k: pytest.fail("late"))
    (tmp_path / "there.mp4").write_bytes(b"")
    new = tmp_path / "new.mp4"

    assert command("run", "--sample", "--audio", tmp_path / "no.wav", "-o", new) == 1
    assert command("run", "--sample", "-o", tmp_path / "there.mp4") == 1
    assert command("run", clip_path(), "-o", new) == 2
    monkeypatch.delenv("SYNC_API_KEY")
    assert command("run", "--sample", "-o", new) == 1
    assert "no API key" in capsys.readouterr().err


def test_run_can_be_rehearsed(
    command: Run, sync_api: FakeSync, tmp_path: Path, capsys: Shown
) -> None:
    """Boxes are written, the request is printed, nothing is sent."""
    assert command("run", "--sample", "-o", tmp_path / "r.mp4", "--dry-run") == 0

    out = capsys.readouterr().out
    assert json.loads(out.split("\n")[0])["input"][1]["assetId"] == "ASSET_ID_OF_AUDIO"
    assert sync_api.seen == []
    assert (tmp_path / "r.boxes.json").exists()


def test_run_submits_the_array_of_turns(
    command: Run, sync_api: FakeSync, tmp_path: Path, capsys: Shown
) -> None:
    """One array of two speakers, as ``track`` makes it; without turns there are two."""
    clicks = sample_clicks()
    speakers = ("--speaker", f"ana={clicks[0]}", "--speaker", f"ben={clicks[1]}")
    turns = tmp_path / "turns.json"
    spans = [(0, 1, "ana"), (5, 6, "ben")]
    turns.write_text(json.dumps([{"start_s": a, "end_s": b, "speaker": c} for a, b, c in spans]))
    arguments = ("run", "--sample", *speakers, "-o", tmp_path / "r.mp4", "--dry-run")

    assert command(*arguments) == 2
    assert command(*arguments, "--turns", turns) == 0

    selection = json.loads(capsys.readouterr().out.split("\n")[0])["options"]
    rows = selection["active_speaker_detection"]["bounding_boxes"]
    assert len(rows) == 170
    assert rows[12] is not None
    assert rows[25:125] == [None] * 100
    assert rows == json.loads((tmp_path / "r.boxes.json").read_text())["bounding_boxes"]
    assert sync_api.seen == []
