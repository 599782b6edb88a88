"""A download is whole or goes on where it was cut, and never carries the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.errors import (
    SubmitReplyError,
)
from tests.loopback.faults import cut_result, drop, refuse
from tests.loopback.state import RESULT, FakeSync

Ask = Callable[..., Any]


def test_a_download_is_whole(call: Ask, sync_api: FakeSync, tmp_path: Path) -> None:
    """The bytes, under the name, and nothing beside it; the address is used as it is."""
    target = tmp_path / "result.mp4"

    size = call("download", f"{sync_api.storage_url}/result/g.mp4?signature=s%2Ft", target)

    assert size == len(RESULT)
    assert target.read_bytes() == RESULT
    assert list(tmp_path.iterdir()) == [target]
    assert sync_api.seen[0].query == {"signature": ["s/t"]}


def test_a_cut_download_goes_on_where_it_was(call: Ask, sync_api: FakeSync, tmp_path: Path) -> None:
    """Only what is missing is sent again, as long as the tag is the same."""
    sync_api.faults["result"] = [cut_result(1000), cut_result(2000), drop]

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT
    ranges = [seen.headers.get("range") for seen in sync_api.seen]
    assert ranges == [None, "bytes=1000-", "bytes=3000-", "bytes=3000-"]
    assert {seen.headers.get("if-range") for seen in sync_api.seen[1:]} == {'"v1"'}


def test_a_download_that_was_cut_many_times_comes_to_its_end(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    """Patience is for tries that bring nothing."""
    sync_api.faults["result"] = [cut_result(9000) for _ in range(20)]

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT


@pytest.mark.parametrize("etag", [None, 'W/"v1"'], ids=["no tag", "weak tag"])
def test_without_a_tag_a_download_begins_again(
    call: Ask, sync_api: FakeSync, tmp_path: Path, etag: str | None
) -> None:
    """Nothing proves that the rest fits, so all is asked for."""
    sync_api.result_etag = etag
    sync_api.faults["result"] = [cut_result(1000)]

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT
    assert [seen.headers.get("range") for seen in sync_api.seen] == [None, None]


def test_a_result_that_changed_is_fetched_anew(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    """Another tag: the part that is there is dropped."""
    (tmp_path / "result.mp4.part").write_bytes(b"old bytes")
    (tmp_path / "result.mp4.part.tag").write_text('"v0"')

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT


def test_a_part_that_is_whole_is_only_renamed(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    """Killed before the rename: the server says 416, and that is the proof."""
    (tmp_path / "result.mp4.part").write_bytes(RESULT)
    (tmp_path / "result.mp4.part.tag").write_text('"v1"')

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert (tmp_path / "result.mp4").read_bytes() == RESULT
    assert len(sync_api.seen) == 1


def test_a_page_is_not_a_result(call: Ask, sync_api: FakeSync, tmp_path: Path) -> None:
    """HTML with status 200 is no video, and no file appears."""
    page = refuse(200, b"<html>hello</html>", {"content-type": "text/html"})
    sync_api.faults["result"] = [page] * 9

    with pytest.raises(SubmitReplyError, match="sent text/html with status 200, not the result"):
        call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert list(tmp_path.iterdir()) == []


def test_a_download_may_be_redirected_without_the_key(
    call: Ask, sync_api: FakeSync, tmp_path: Path
) -> None:
    """A storage host's redirect is followed; the server checks that the key is in neither."""
    there = f"{sync_api.storage_url}/result/other.mp4"
    sync_api.faults["result"] = [refuse(302, b"", {"location": there})]

    call("download", f"{sync_api.storage_url}/result/g.mp4", tmp_path / "result.mp4")

    assert [seen.path for seen in sync_api.seen] == ["/result/g.mp4", "/result/other.mp4"]
