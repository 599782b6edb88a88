"""An upload takes three steps, and each that is cut is taken again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.errors import (
    PreflightError,
)
from speaker_boxes.submit.api.client import Client
from tests.loopback.faults import cut_upload, drop, refuse
from tests.loopback.state import FakeSync, Fault

Ask = Callable[..., Any]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A file larger than one piece of an upload."""
    path = tmp_path / "talk.mp4"
    path.write_bytes(bytes(range(256)) * 4000)
    return path


def test_an_upload_takes_three_steps(call: Ask, sync_api: FakeSync, clip: Path) -> None:
    """A place, the bytes with length and type but without the key, and the asset."""
    assert call("upload", "video", clip) == "asset-1"

    place, put, register = sync_api.seen
    assert place.json == {"fileName": "talk.mp4", "contentType": "video/mp4", "size": 1024000}
    assert (put.method, put.headers["content-type"]) == ("PUT", "video/mp4")
    assert put.body == clip.read_bytes()
    assert register.json == {"url": f"{sync_api.storage_url}/files/1-talk.mp4", "type": "VIDEO"}


@pytest.mark.parametrize(
    ("faults", "asked"),
    [
        ([cut_upload], 1),
        ([drop], 1),
        ([refuse(503, b"")], 1),
        ([refuse(403, b"<Error>expired</Error>")], 2),
    ],
    ids=["cut in the middle", "dropped", "503", "signature expired"],
)
def test_an_upload_is_begun_again(
    call: Ask, sync_api: FakeSync, clip: Path, faults: list[Fault | None], asked: int
) -> None:
    """All of the file arrives, whatever came before."""
    sync_api.faults["put"] = list(faults)

    assert call("upload", "video", clip).startswith("asset-")

    [stored] = sync_api.stored.values()
    assert stored == clip.read_bytes()
    assert len(sync_api.calls("upload")) == asked


def test_a_missing_file_is_not_uploaded(call: Ask, sync_api: FakeSync, tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match=r"cannot read video .*absent\.mp4: no such file"):
        call("upload", "video", tmp_path / "absent.mp4")

    assert sync_api.seen == []


def test_progress_is_told_and_may_cancel(sync_api: FakeSync, clip: Path) -> None:
    """Bytes of the upload, rising to its size; what the callback raises ends it all."""
    told: list[tuple[str, int, int | None]] = []
    with Client(base_url=sync_api.base_url, progress=lambda *step: told.append(step)) as client:
        client.upload("video", clip)

    def cancel(stage: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    assert [stage for stage, _, _ in told] == ["upload video"] * len(told)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1][1:] == (1024000, 1024000)
    with (
        Client(base_url=sync_api.base_url, progress=cancel) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        client.upload("video", clip)
