"""``speaker-boxes batch``: many clips, here and on a cluster."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.batch import read_jobs, read_results
from speaker_boxes.sample import clip_path, sample_clicks

RunCommand = Callable[..., int]
CLICKS = sample_clicks()


def write_jobs(folder: Path, *jobs: object) -> Path:
    path = folder / "jobs.jsonl"
    lines = [job if isinstance(job, str) else json.dumps(job) for job in jobs]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "it is not JSON"),
        ("[]", 'a job is an object with a "clip"'),
        ('{"clip": 1}', 'a job is an object with a "clip"'),
        ('{"clip": "a.mp4", "click": []}', "unknown key click"),
        ('{"clip": "a.mp4", "at": "0:1,2"}', '"at" is a list'),
        ('{"clip": "a.mp4", "at": ["here"]}', "here"),
        ('{"clip": "a.mp4", "stream": "1"}', '"stream" is a number'),
        ('{"clip": "a.mp4", "output": "../a.json"}', "below the output folder"),
        ('{"clip": "a.mp4", "output": "/a.json"}', "below the output folder"),
        ('{"clip": "other/good.mp4"}', "another job's too"),
    ],
)
def test_a_bad_line_is_said_and_the_rest_goes_on(tmp_path: Path, line: str, reason: str) -> None:
    path = write_jobs(tmp_path, {"clip": "good.mp4"}, "", line, {"clip": "last.mp4"})

    jobs, bad = read_jobs(path)

    assert [(job.line, job.output) for job in jobs] == [(1, "good.json"), (4, "last.json")]
    assert jobs[0].clip == str(tmp_path / "good.mp4")
    assert [result.line for result in bad] == [3]
    assert reason in (bad[0].error or "")


def test_clips_are_done_side_by_side(
    tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two good ones, a clip that is not there, a line that is none; then only what failed."""
    shutil.copy(clip_path(), tmp_path / "talk.mp4")
    out = tmp_path / "out"
    jobs = write_jobs(
        tmp_path,
        {"clip": "talk.mp4", "at": CLICKS, "output": "sub/one.json"},
        {"clip": "absent.mp4", "at": CLICKS},
        "no job",
        {"clip": str(clip_path()), "at": CLICKS[:1]},
    )

    status = run_command("batch", jobs, "-o", out, "--workers", "2")

    printed = capsys.readouterr()
    assert status == 1
    assert printed.out.splitlines()[-1] == "2 done, 0 kept, 2 failed"
    assert "line 2: cannot open" in printed.err
    assert "line 3: " in printed.err
    boxes = json.loads((out / "sub" / "one.json").read_text())["bounding_boxes"]
    assert len(boxes) == 170
    assert (out / "sub" / "one.report.json").is_file()
    assert [(each.line, each.status) for each in read_results(out)] == [
        (1, "done"), (2, "failed"), (3, "failed"), (4, "done"),
    ]  # fmt: skip

    shutil.copy(clip_path(), tmp_path / "absent.mp4")
    (out / "talk.json").unlink()
    run_command("batch", jobs, "-o", out, "--workers", "1")

    assert [each.status for each in read_results(out)] == ["kept", "done", "failed", "done"]


def test_another_detector_is_another_job(
    tmp_path: Path, yunet_model: Path, run_command: RunCommand
) -> None:
    """What MediaPipe did is not kept when YuNet is asked."""
    jobs = write_jobs(tmp_path, {"clip": str(clip_path()), "at": CLICKS})
    out = tmp_path / "out"
    yunet = ("--detector", "yunet", "--detector-model", yunet_model)

    run_command("batch", jobs, "-o", out)
    run_command("batch", jobs, "-o", out, *yunet)

    assert [each.status for each in read_results(out)] == ["done"]
    assert json.loads((out / "talk.report.json").read_text())["detector"] == "yunet"
    run_command("batch", jobs, "-o", out, *yunet)
    assert [each.status for each in read_results(out)] == ["kept"]


def test_the_boxes_are_those_of_track(tmp_path: Path, run_command: RunCommand) -> None:
    jobs = write_jobs(tmp_path, {"clip": str(clip_path()), "at": CLICKS})

    run_command("batch", jobs, "-o", tmp_path / "out", "--no-cache")
    run_command("track", "--sample", "--no-cache", "-o", tmp_path / "talk.json")

    assert (tmp_path / "out" / "talk.json").read_bytes() == (tmp_path / "talk.json").read_bytes()


def start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def cluster(n_workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and workers on the loopback, as anybody would start them."""
    # a port of the system's choice, told in a file
    scheduler_file = Path(os.environ["SPEAKER_BOXES_CACHE"]).with_name("scheduler.json")
    told = ("--scheduler-file", str(scheduler_file))
    processes = [start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", *told)]
    try:
        while not scheduler_file.is_file() or not scheduler_file.read_text().strip():
            assert processes[0].poll() is None
            time.sleep(0.05)
        address = json.loads(scheduler_file.read_text())["address"]
        for _ in range(n_workers):
            alone = ("--no-nanny", "--nthreads", "1", "--host", "127.0.0.1")
            processes.append(start("dask_worker", address, *alone))
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def kill_in_the_middle(out: Path, worker: subprocess.Popen[bytes]) -> None:
    """End a worker as soon as one clip of several is done."""
    for _ in range(1000):
        if list(out.glob("talk?.json")):
            break
        time.sleep(0.02)
    worker.kill()


def test_a_cluster_gives_the_same_and_loses_nothing(
    tmp_path: Path, run_command: RunCommand
) -> None:
    """A scheduler and two workers, one of which is killed in the middle."""
    clips = []
    for i in range(4):
        shutil.copy(clip_path(), tmp_path / f"talk{i}.mp4")
        clips.append({"clip": f"talk{i}.mp4", "at": CLICKS})
    jobs = write_jobs(tmp_path, *clips)
    run_command("track", "--sample", "--no-cache", "-o", tmp_path / "talk.json")

    with cluster(2) as (address, workers):
        killer = threading.Thread(target=kill_in_the_middle, args=(tmp_path / "out", workers[0]))
        killer.start()
        status = run_command(
            "batch", jobs, "-o", tmp_path / "out", "--scheduler", address, "--no-cache"
        )
        killer.join()

    assert status == 0
    results = read_results(tmp_path / "out")
    assert [(each.line, each.status) for each in results] == [(i + 1, "done") for i in range(4)]
    expected = (tmp_path / "talk.json").read_bytes()
    assert all((tmp_path / "out" / f"talk{i}.json").read_bytes() == expected for i in range(4))


def test_giving_up_wakes_who_waits_for_the_cluster() -> None:
    """A task that the cluster never does is no reason to wait for ever."""
    from speaker_boxes.dask_executor import _ClusterExecutor

    class Never(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return Future()

    executor = _ClusterExecutor(Never())
    future = executor.submit(print)
    threading.Timer(0.1, executor.shutdown, kwargs={"cancel_futures": True}).start()

    assert wait([future], timeout=10).done == {future}


def test_no_scheduler_is_one_line(
    tmp_path: Path,
    run_command: RunCommand,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("speaker_boxes.dask_executor.CONNECT_TIMEOUT_S", 0.5)
    jobs = write_jobs(tmp_path, {"clip": str(clip_path())})

    status = run_command("batch", jobs, "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")

    err = capsys.readouterr().err
    assert status == 1
    assert "no scheduler answers at tcp://127.0.0.1:9" in err.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_ctrl_c_ends_everything_and_keeps_what_is_done(tmp_path: Path) -> None:
    """Soon, with status 130; the next run does the rest."""
    for i in range(8):
        shutil.copy(clip_path(), tmp_path / f"talk{i}.mp4")
    jobs = write_jobs(tmp_path, *({"clip": f"talk{i}.mp4", "at": CLICKS} for i in range(8)))
    out = tmp_path / "out"
    # tests that run in the background ignore the signal, and so would this
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from speaker_boxes.__main__ import main; main()"
    )
    command = [sys.executable, "-c", program, "batch", str(jobs), "-o", str(out)]

    with subprocess.Popen([*command, "--no-cache"], stderr=subprocess.PIPE) as process:
        while not list(out.glob("talk?.json")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert process.returncode == 130, err
    done = [each for each in read_results(out) if each.status == "done"]
    assert 1 <= len(done) < 8
    assert err.decode().splitlines()[-1] == "speaker-boxes: interrupted"
