"""Whatever text or file comes in, what goes out is a value or an error of ours.

Bounded and seeded; ``SPEAKER_BOXES_FUZZ=20000`` has as many inputs read by all readers together.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speaker_boxes.batch import read_jobs, read_results
from speaker_boxes.batch.results import finished, is_whole
from speaker_boxes.click import parse_click
from speaker_boxes.commands.common.batch_submit import read_sounds
from speaker_boxes.errors import SpeakerBoxesError
from speaker_boxes.submit.api.webhook import verify_webhook
from speaker_boxes.submit.http.api_errors import status_error
from speaker_boxes.submit.http.effects import Request, Response
from speaker_boxes.submit.http.responses import (
    parse_asset,
    parse_cost,
    parse_generation,
    parse_generations,
    parse_ticket,
)
from speaker_boxes.submit.http.retry import retry_after
from speaker_boxes.submit.job.job_file import Job, looks_like_job
from speaker_boxes.submit.preflight.boxes_file import read_boxes, read_report
from speaker_boxes.submit.schema.serialize import parse_request
from speaker_boxes.track.identity.names import parse_speaker
from speaker_boxes.track.looks import describe_cache
from speaker_boxes.track.looks.colours import N_BINS
from speaker_boxes.track.looks.embedding import LENGTH
from speaker_boxes.track.output.turns_file import read_turns
from tests.fuzz.damage import bounded, damaged, n_inputs

Read = Callable[[bytes, Path], object]
OURS = SpeakerBoxesError
CALLERS = (SpeakerBoxesError, ValueError)
"""What a caller's text may raise, where the command puts it into words."""


def spelled(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def file_of(data: bytes, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def replies(data: bytes, folder: Path) -> None:
    """All that is read of a reply, each by itself."""
    response = Response(200, {"content-type": "application/json", "retry-after": "5"}, data)
    parsers: list[Callable[[Response], object]] = [
        parse_generation, parse_generations, parse_ticket, parse_asset, parse_cost,
    ]  # fmt: skip
    for parse in parsers:
        try:
            parse(response)
        except OURS:
            continue


def refusals(data: bytes, folder: Path) -> None:
    text = data.decode("latin-1")
    for url in ("/v2/generate", "https://e.x/f?signature=s"):
        for status in (301, 400, 403, 429, 503):
            response = Response(status, {"retry-after": text[:80], "content-type": text[:40]}, data)
            said = str(status_error(Request("GET", url), response))
            assert said.isprintable()
            assert "signature" not in said.replace(text, "") or b"signature" in data
            retry_after(response, lambda: 0.0)


def results(data: bytes, folder: Path) -> None:
    file_of(data, folder, "results.jsonl")
    read_results(folder)
    finished(folder)


def embeddings(data: bytes, folder: Path) -> None:
    kept = describe_cache._load(file_of(data, folder, "e.npz"))
    assert all(look.face.vector.shape == (LENGTH,) for look in kept.values())


def good_embeddings() -> list[bytes]:
    content = io.BytesIO()
    np.savez(
        content,
        version=np.array("1"),
        keys=np.zeros((2, 16), np.uint8),
        vectors=np.zeros((2, LENGTH), np.float32),
        scores=np.zeros(2, np.float32),
        colours=np.zeros((2, 2, N_BINS), np.uint8),
    )
    return [content.getvalue()]


TURNS = [{"start_s": 0.5, "end_s": 2, "speaker": "ana"}, {"start_s": 3, "end_s": 4, "speaker": "b"}]
CLIP = {"sha256": "0" * 64, "width": 640, "height": 480, "frames": 170, "rate": "25/1"}
JOB = {
    "format": 1, "idempotency_key": "k-1", "base_url": "https://api.sync.so", "fingerprint": "f",
    "created": "2026-01-01T00:00:00+00:00", "state": "accepted", "generation_id": "gen-1",
    "uploads": {"video": {"sha256": "0", "url": "https://e.x/v"}}, "request": {"model": "m"},
}  # fmt: skip
GENERATION = {"id": "gen-1", "status": "COMPLETED", "outputUrl": "https://e.x/r?s=1", "error": None}
JOB_LINES = [
    {"clip": "a.mp4", "at": ["0:300,200", "1.5s:3,4"], "output": "a.json", "max_gap": 0.5},
    {"clip": "b.mp4", "speakers": {"ana": ["0:1,2"], "b": ["3:4,5"]}, "turns": TURNS, "stream": 1},
]
REQUEST = {
    "model": "lipsync-2",
    "input": [{"type": "video", "url": "https://e.x/v"}, {"type": "audio", "url": "https://e.x/a"}],
    "options": {"active_speaker_detection": {"bounding_boxes": [None, [1, 2, 3, 4]]}},
}

READERS: dict[str, tuple[list[bytes], tuple[type[Exception], ...], Read]] = {
    "clicks": (
        [b"120:400,300", b"9.6s:10.5,20"],
        CALLERS,
        lambda data, folder: parse_click(data.decode(errors="surrogateescape")),
    ),
    "speakers": (
        [b"ana=120:400,300", "Am\u00e9lie=0:1,2".encode()],
        CALLERS,
        lambda data, folder: parse_speaker(data.decode(errors="surrogateescape")),
    ),
    "turns": (
        spelled(TURNS),
        (OURS,),
        lambda data, folder: read_turns(file_of(data, folder, "t.json"), ["ana", "b"]),
    ),
    "jobs": (
        [b"\n".join(spelled(*JOB_LINES)), *spelled(*JOB_LINES)],
        (OURS,),
        lambda data, folder: (
            read_jobs(file_of(data, folder, "jobs.jsonl")),
            read_sounds(folder / "jobs.jsonl"),
        ),
    ),
    "results": (
        spelled({"line": 1, "clip": "a", "output": "a.json", "key": "k", "status": "done"}),
        (),
        results,
    ),
    "boxes": (
        spelled({"bounding_boxes": [None, [1, 2, 3, 4], [5, 6, 7, 8]]}),
        (OURS,),
        lambda data, folder: read_boxes(file_of(data, folder, "b.json")),
    ),
    "reports": (
        spelled({"format": 1, "clip": CLIP}),
        (OURS,),
        lambda data, folder: read_report(
            file_of(data, folder, "b.report.json").with_name("b.json")
        ),
    ),
    "whole outputs": (
        spelled({"bounding_boxes": [None, [1, 2, 3, 4]]}),
        (),
        lambda data, folder: is_whole(file_of(data, folder, "b.json"), 2),
    ),
    "job files": (
        spelled(JOB),
        (OURS,),
        lambda data, folder: (
            looks_like_job(file_of(data, folder, "j.json")),
            Job.read(folder / "j.json"),
        ),
    ),
    "requests": (spelled(REQUEST), CALLERS, lambda data, folder: parse_request(json_of(data))),
    "embeddings": (good_embeddings(), (), embeddings),
    "replies": (
        spelled(GENERATION, [GENERATION], {"uploadUrl": "https://e.x/u", "url": "https://e.x/f"}),
        (OURS,),
        replies,
    ),
    "refusals": (
        [
            *spelled({"message": "no", "errorCode": "x", "retryAfterSeconds": 4}),
            b"<Error><Code>EntityTooLarge</Code><Message>m</Message></Error>",
            b"<!doctype html><title>Denied</title>",
        ],
        (),
        refusals,
    ),
    "webhooks": (
        [b"t=1700000000,v1=" + b"0" * 64],
        (),
        lambda data, folder: verify_webhook(b"{}", data.decode("latin-1"), "whsec_1"),
    ),
}


def json_of(data: bytes) -> dict[str, object]:
    """An object; what is none is not handed to the reader."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


@pytest.mark.parametrize("name", READERS)
def test_no_foreign_error_comes_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe_cache, "_VERSION", "1")
    goods, allowed, read = READERS[name]
    for number, data in enumerate(damaged(goods, seed=name, n=n_inputs(120))):
        try:
            with bounded():
                read(data, tmp_path)
        except allowed:
            continue
        except Exception as error:  # told with what caused it, to be tried again
            raise AssertionError(f"input {number}, {data[:200]!r}: {error!r}") from error


@pytest.mark.parametrize("name", [name for name in READERS if name not in ("webhooks", "refusals")])
def test_the_good_ones_are_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is damaged is near to what is right."""
    monkeypatch.setattr(describe_cache, "_VERSION", "1")
    goods, _, read = READERS[name]
    for data in goods:
        read(data, tmp_path)
