"""Commands that are killed at random moments: the next run gives the same, and nothing is left.

With ``SPEAKER_BOXES_FUZZ`` set (and ``--timeout=0``) each command is killed twenty times by each
signal, not once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
import wave
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import av
import pytest

from speaker_boxes.file_digest import file_digest
from speaker_boxes.sample import clip_path, sample_clicks
from tests.loopback.state import KEY, FakeSync

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="who is left is looked up in /proc"
)
N_KILLS = 20 if os.environ.get("SPEAKER_BOXES_FUZZ") else 1
N_FRAMES = 50
"""Of the clip: few, as what is interrupted matters here, and each run is another moment."""
MAX_RUN_S = 900
"""A run that hangs, on however busy a machine."""
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
# tests that run in the background ignore SIGINT, and so would what they start
PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from speaker_boxes.__main__ import main; main()"
)


def first_frames(clip: Path, target: Path) -> Path:
    """A copy of a clip's beginning, without its sound."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as out:
        stream = source.streams.video[0]
        copy = out.add_stream_from_template(stream)
        for packet in islice(source.demux(stream), N_FRAMES):
            packet.stream = copy
            out.mux(packet)
    return target


class Place:
    """Folders for outputs and temporary files, and a mark on all processes that work there."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.out, self.temporary = folder / "out", folder / "tmp"
        self.out.mkdir()
        self.temporary.mkdir()
        self.log = folder / "log.txt"
        self.clip = first_frames(clip_path(), folder / "talk.mp4")
        self.mark = uuid.uuid4().hex
        self.env = {
            **os.environ,
            "TMPDIR": str(self.temporary),
            "SPEAKER_BOXES_CACHE": str(folder / "cache"),
            "SPEAKER_BOXES_MARK": self.mark,
            "SYNC_API_KEY": KEY,
            "SYNC_BASE_URL": base_url,
        }

    def start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *arguments],
                env=self.env,
                cwd=self.out,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def left(self) -> list[int]:
        """Processes that bear the mark and have not ended."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                marked = self.mark.encode() in (path / "environ").read_bytes()
                ended = (path / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                continue
            if marked and not ended:
                found.append(int(path.name))
        return found


@pytest.fixture
def place(tmp_path: Path, sync_api: FakeSync) -> Iterator[Place]:
    sync_api.statuses = ["COMPLETED"]
    place = Place(tmp_path, sync_api.base_url)
    yield place
    for number in place.left():
        os.kill(number, signal.SIGKILL)


def track(place: Place) -> tuple[list[str], list[str]]:
    arguments = [
        "track",
        str(place.clip),
        "--at",
        sample_clicks()[0],
        "-o",
        "talk.json",
        "--overwrite",
        "--no-cache",
    ]
    return arguments, ["talk.json", "talk.report.json"]


def batch(place: Place) -> tuple[list[str], list[str]]:
    lines = [
        json.dumps({"clip": str(place.clip), "at": sample_clicks()[:1], "output": f"{i}.json"})
        for i in range(2)
    ]
    jobs = place.out.parent / "jobs.jsonl"
    jobs.write_text("\n".join(lines))
    files = ["0.json", "0.report.json", "1.json", "1.report.json", "results.jsonl"]
    return ["batch", str(jobs), "-o", str(place.out), "--no-cache"], files


def normalize(place: Place) -> tuple[list[str], list[str]]:
    return ["normalize", str(place.clip), "-o", "new.mp4", "--overwrite"], ["new.mp4"]


def submit(place: Place) -> tuple[list[str], list[str]]:
    boxes = place.out / "talk.json"
    boxes.write_text(json.dumps({"bounding_boxes": [[200, 100, 300, 220]] * N_FRAMES}))
    clip = {"sha256": file_digest(place.clip), "width": 640, "height": 360,
            "frames": N_FRAMES, "rate": "25/1"}  # fmt: skip
    (place.out / "talk.report.json").write_text(json.dumps({"format": 1, "clip": clip}))
    sound = place.out.parent / "say.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 16_000 * 2))
    media = ["--video", str(place.clip), "--audio", str(sound)]
    files = ["result.mp4", "talk.job.json", "talk.json", "talk.report.json"]
    return ["submit", "talk.json", *media, "-o", "result.mp4", "--overwrite"], files


def outputs(place: Place, files: list[str]) -> dict[str, bytes]:
    """What came out, but for what holds times and keys of its own."""
    own = ("results.jsonl", "talk.job.json")
    return {name: (place.out / name).read_bytes() for name in files if name not in own}


@pytest.mark.parametrize("how", SIGNALS, ids=lambda how: how.name)
@pytest.mark.parametrize("command", [track, batch, normalize, submit])
def test_a_kill_at_any_moment_leaves_nothing(
    command: Callable[[Place], tuple[list[str], list[str]]],
    how: signal.Signals,
    place: Place,
    sync_api: FakeSync,
) -> None:
    """Same bytes after the next run; no file, no process, no second payment."""
    chance = random.Random(f"{command.__name__} {how}")
    arguments, files = command(place)
    began = time.monotonic()
    assert place.start(arguments).wait(timeout=MAX_RUN_S) == 0, place.log.read_text()
    whole_s = time.monotonic() - began
    expected = outputs(place, files)

    for _ in range(N_KILLS):
        for name in [*files]:
            (place.out / name).unlink()
        command(place)
        n_jobs = len(sync_api.jobs)
        with place.start(arguments) as process:
            time.sleep(chance.uniform(0, whole_s))
            process.send_signal(how)
        for _ in range(50):
            if not place.left():
                break
            time.sleep(0.1)

        assert place.left() == []
        assert place.start(arguments).wait(timeout=MAX_RUN_S) == 0
        assert outputs(place, files) == expected
        assert sorted(path.name for path in place.out.iterdir()) == sorted(files)
        assert list(place.temporary.iterdir()) == []
        assert len(sync_api.jobs) <= n_jobs + 1
