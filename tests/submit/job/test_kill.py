"""kill -9 at any moment: the job is paid for once, and the next run brings it to its end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.sample import clip_path, sample_clicks
from speaker_boxes.submit.http import drivers
from speaker_boxes.submit.job import many_jobs
from tests.commands.generations import NoWaiting, write_sample_boxes
from tests.loopback.handler import Handler
from tests.loopback.state import KEY, RESULT, FakeSync

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")

NURSERY = """
import json, os, signal, sys, time
import speaker_boxes.commands.common.job_run, speaker_boxes.submit.api.client
import speaker_boxes.batch, speaker_boxes.submit.job.many_jobs
from speaker_boxes.submit.job import dry_run, job_file as job, prepare, run_job
from speaker_boxes.cli import main

time.sleep = lambda seconds: None
write, count = job.write_atomic, 0

def run(dies_at, arguments, output):
    def die_at_a_save(path, content):
        global count
        count += 1
        if count == dies_at + 0.5:  # before it is written
            os.kill(os.getpid(), signal.SIGKILL)
        write(path, content)
        if count == dies_at:  # right after
            os.kill(os.getpid(), signal.SIGKILL)
    job.write_atomic = die_at_a_save
    file = os.open(output, os.O_WRONLY | os.O_CREAT)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.argv = ["speaker-boxes", *arguments]
    main()

print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        run(*json.loads(line))
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
NEVER = -1.0


class Nursery:
    """A process that forks clients: each is one of its own, without the second of imports."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=os.environ | {"SYNC_API_KEY": KEY, "NO_PROXY": "127.0.0.1"},
        )  # fmt: skip
        assert self._read() == "ready"

    def start(self, dies_at: float, arguments: list[str], output: Path) -> int:
        """Start a client and tell its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([dies_at, arguments, str(output)]) + "\n")
        self._process.stdin.flush()
        return int(self._read())

    def wait(self) -> int:
        """Exit status of the client; negative for a signal."""
        return int(self._read())

    def close(self) -> None:
        self._process.communicate(timeout=10)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


class Killer:
    """Kills the client when a request arrives, or in the middle of it."""

    def __init__(self) -> None:
        self.pid = 0
        self.born = threading.Event()

    def kill(self) -> None:
        assert self.born.wait(10)
        os.kill(self.pid, signal.SIGKILL)

    def on_arrival(self, handler: Handler, good: Callable[[], None]) -> None:
        """Nothing is done."""
        self.kill()

    def before_the_answer(self, handler: Handler, good: Callable[[], None]) -> None:
        """It is done, and nobody hears of it."""
        if handler.route == "create":
            handler.make_job()
        elif handler.route == "put":
            handler.sync.stored[handler.record.path] = handler.body
        self.kill()

    def in_the_answer(self, handler: Handler, good: Callable[[], None]) -> None:
        """It is done, and half of the answer is sent."""
        if handler.route == "result":
            handler.good_result(cut_after=1000)
        else:
            handler.make_job()
            handler.send(201, b'{"id": "gen-1", "sta', announce=200)
        self.kill()

    def in_the_body(self, handler: Handler, good: Callable[[], None]) -> None:
        """Half of an upload has come."""
        handler.rfile.read(1000)
        self.kill()


MOMENTS: dict[str, tuple[str | None, str, int, float, int]] = {
    # route, what the killer does, how many requests go well before, which save of the job file, how
    # many creates the server sees in both runs together
    "asking for a place": ("upload", "on_arrival", 0, NEVER, 1),
    "in the clip's bytes": ("put", "in_the_body", 0, NEVER, 1),
    "clip put, not told": ("put", "before_the_answer", 0, NEVER, 1),
    "registering the sound": ("register", "on_arrival", 1, NEVER, 1),
    "create arrives": ("create", "on_arrival", 0, NEVER, 2),
    "create taken, not told": ("create", "before_the_answer", 0, NEVER, 2),
    "create taken, half told": ("create", "in_the_answer", 0, NEVER, 2),
    "first look": ("look", "on_arrival", 0, NEVER, 1),
    "second look": ("look", "on_arrival", 1, NEVER, 1),
    "in the result": ("result", "in_the_answer", 0, NEVER, 1),
    "job file not written yet": (None, "", 0, 0.5, 1),
    "job file just written": (None, "", 0, 1, 1),
    "key and body just written": (None, "", 0, 6, 1),
    "create told, id not written": (None, "", 0, 6.5, 2),
    "id just written": (None, "", 0, 7, 1),
}


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    """Boxes for the sample clip."""
    return write_sample_boxes(tmp_path)


@pytest.mark.parametrize(
    ("route", "how", "before", "save", "creates"), MOMENTS.values(), ids=MOMENTS
)
def test_a_killed_client_never_pays_twice(
    route: str | None,
    how: str,
    before: int,
    save: float,
    creates: int,
    boxes: Path,
    nursery: Nursery,
    sync_api: FakeSync,
    run_command: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Killed, then the same command again: one job at the server, and its result here."""
    killer = Killer()
    if route is not None:
        fault: Any = getattr(killer, how)
        if how == "in_the_body":
            fault = Early(fault)
        sync_api.faults[route] = [*[None] * before, fault]
    sync_api.statuses = ["PROCESSING", "PROCESSING", "COMPLETED"]
    result = boxes.with_name("result.mp4")
    arguments = [
        "submit", str(boxes), "--video", str(clip_path()), "--audio", str(clip_path()),
        "--base-url", sync_api.base_url, "-o", str(result),
    ]  # fmt: skip

    log = boxes.with_name("client.log")
    killer.pid = nursery.start(save, arguments, log)
    killer.born.set()
    status = nursery.wait()
    output = log.read_bytes()

    assert status == -signal.SIGKILL, output
    assert KEY.encode() not in output
    assert not result.exists()

    monkeypatch.setattr(drivers, "time", NoWaiting)
    assert run_command(*arguments) == 0, capfd.readouterr().err
    assert KEY not in "".join(capfd.readouterr())
    assert list(sync_api.jobs.values()) == ["gen-1"]
    assert result.read_bytes() == RESULT
    keys = [seen.headers["idempotency-key"] for seen in sync_api.calls("create")]
    assert keys == [keys[0]] * creates


DIALOGUE = {
    "second sound registered": ("register", "on_arrival", 2, 1),
    "create arrives": ("create", "on_arrival", 0, 2),
    "create taken, not told": ("create", "before_the_answer", 0, 2),
    "in the result": ("result", "in_the_answer", 0, 1),
}


@pytest.mark.parametrize(("route", "how", "before", "creates"), DIALOGUE.values(), ids=DIALOGUE)
def test_a_killed_dialogue_is_paid_for_once(
    route: str,
    how: str,
    before: int,
    creates: int,
    boxes: Path,
    nursery: Nursery,
    sync_api: FakeSync,
    run_command: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three uploads and one create, as for a single sound."""
    killer = Killer()
    sync_api.faults[route] = [*[None] * before, getattr(killer, how)]
    rows = [[200, 100, 300, 220] if i < 100 else None for i in range(170)]
    boxes.write_text(json.dumps({"bounding_boxes": rows}))
    turns = boxes.with_name("turns.json")
    spans = [(0, 2, "tom"), (2, 4, "ben")]
    turns.write_text(json.dumps([dict(zip(("start_s", "end_s", "speaker"), one, strict=True))
                                 for one in spans]))  # fmt: skip
    result = boxes.with_name("result.mp4")
    arguments = [
        "submit", str(boxes), "--video", str(clip_path()), "--audio", f"tom={clip_path()}",
        "--audio", f"ben={clip_path()}", "--turns", str(turns), "--base-url", sync_api.base_url,
        "--audio-layout", "whole", "-o", str(result),
    ]  # fmt: skip

    killer.pid = nursery.start(NEVER, arguments, boxes.with_name("client.log"))
    killer.born.set()
    assert nursery.wait() == -signal.SIGKILL, boxes.with_name("client.log").read_text()

    monkeypatch.setattr(drivers, "time", NoWaiting)
    assert run_command(*arguments) == 0
    assert list(sync_api.jobs.values()) == ["gen-1"]
    assert result.read_bytes() == RESULT
    keys = [seen.headers["idempotency-key"] for seen in sync_api.calls("create")]
    assert keys == [keys[0]] * creates
    assert len(sync_api.calls("create")[-1].json["segments"]) == 2


BATCH = {
    "third create arrives": ("create", "on_arrival", 2),
    "eighth create taken, not told": ("create", "before_the_answer", 7),
    "fifth create taken, half told": ("create", "in_the_answer", 4),
    "ninth look": ("look", "on_arrival", 8),
    "fourth result": ("result", "in_the_answer", 3),
}


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The boxes of twenty jobs, which are not the matter here."""
    folder = tmp_path_factory.mktemp("tracked")
    line = {"clip": str(clip_path()), "at": sample_clicks(), "audio": "https://e.x/say.wav"}
    jobs = folder / "jobs.jsonl"
    jobs.write_text(
        "".join(json.dumps({**line, "output": f"{i:02}.json"}) + "\n" for i in range(20))
    )
    command = [sys.executable, "-m", "speaker_boxes", "batch", str(jobs), "-o", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize(("route", "how", "before"), BATCH.values(), ids=BATCH)
def test_a_killed_batch_pays_for_each_job_once(
    route: str,
    how: str,
    before: int,
    tracked: Path,
    tmp_path: Path,
    nursery: Nursery,
    sync_api: FakeSync,
    run_command: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Twenty jobs, three at a time, killed in the middle: twenty generations after the next run."""
    jobs, out = tracked / "jobs.jsonl", Path(shutil.copytree(tracked, tmp_path / "out"))
    killer = Killer()
    sync_api.faults[route] = [*[None] * before, getattr(killer, how)]
    arguments = ["batch", str(jobs), "-o", str(out), "--submit", "--base-url", sync_api.base_url]

    log = tmp_path / "client.log"
    killer.pid = nursery.start(NEVER, arguments, log)
    killer.born.set()
    assert nursery.wait() == -signal.SIGKILL, log.read_text()
    assert KEY.encode() not in log.read_bytes()
    assert len(sync_api.jobs) < 20

    monkeypatch.setattr(drivers, "time", NoWaiting)
    monkeypatch.setattr(many_jobs, "time", NoWaiting)
    assert run_command(*arguments) == 0, capsys.readouterr().err
    assert len(sync_api.jobs) == 20
    assert sync_api.conflicts == 0
    assert [path.read_bytes() for path in sorted(out.glob("*.mp4"))] == [RESULT] * 20


class Early:
    """A fault that wants the body itself."""

    before_body = True

    def __init__(self, fault: Any) -> None:
        self._fault = fault

    def __call__(self, handler: Handler, good: Callable[[], None]) -> None:
        self._fault(handler, good)
