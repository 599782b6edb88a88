"""The library: boxes in, generation out."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import speaker_boxes
from speaker_boxes.click import parse_click
from speaker_boxes.detect.decode.video import probe
from speaker_boxes.errors import OutputError, PreflightError
from speaker_boxes.sample import clip_path, sample_clicks
from speaker_boxes.submit.api.client import AsyncClient, Client
from speaker_boxes.submit.job.dialogue import DialogueOptions
from speaker_boxes.submit.job.job_file import Job
from speaker_boxes.submit.job.submit import submit_boxes, submit_boxes_async
from speaker_boxes.submit.schema.media import Script
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import Turn, merge_by_turns
from speaker_boxes.tracking import track_speakers
from tests.loopback.clock import Clock
from tests.loopback.state import RESULT, FakeSync


@pytest.fixture(scope="module")
def result() -> SpeakerBoxes:
    """A face in the same place throughout, for the sample clip."""
    facts = probe(clip_path())
    rows = [[200, 100, 300, 220]] * facts.n_frames
    return cast(SpeakerBoxes, SimpleNamespace(video=facts, bounding_boxes=rows))


def test_submit_runs_a_job_to_its_end(
    result: SpeakerBoxes, sync_api: FakeSync, clock: Clock, tmp_path: Path
) -> None:
    """From boxes to a downloaded result; the job file can be read."""
    with Client(base_url=sync_api.base_url, config=clock.config(), sleep=clock.sleep) as client:
        generation = submit_boxes(
            result, video=clip_path(), audio=clip_path(), job_file=tmp_path / "job.json",
            output=tmp_path / "out.mp4", client=client,
        )  # fmt: skip

    assert generation.completed
    assert (tmp_path / "out.mp4").read_bytes() == RESULT
    assert Job.read(tmp_path / "job.json").generation_id == generation.id


def test_the_awaitable_twin_does_the_same(
    result: SpeakerBoxes, sync_api: FakeSync, clock: Clock, tmp_path: Path
) -> None:
    """The same job file, so the same generation, whichever began it."""

    async def run() -> Any:
        async with AsyncClient(
            base_url=sync_api.base_url, config=clock.config(), sleep=clock.sleep_async
        ) as client:
            return await submit_boxes_async(
                result, video=clip_path(), audio=clip_path(), job_file=tmp_path / "job.json",
                output=tmp_path / "out.mp4", client=client,
            )  # fmt: skip

    generation = asyncio.run(run())

    assert generation.completed
    assert (tmp_path / "out.mp4").read_bytes() == RESULT
    assert len(sync_api.jobs) == 1


def test_twins_take_the_same(
    result: SpeakerBoxes, monkeypatch: pytest.MonkeyPatch, sync_api: FakeSync, tmp_path: Path
) -> None:
    """Parameters are equal but for the client; without one the environment says where and who."""
    ours, twins = (inspect.signature(one).parameters for one in (submit_boxes, submit_boxes_async))
    monkeypatch.setenv("SYNC_BASE_URL", sync_api.base_url)
    address = f"{sync_api.storage_url}/talk.mp4"
    sync_api.result = clip_path().read_bytes()  # what the storage host serves

    def fresh(name: str) -> Any:
        return {"job_file": tmp_path / name, "wait": False, "audio": "https://e.x/a.wav"}

    first = submit_boxes(result, video=address, **fresh("one.json"))
    second = asyncio.run(submit_boxes_async(result, video=address, **fresh("two.json")))

    assert list(ours) == list(twins)
    assert {first.id, second.id} == {"gen-1", "gen-2"}


def test_other_frames_are_not_sent(
    result: SpeakerBoxes, sync_api: FakeSync, tmp_path: Path, write_video: Any
) -> None:
    """Boxes of one clip, the file of another: its frames are counted, and nothing is sent."""
    other = write_video(9)

    with (
        Client(base_url=sync_api.base_url) as client,
        pytest.raises(PreflightError, match="170 boxes for 9 frames that decode"),
    ):
        submit_boxes(
            result, video=other, audio=clip_path(), job_file=tmp_path / "j.json", client=client
        )

    assert sync_api.seen == []
    assert not (tmp_path / "j.json").exists()


def test_warnings_can_stop_it(result: SpeakerBoxes, sync_api: FakeSync, tmp_path: Path) -> None:
    with (
        Client(base_url=sync_api.base_url) as client,
        pytest.raises(PreflightError, match="640x360; under 480p"),
    ):
        submit_boxes(
            result, video=clip_path(), audio=clip_path(), job_file=tmp_path / "j.json",
            strict=True, client=client,
        )  # fmt: skip

    assert sync_api.seen == []


def test_a_result_is_not_overwritten(
    result: SpeakerBoxes, sync_api: FakeSync, tmp_path: Path
) -> None:
    (tmp_path / "out.mp4").write_bytes(b"precious")

    with Client(base_url=sync_api.base_url) as client, pytest.raises(OutputError, match="exists"):
        submit_boxes(
            result, video=clip_path(), audio=clip_path(), output=tmp_path / "out.mp4",
            job_file=tmp_path / "j.json", client=client,
        )  # fmt: skip

    assert sync_api.seen == []


def test_without_a_key_nothing_begins(
    result: SpeakerBoxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNC_API_KEY")

    with pytest.raises(PreflightError, match="no API key; set SYNC_API_KEY"):
        submit_boxes(result, video=clip_path(), audio=clip_path())


def test_the_package_and_its_functions_have_names_of_their_own() -> None:
    """``speaker_boxes.submit`` is the package, whatever is imported first."""
    assert inspect.ismodule(speaker_boxes.submit)
    assert speaker_boxes.submit_boxes is submit_boxes


def test_several_speakers_are_one_job(sync_api: FakeSync, clock: Clock, tmp_path: Path) -> None:
    """Their boxes, the turns and a sound each; without turns it is not known who speaks."""
    before, after = map(parse_click, sample_clicks())
    results = track_speakers(clip_path(), {"ana": [before], "ben": [after]})
    turns = [Turn(start_s=0, end_s=1, speaker="ana"), Turn(start_s=5, end_s=6, speaker="ben")]
    sounds = {"ana": clip_path(), "ben": Script("Hello.", "voice-1")}
    how: Any = {
        "video": clip_path(), "audio": sounds, "job_file": tmp_path / "j.json",
        "dialogue": DialogueOptions(layout="whole"),
    }  # fmt: skip

    with Client(base_url=sync_api.base_url, config=clock.config(), sleep=clock.sleep) as client:
        done = submit_boxes(results, turns=turns, client=client, **how)
        again = submit_boxes(merge_by_turns(results, turns), client=client, **how)
        with pytest.raises(ValueError, match="need turns"):
            submit_boxes(results, client=client, **how)
        with pytest.raises(ValueError, match="got one array"):
            submit_boxes(results["ana"], turns=turns, client=client, **how)
        with pytest.raises(PreflightError, match="ben speaks from 5 s on and has no sound"):
            submit_boxes(results, turns=turns, client=client, **how | {"audio": {"ana": "a.wav"}})

    assert done.completed
    assert again.id == done.id
    [create] = sync_api.calls("create")
    assert create.json["input"][2]["provider"]["script"] == "Hello."
    assert [one["audioInput"] for one in create.json["segments"]] == [
        {"refId": "ana", "startTime": 0, "endTime": 1}, {"refId": "ben"},
    ]  # fmt: skip
