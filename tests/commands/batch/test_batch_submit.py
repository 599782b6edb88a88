"""``batch --submit``: many jobs, each paid for once, whatever happens in between."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.sample import clip_path, sample_clicks
from speaker_boxes.submit.job import many_jobs
from speaker_boxes.submit.job.job_file import Job
from speaker_boxes.submit.preflight.boxes_file import read_boxes
from tests.commands.generations import AUDIO, NoWaiting, Run, Shown
from tests.loopback.faults import drop, refuse, take_and_drop, take_batch_and_drop
from tests.loopback.state import RESULT, FakeSync

N_JOBS = 20


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_jobs, "time", NoWaiting)


def write_jobs(folder: Path, n_jobs: int = N_JOBS, **more: Any) -> Path:
    """The sample again and again, each time for another generation."""
    path = folder / "jobs.jsonl"
    line = {"clip": str(clip_path()), "at": sample_clicks(), "audio": AUDIO, **more}
    path.write_text(
        "".join(json.dumps({**line, "output": f"{i:02}.json"}) + "\n" for i in range(n_jobs))
    )
    return path


@pytest.fixture(scope="module")
def tracked_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Boxes of twenty jobs, as a run without ``--submit`` leaves them."""
    folder = tmp_path_factory.mktemp("tracked")
    jobs = str(write_jobs(folder))
    command = [sys.executable, "-m", "speaker_boxes", "batch", jobs, "-o", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def out(tracked_once: Path, tmp_path: Path) -> Path:
    """A folder of outputs in which the boxes are there already."""
    return Path(shutil.copytree(tracked_once, tmp_path / "out"))


def told(folder: Path) -> list[Any]:
    text = (folder / many_jobs.SUBMISSIONS).read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_twenty_jobs_are_twenty_generations(
    command: Run, sync_api: FakeSync, tmp_path: Path, out: Path, capsys: Shown
) -> None:
    """Through faults and a plan of two at a time; the next run sends nothing."""
    sync_api.slots = 2
    sync_api.faults = {
        "create": [None, take_and_drop, None, drop, refuse(503), None, take_and_drop],
        "look": [drop, refuse(500)],
    }
    jobs = write_jobs(tmp_path)
    arguments = ("batch", jobs, "-o", out, "--submit", "--concurrency", "4", "--workers", "2")

    status = command(*arguments)

    shown, err = capsys.readouterr()
    assert status == 0, err
    assert shown.splitlines()[-1] == f"submitted: {N_JOBS} done, 0 kept, 0 failed"
    assert len(sync_api.jobs) == N_JOBS
    assert sync_api.running == set()
    assert [one["line"] for one in told(out)] == list(range(1, N_JOBS + 1))
    assert {one["generation"] for one in told(out)} == set(sync_api.jobs.values())
    for i in range(N_JOBS):
        assert (out / f"{i:02}.mp4").read_bytes() == RESULT
        assert Job.read(out / f"{i:02}.job.json").state == "ended"
    creates = len(sync_api.calls("create"))

    assert command(*arguments) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"submitted: 0 done, {N_JOBS} kept, 0 failed"
    assert len(sync_api.calls("create")) == creates
    assert len(sync_api.jobs) == N_JOBS


def _end_other(sync_api: FakeSync) -> None:
    while not sync_api.refused_slots:
        time.sleep(0.01)
    sync_api.running.discard("of another program")


def test_the_plan_makes_the_rest_wait(command: Run, sync_api: FakeSync, tmp_path: Path) -> None:
    """More at a time than the plan allows: refused, waited for, and all done in the end."""
    sync_api.slots = 1
    sync_api.running.add("of another program")  # until somebody was refused: else that is luck
    threading.Thread(target=_end_other, args=(sync_api,), daemon=True).start()
    sync_api.statuses = ["PROCESSING"] * 12 + ["COMPLETED"]
    jobs = write_jobs(tmp_path, 4)

    assert command("batch", jobs, "-o", tmp_path / "out", "--submit", "--concurrency", "4") == 0
    assert len(sync_api.jobs) == 4
    assert sync_api.refused_slots > 0


def test_what_fails_is_told_and_the_rest_goes_on(
    command: Run, sync_api: FakeSync, tmp_path: Path, capsys: Shown
) -> None:
    """A line without a sound, a text, a result that is there; the server refuses one."""
    jobs, out = write_jobs(tmp_path, 2), tmp_path / "out"
    lines = jobs.read_text().splitlines()
    silent = {"clip": str(clip_path()), "at": sample_clicks(), "output": "silent.json"}
    read = {**silent, "output": "read.json", "text": "Hello.", "voice": "v"}
    jobs.write_text("\n".join([*lines, json.dumps(silent), json.dumps(read)]) + "\n")
    out.mkdir()
    (out / "01.mp4").write_bytes(b"mine")
    sync_api.faults["create"] = [refuse(422, {"message": "no", "errorCode": "odd"})]

    how = ("--submit", "--concurrency", "1", "--workers", "1")
    assert command("batch", jobs, "-o", out, *how) == 1

    shown, err = capsys.readouterr()
    status = {one["line"]: one["status"] for one in told(out)}
    assert status[3] == "failed"
    assert status[2] == "failed"
    assert sorted(status.values()) == ["done", "failed", "failed", "failed"]
    assert 'line 3: a job that is submitted needs "audio", or "text" and "voice"' in err
    assert "01.mp4 exists" in err
    assert "(odd: no)" in err
    assert shown.splitlines()[-1] == "submitted: 1 done, 0 kept, 3 failed"
    assert (out / "01.mp4").read_bytes() == b"mine"

    (out / "01.mp4").unlink()
    assert command("batch", jobs, "-o", out, *how) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "submitted: 2 done, 1 kept, 1 failed"
    assert len(sync_api.jobs) == 3


def test_without_a_key_nothing_is_decoded(
    command: Run, tmp_path: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNC_API_KEY")
    out = tmp_path / "out"

    assert command("batch", write_jobs(tmp_path, 1), "-o", out, "--submit") == 1
    assert "no API key" in capsys.readouterr().err
    assert list(out.iterdir()) == []


HOSTED = ("--submit", "--api-batch", "--boxes-base", "https://e.x/boxes/")


def test_a_batch_of_the_api_is_one_request(
    command: Run, sync_api: FakeSync, tmp_path: Path, out: Path, capsys: Shown
) -> None:
    """JSONL with boxes by address, waited for, and its results downloaded."""
    sync_api.statuses = ["PROCESSING", "COMPLETED"]
    jobs = write_jobs(tmp_path)

    assert command("batch", jobs, "-o", out, *HOSTED) == 0, capsys.readouterr().err

    [batch] = sync_api.batches
    assert [one["request_id"] for one in batch] == [f"line-{i + 1}" for i in range(N_JOBS)]
    assert {one["endpoint"] for one in batch} == {"/v2/generate"}
    assert batch[3]["payload"] == {
        "model": "lipsync-2",
        "input": [
            {"type": "video", "assetId": "asset-1"}, {"type": "audio", "url": AUDIO},
        ],
        "options": {
            "sync_mode": "cut_off",
            "active_speaker_detection": {
                "auto_detect": False, "bounding_boxes_url": "https://e.x/boxes/03.json"
            },
        },
    }  # fmt: skip
    assert len(sync_api.calls("put")) == 1  # one clip, however many jobs
    assert capsys.readouterr().out.splitlines()[-1] == "submitted: 20 done, 0 kept, 0 failed"
    assert [path.read_bytes() for path in sorted(out.glob("*.mp4"))] == [RESULT] * N_JOBS

    assert command("batch", jobs, "-o", out, *HOSTED) == 0
    assert len(sync_api.batches) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "submitted: 0 done, 20 kept, 0 failed"


def test_a_batch_whose_answer_got_lost_is_looked_up(
    command: Run, sync_api: FakeSync, tmp_path: Path, out: Path, capsys: Shown
) -> None:
    """No key is documented for batches: it is never sent blindly again."""
    sync_api.statuses = ["COMPLETED"]
    sync_api.faults["batch"] = [take_batch_and_drop]
    arguments = ("batch", write_jobs(tmp_path), "-o", out, *HOSTED)

    assert command(*arguments) == 1
    assert command(*arguments) == 0, capsys.readouterr().err
    assert len(sync_api.batches) == 1
    assert len(sync_api.calls("batch")) == 1


def test_a_batch_that_may_have_been_lost_is_not_sent_again(
    command: Run, sync_api: FakeSync, tmp_path: Path, out: Path, capsys: Shown
) -> None:
    """Dropped before it was taken, which nobody here can know."""
    sync_api.faults["batch"] = [drop]
    arguments = ("batch", write_jobs(tmp_path), "-o", out, *HOSTED)

    assert command(*arguments) == 1
    capsys.readouterr()
    assert command(*arguments) == 1
    err = capsys.readouterr().err
    assert "answer got lost, and the server holds 0 that may be it; look in the web app" in err
    assert sync_api.batches == []


@pytest.mark.parametrize(
    ("n_jobs", "how", "words"),
    [
        (3, HOSTED, "a batch takes 20 to 500 generations, got 3; send them one by one, or part"),
        (20, HOSTED[:2], "line 1: a batch of the API takes boxes by their address only; host the"),
    ],
)
def test_what_a_batch_does_not_take_is_said_before(
    command: Run, sync_api: FakeSync, tmp_path: Path, out: Path, capsys: Shown,
    n_jobs: int, how: tuple[str, ...], words: str,
) -> None:  # fmt: skip
    assert command("batch", write_jobs(tmp_path, n_jobs), "-o", out, *how) == 1
    assert words in capsys.readouterr().err
    assert sync_api.seen == []


def test_what_nobody_expected_fails_one_job(
    command: Run,
    sync_api: FakeSync,
    tmp_path: Path,
    out: Path,
    capsys: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others are sent, and the line says what it was."""

    def read_boxes_but_one(path: Path) -> object:
        if path.name == "01.json":
            raise ZeroDivisionError
        return read_boxes(path)

    monkeypatch.setattr(many_jobs, "read_boxes", read_boxes_but_one)
    jobs = write_jobs(tmp_path, 3)

    assert command("batch", jobs, "-o", out, "--submit", "--workers", "1") == 1

    assert [each["status"] for each in told(out)] == ["done", "failed", "done"]
    assert told(out)[1]["error"] == "ZeroDivisionError"
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert len(sync_api.jobs) == 2
