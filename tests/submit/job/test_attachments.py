"""Files that go along with the create."""

from __future__ import annotations

import json

import pytest

from speaker_boxes.errors import (
    PreflightError,
    SubmitConnectionError,
)
from tests.loopback.faults import take_and_drop
from tests.submit.job.desk import Desk


def test_files_can_go_along(desk: Desk) -> None:
    """One multipart request; every try sends the same bytes."""
    desk.api.faults["create"] = [take_and_drop, take_and_drop]
    with pytest.raises(SubmitConnectionError):
        desk.run(desk.spec(multipart=True))

    assert desk.resume().completed
    creates = desk.api.calls("create")
    assert len({seen.body for seen in creates}) == 1
    assert creates[0].headers["content-type"].startswith("multipart/form-data; boundary=")
    fields = read_form(creates[0].headers["content-type"], creates[0].body)
    assert fields["video"] == desk.video.read_bytes()
    assert fields["audio"] == desk.audio.read_bytes()
    assert fields["model"] == b"lipsync-2"
    assert "input" not in fields
    assert json.loads(fields["options"])["active_speaker_detection"]["bounding_boxes"][1] is None
    assert list(desk.api.jobs.values()) == ["gen-1"]


def read_form(content_type: str, body: bytes) -> dict[str, bytes]:
    """Take a form apart, the way the standard says."""
    boundary = content_type.split("boundary=")[1].encode()
    *parts, end = (b"\r\n" + body).split(b"\r\n--" + boundary)
    assert end == b"--\r\n"
    fields = {}
    for part in parts[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        fields[head.split(b'name="')[1].split(b'"')[0].decode()] = content
    return fields


def test_a_file_along_that_changed_is_not_sent(desk: Desk) -> None:
    desk.api.faults["create"] = [take_and_drop, take_and_drop]
    with pytest.raises(SubmitConnectionError):
        desk.run(desk.spec(multipart=True))
    desk.audio.write_bytes(b"another sound")

    with pytest.raises(PreflightError, match="not the file any more that this job is about"):
        desk.resume()
