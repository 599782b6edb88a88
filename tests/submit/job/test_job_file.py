"""The job file itself: damaged, in use, and where it goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from speaker_boxes.errors import (
    JobFileError,
    SubmitConnectionError,
)
from speaker_boxes.submit.job.job_file import job_path_for
from speaker_boxes.submit.job.lock import lock_file
from tests.loopback.faults import drop
from tests.submit.job.desk import Desk


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no job file: "),
        (b"{}", "is no job file: idempotency_key: Field required"),
        (b"\xff\x00", "is no job file: "),
        (b'{"idempotency_key": "a b"}', "is no job file: idempotency_key: "),
    ],
)
def test_a_damaged_job_file_is_one_line(desk: Desk, content: bytes, message: str) -> None:
    """It is neither read nor replaced: its key may have been paid with."""
    desk.job.write_bytes(content)

    with pytest.raises(JobFileError, match=message) as caught:
        desk.run()

    assert len(str(caught.value).splitlines()) == 1
    assert desk.job.read_bytes() == content
    assert desk.api.seen == []


def test_a_job_of_which_nothing_was_sent_needs_its_media(desk: Desk) -> None:
    desk.api.faults["put"] = [drop, drop]
    with pytest.raises(SubmitConnectionError):
        desk.run()

    with pytest.raises(JobFileError, match="submit the boxes and the media again"):
        desk.resume()


HOLD = """
import sys, pathlib
from speaker_boxes.submit.job.lock import lock_file
with lock_file(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_do_not_share_a_job(desk: Desk) -> None:
    """The second one is told at once; when the first is killed the lock is free."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(desk.job)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(JobFileError, match="in use by another process"):
            desk.run()
        other.kill()
    assert desk.api.seen == []

    assert desk.run().completed


def test_a_lock_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "talk.job.json"
    for _ in range(3):
        with lock_file(path):
            with pytest.raises(JobFileError), lock_file(path):
                pass
            assert [entry.name for entry in tmp_path.iterdir()] == [".talk.job.json.lock"]

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("boxes", "video", "job"),
    [
        ("out/talk.json", "a.mp4", "out/talk.job.json"),
        (None, "clips/a.mp4", "clips/a.mp4.job.json"),
        (None, "https://e.x/clips/a%20b.mp4?sig=1", "a_20b.mp4.job.json"),
        (None, "https://e.x", "e.x.job.json"),
    ],
)
def test_where_job_files_go(boxes: str | None, video: str, job: str) -> None:
    assert job_path_for(Path(boxes) if boxes else None, video) == Path(job)
