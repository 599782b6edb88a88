"""What a line of a batch may hold, and that each job stands for itself."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speaker_boxes import batch
from speaker_boxes.batch import BatchOptions, Job, read_jobs, read_results, run_batch
from speaker_boxes.batch import run as batch_run
from speaker_boxes.commands.common.batch_submit import read_boxes_urls, read_sounds
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.files import write_together
from speaker_boxes.follow.target import Target
from speaker_boxes.progress import no_progress
from speaker_boxes.sample import clip_path, sample_clicks

RunCommand = Callable[..., int]
CLICKS = sample_clicks()
CLIP = str(clip_path())


@pytest.fixture(scope="module")
def known_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The faces of the sample are found once for all tests here."""
    return tmp_path_factory.mktemp("faces")


@pytest.fixture(autouse=True)
def _known_faces(known_faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEAKER_BOXES_CACHE", str(known_faces))


def write_jobs(folder: Path, *jobs: object, name: str = "jobs.jsonl") -> Path:
    path = folder / name
    lines = [job if isinstance(job, bytes) else json.dumps(job).encode() for job in jobs]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def statuses(folder: Path) -> list[str]:
    return [each.status for each in read_results(folder)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"clip":"a\\u0000.mp4"}', "cannot be the name of a file"),
        (b'{"clip":"\\ud800.mp4"}', "cannot be the name of a file"),
        (b'{"clip":"a.mp4","output":"\\u0000.json"}', "cannot be the name of a file"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"clip": "a.mp4\xff"}', "it is not JSON"),
        (b'{"clip":"a.mp4","stream":true}', '"stream" is a number'),
        (b'{"clip":"a.mp4","max_gap":-1}', "max_gap_s"),
        (b'{"clip":"a.mp4","max_gap":1e999}', "max_gap_s"),
        (b'{"clip":"a.mp4","detector":"none"}', "none"),
        (b'{"clip":"a.mp4","only_clicked_shots":1}', "true or false"),
        (b'{"clip":"a.mp4","speakers":{}}', "at least one speaker"),
        (b'{"clip":"a.mp4","speakers":{"ana":[]}}', "ana needs a click"),
        (b'{"clip":"a.mp4","speakers":{"ana":0}}', "people are numbered from 1, got 0"),
        (b'{"clip":"a.mp4","speakers":{"ana":true}}', "people are numbered from 1, got True"),
        (b'{"clip":"a.mp4","speakers":{"ana":["0:1,1"]},"at":["0:1,1"]}', "leave out"),
        (b'{"clip":"a.mp4","turns":[]}', '"turns" needs "speakers"'),
        (b'{"clip":"a.mp4","speakers":{"ana":["0:1,1"]},"turns":"absent.json"}', "absent.json"),
        (b'{"clip":"a.mp4","speakers":{"ana":["0:1,1"]},"turns":[{}]}', r"turns\[0\]"),
    ],
)
def test_a_bad_line_fails_alone(tmp_path: Path, line: bytes, reason: str) -> None:
    path = write_jobs(tmp_path, {"clip": "one.mp4"}, line, {"clip": "two.mp4"})

    jobs, bad = read_jobs(path)

    assert [job.line for job in jobs] == [1, 3]
    assert [result.line for result in bad] == [2]
    assert re.search(reason, bad[0].error or "")


def test_a_byte_order_mark_and_rare_line_ends_are_no_matter(tmp_path: Path) -> None:
    """U+2028 is a letter of a JSON text, and no end of a line there."""
    path = tmp_path / "jobs.jsonl"
    path.write_bytes('\ufeff{"clip": "a\u2028b.mp4"}\r\n{"clip": "c\x85.mp4"}\r\n'.encode())

    jobs, bad = read_jobs(path)

    assert [Path(job.clip).name for job in jobs] == ["a\u2028b.mp4", "c\x85.mp4"]
    assert bad == []


def test_each_line_keeps_its_own_sound(tmp_path: Path) -> None:
    """Counted as jobs are: another line's sound would be paid for."""
    path = tmp_path / "jobs.jsonl"
    lines = [
        '\ufeff{"clip": "a\u2028b.mp4", "audio": "a.wav"}'.encode(),
        b'{"clip": "\xff.mp4", "audio": "bad.wav"}',
        b"[" * 100_000,
        b"",
        '\ufeff{"clip": "c.mp4", "audio": "c.wav", "boxes_url": "https://e.x/c"}'.encode(),
    ]
    path.write_bytes(b"\r\n".join(lines))

    jobs, _ = read_jobs(path)

    assert [job.line for job in jobs] == [1, 5]
    assert read_sounds(path) == {1: str(tmp_path / "a.wav"), 5: str(tmp_path / "c.wav")}
    assert read_boxes_urls(path) == {5: "https://e.x/c"}


def test_a_line_takes_what_track_takes(tmp_path: Path) -> None:
    turns = [{"start_s": 0, "end_s": 2, "speaker": "ana"}]
    (tmp_path / "turns.json").write_text(json.dumps(turns))
    speakers = {"ana": ["0:10,20"], "ben": ["1.5s:30,40"]}
    path = write_jobs(
        tmp_path,
        {"clip": "a.mp4", "face": "ana.jpg", "only_clicked_shots": True, "max_gap": 1},
        {"clip": "b.mp4", "speakers": speakers, "detector": "yunet", "detector_model": "y.onnx"},
        {"clip": "c.mp4", "speakers": speakers, "turns": "turns.json"},
        {"clip": "d.mp4", "speakers": speakers, "turns": turns},
    )

    jobs, bad = read_jobs(path)

    assert bad == []
    one, two, three, four = jobs
    assert one.target == Target(face=tmp_path / "ana.jpg", only_clicked_shots=True)
    assert one.max_gap_s == 1
    assert two.detectors is not None
    assert (two.detectors.name, two.detectors.model) == ("yunet", tmp_path / "y.onnx")
    assert two.boxes_names == {"ana": "b.ana.json", "ben": "b.ben.json"}
    assert three.target.turns == four.target.turns
    assert three.outputs == ["c.json", "c.report.json", "c.job.json"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"clip": "a.mp4"}, {"clip": "a.report.mp4"}),
        ({"clip": "a.report.mp4"}, {"clip": "a.mp4"}),
        ({"clip": "a.mp4"}, {"clip": "a.job.mp4"}),
        ({"clip": "a.mp4", "output": "x.json"}, {"clip": "b.mp4", "output": "./x.json"}),
        ({"clip": "a.mp4", "output": "f/../x.json"}, {"clip": "b.mp4", "output": "x.json"}),
        ({"clip": "a.mp4", "output": "f//x.json"}, {"clip": "b.mp4", "output": "f/./x.json"}),
        (
            {"clip": "a.mp4", "speakers": {"ana": ["0:1,1"]}},
            {"clip": "b.mp4", "output": "a.ana.json"},
        ),
    ],
)
def test_no_file_is_the_output_of_two_jobs(
    tmp_path: Path, first: dict[str, str], second: dict[str, str]
) -> None:
    """The first one has it; the other one is told."""
    path = write_jobs(tmp_path, first, second)

    jobs, bad = read_jobs(path)

    if "f/.." in first.get("output", ""):  # refused for itself
        assert "below the output folder" in (bad[0].error or "")
        return
    assert [job.line for job in jobs] == [1]
    assert "another job's too" in (bad[0].error or "")


def do(jobs: list[Job], folder: Path, **options: object) -> list[batch.JobResult]:
    with ThreadPoolExecutor(1) as executor:
        return list(
            run_batch(
                jobs, folder, executor=executor,
                options=BatchOptions(cache=Cache(), **options),  # type: ignore[arg-type]  # of the right kinds
                progress=lambda job: no_progress,
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    "error", [IndexError("late stream"), RecursionError(), MemoryError(), AssertionError("")]
)
def test_whatever_a_job_raises_is_its_own_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    follow = batch_run._follow

    def break_one(job: Job, *how: object) -> object:
        if job.output == "bad.json":
            raise error
        return follow(job, *how)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(batch_run, "_follow", break_one)
    path = write_jobs(
        tmp_path, {"clip": CLIP, "at": CLICKS, "output": "bad.json"}, {"clip": CLIP, "at": CLICKS}
    )
    jobs, _ = read_jobs(path)

    results = sorted(do(jobs, tmp_path), key=lambda result: result.line)

    assert [result.status for result in results] == ["failed", "done"]
    assert type(error).__name__ in (results[0].error or "")


def test_half_a_line_of_an_earlier_run_is_no_matter(
    tmp_path: Path, run_command: RunCommand
) -> None:
    """A full disk cut it inside a letter; what was done before is kept, the rest is noted."""
    jobs = write_jobs(tmp_path, {"clip": CLIP, "at": CLICKS})
    out = tmp_path / "out"
    run_command("batch", jobs, "-o", out)
    with (out / "results.jsonl").open("ab") as file:
        file.write('{"line": 2, "clip": "gr\u00f6'.encode()[:-1])

    more = write_jobs(
        tmp_path, {"clip": CLIP, "at": CLICKS}, {"clip": CLIP, "at": CLICKS, "output": "b.json"}
    )

    assert run_command("batch", more, "-o", out) == 0
    assert statuses(out) == ["kept", "done"]


def test_a_full_disk_fails_jobs_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the boxes nor the note can be written."""

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("speaker_boxes.batch.results._append", full)
    jobs, _ = read_jobs(
        write_jobs(
            tmp_path, *({"clip": CLIP, "at": CLICKS, "output": f"{i}.json"} for i in range(2))
        )
    )

    results = do(jobs, tmp_path)

    assert [result.status for result in results] == ["failed", "failed"]
    assert "No space left" in (results[0].error or "")


def test_a_then_b_then_a_does_each_once(tmp_path: Path, run_command: RunCommand) -> None:
    """Two files of jobs with one folder: neither makes the other forgotten."""
    a = write_jobs(tmp_path, {"clip": CLIP, "at": CLICKS, "output": "a.json"}, name="a.jsonl")
    b = write_jobs(tmp_path, {"clip": CLIP, "at": CLICKS, "output": "b.json"}, name="b.jsonl")
    out = tmp_path / "out"

    for jobs in (a, b):
        run_command("batch", jobs, "-o", out)

    run_command("batch", a, "-o", out)
    assert statuses(out)[0] == "kept"
    run_command("batch", b, "-o", out)
    assert statuses(out)[0] == "kept"


def break_output(out: Path, how: str) -> None:
    boxes, report = out / "a.json", out / "a.report.json"
    if how == "report gone":
        report.unlink()
    elif how == "report cut off":
        report.write_text(report.read_text()[:100])
    elif how == "boxes emptied":
        boxes.write_text("")
    elif how == "a row lost":
        rows = json.loads(boxes.read_text())["bounding_boxes"]
        boxes.write_text(json.dumps({"bounding_boxes": rows[1:]}))


@pytest.mark.parametrize("how", ["report gone", "report cut off", "boxes emptied", "a row lost"])
def test_what_is_not_whole_is_done_again(tmp_path: Path, run_command: RunCommand, how: str) -> None:
    jobs = write_jobs(tmp_path, {"clip": CLIP, "at": CLICKS, "output": "a.json"})
    out = tmp_path / "out"
    run_command("batch", jobs, "-o", out)
    before = (out / "a.json").read_bytes()

    break_output(out, how)
    run_command("batch", jobs, "-o", out)

    assert statuses(out) == ["done"]
    assert (out / "a.json").read_bytes() == before
    run_command("batch", jobs, "-o", out)
    assert statuses(out) == ["kept"]


@pytest.mark.parametrize(
    "other", [{"max_gap": 0}, {"only_clicked_shots": True}, {"at": CLICKS[:1]}, {"stream": 0}]
)
def test_all_that_decides_the_result_is_the_jobs_identity(
    tmp_path: Path, run_command: RunCommand, other: dict[str, object]
) -> None:
    out = tmp_path / "out"
    one = {"clip": CLIP, "at": CLICKS, "output": "a.json"}
    run_command("batch", write_jobs(tmp_path, one), "-o", out)

    run_command("batch", write_jobs(tmp_path, {**one, **other}), "-o", out)

    assert statuses(out) == ["done"]


def test_options_and_version_are_the_jobs_identity_too(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = write_jobs(tmp_path, {"clip": CLIP, "at": CLICKS})
    out = tmp_path / "out"
    run_command("batch", jobs, "-o", out)

    run_command("batch", jobs, "-o", out, "--max-gap", "0")
    assert statuses(out) == ["done"]

    monkeypatch.setattr(batch_run, "_version", lambda: "99")
    run_command("batch", jobs, "-o", out, "--max-gap", "0")
    assert statuses(out) == ["done"]


def test_a_run_that_ends_while_it_writes_leaves_nothing_to_keep(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The boxes of B are there, the note that they are is not: A's note must not hold for them."""
    a = write_jobs(tmp_path, {"clip": CLIP, "at": CLICKS, "output": "a.json"}, name="a.jsonl")
    b = write_jobs(tmp_path, {"clip": CLIP, "at": CLICKS[:1], "output": "a.json"}, name="b.jsonl")
    out = tmp_path / "out"
    run_command("batch", a, "-o", out)

    def die(*files: tuple[Path, str | bytes]) -> None:
        write_together(*files)
        raise KeyboardInterrupt

    monkeypatch.setattr(batch_run, "write_together", die)
    assert run_command("batch", b, "-o", out) == 130
    monkeypatch.undo()

    run_command("batch", a, "-o", out)
    assert statuses(out) == ["done"]


def test_several_speakers_and_their_turns_in_a_batch(
    tmp_path: Path, run_command: RunCommand
) -> None:
    """The same files as ``track`` writes."""
    speakers = {"ana": CLICKS[:1]}
    turns = [{"start_s": 0, "end_s": 2, "speaker": "ana"}]
    (tmp_path / "turns.json").write_text(json.dumps(turns))
    jobs = write_jobs(
        tmp_path,
        {"clip": CLIP, "speakers": speakers, "output": "all.json"},
        {"clip": CLIP, "speakers": speakers, "turns": "turns.json", "output": "turns.json"},
    )
    out = tmp_path / "out"

    status = run_command("batch", jobs, "-o", out)
    who = ("--speaker", f"ana={CLICKS[0]}")
    run_command("track", CLIP, *who, "-o", tmp_path / "all.json")
    run_command(
        "track", CLIP, *who, "--turns", tmp_path / "turns.json", "-o", tmp_path / "merged.json"
    )

    assert status == 0
    assert (out / "all.ana.json").read_bytes() == (tmp_path / "all.ana.json").read_bytes()
    assert (out / "turns.json").read_bytes() == (tmp_path / "merged.json").read_bytes()


def test_the_file_of_jobs_is_not_written_over(
    tmp_path: Path, run_command: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = write_jobs(tmp_path, {"clip": CLIP, "at": CLICKS}, name="results.jsonl")
    before = jobs.read_bytes()

    assert run_command("batch", jobs, "-o", tmp_path) == 1
    assert "it is what is read" in capsys.readouterr().err
    assert jobs.read_bytes() == before


def test_an_interrupt_is_no_failure_of_the_jobs_that_wait(tmp_path: Path) -> None:
    """They are neither done nor noted, and nobody hangs."""
    for i in range(6):
        shutil.copy(CLIP, tmp_path / f"talk{i}.mp4")
    jobs, _ = read_jobs(
        write_jobs(tmp_path, *({"clip": f"talk{i}.mp4", "at": CLICKS} for i in range(6)))
    )
    out = tmp_path / "out"
    out.mkdir()
    executor = ThreadPoolExecutor(1)
    run = run_batch(
        jobs, out, executor=executor, options=BatchOptions(n_together=2),
        progress=lambda job: no_progress,
    )  # fmt: skip

    first = next(run)
    closing = threading.Thread(target=run.close, daemon=True)
    closing.start()
    closing.join(timeout=60)

    assert not closing.is_alive()
    assert first.status == "done"
    assert "failed" not in statuses(out)


@pytest.mark.parametrize("name", ["pipe", "/dev/zero"])
def test_a_picture_that_never_ends_fails_its_job(tmp_path: Path, name: str) -> None:
    """A pipe that nobody writes to, or a device: neither is waited for, nor read to its end."""
    os.mkfifo(tmp_path / "pipe")
    jobs = read_jobs(write_jobs(tmp_path, {"clip": CLIP, "face": name}))[0]
    options = BatchOptions(cache=Cache())

    with ThreadPoolExecutor(1) as executor:
        (done,) = run_batch(
            jobs, tmp_path, executor=executor, options=options, progress=lambda job: no_progress
        )

    assert done.status == "failed"
    assert "it is no file" in str(done.error)
