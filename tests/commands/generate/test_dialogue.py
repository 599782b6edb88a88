"""Dialogues, pictures and texts, from the command to the server."""

from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.sample import clip_path, sample_clicks
from speaker_boxes.submit.job.job_file import Job
from tests.commands.generations import AUDIO, Run, Shown
from tests.loopback.faults import take_and_drop
from tests.loopback.state import RESULT, FakeSync

BEFORE, AFTER = sample_clicks()
TWO = ("--speaker", f"ana={BEFORE}", "--speaker", f"ben={AFTER}")
"""Two names for the sample's one face, before and after the cut at frame 120."""
TURNS = [
    {"start_s": 0, "end_s": 1, "speaker": "ana"},
    {"start_s": 5, "end_s": 6.5, "speaker": "ben"},
    {"start_s": 2, "end_s": 2.5, "speaker": "ana"},
]


def sound(path: Path, seconds: float) -> Path:
    """A tone of silence."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * round(8000 * seconds)))
    return path


@pytest.fixture
def said(tmp_path: Path) -> Sequence[Any]:
    """The turns, and a sound of each speaker as long as theirs together."""
    turns = tmp_path / "turns.json"
    turns.write_text(json.dumps(TURNS))
    ana, ben = sound(tmp_path / "ana.wav", 1.5), sound(tmp_path / "ben.wav", 1.5)
    return ("--turns", turns, "--audio", f"ana={ana}", "--audio", f"ben={ben}")


def request_of(sync_api: FakeSync) -> Any:
    [create] = sync_api.calls("create")
    return create.json


def test_a_dialogue_is_one_job(
    command: Run, sync_api: FakeSync, tmp_path: Path, said: Sequence[Any], capsys: Shown
) -> None:
    """A sound each, a segment a turn, one array with whoever speaks."""
    result = tmp_path / "result.mp4"

    status = command("run", "--sample", *TWO, *said, "-o", result)

    out, err = capsys.readouterr()
    assert status == 0, err
    assert out == f"generation gen-1 COMPLETED: {result} ({len(RESULT)} bytes)\n"
    request = request_of(sync_api)
    assert [(item["type"], item.get("refId")) for item in request["input"]] == [
        ("video", None), ("audio", "ana"), ("audio", "ben"),
    ]  # fmt: skip
    assert len({item["assetId"] for item in request["input"]}) == 3
    assert [
        (one["startTime"], one["endTime"], *one["audioInput"].values())
        for one in request["segments"]
    ] == [(0, 1, "ana", 0, 1), (2, 2.5, "ana", 1, 1.5), (5, 6.5, "ben", 0, 1.5)]
    rows = request["options"]["active_speaker_detection"]["bounding_boxes"]
    spoken = {*range(25), *range(50, 63), *range(125, 163)}
    assert len(rows) == 170
    assert {i for i, row in enumerate(rows) if row is not None} <= spoken
    assert rows[12] is not None
    assert rows[132] is not None
    assert len(sync_api.calls("put")) == 3

    result.unlink()
    assert command("run", "--sample", *TWO, *said, "-o", result) == 0
    assert len(sync_api.calls("create")) == 1


def test_submit_takes_the_boxes_of_whoever_speaks(
    command: Run, sync_api: FakeSync, tmp_path: Path, said: Sequence[Any], capsys: Shown
) -> None:
    """The same request as from ``run``, from the file that ``track --turns`` writes."""
    boxes = tmp_path / "out.json"
    assert command("track", "--sample", *TWO, *said[:2], "-o", boxes) == 0
    capsys.readouterr()

    assert command("submit", boxes, "--video", clip_path(), *said, "--dry-run") == 0
    told, err = capsys.readouterr()
    assert (
        "3 turns: each speaker's sound holds the turns one after the other (--audio-layout " in err
    )
    assert "(--select-in options), how boxes and segments combine is not documented" in err
    assert command("submit", boxes, "--video", clip_path(), *said, "--wait") == 0
    assert command("run", "--sample", *TWO, *said, "-o", tmp_path / "r.mp4", "--dry-run") == 0

    request = request_of(sync_api)
    mine = json.loads(told)
    assert mine["input"][1] == {
        "type": "audio", "assetId": "ASSET_ID_OF_AUDIO_ANA", "refId": "ana"
    }  # fmt: skip
    assert (mine["segments"], mine["options"]) == (request["segments"], request["options"])


def test_faces_in_segments(
    command: Run, sync_api: FakeSync, tmp_path: Path, said: Sequence[Any]
) -> None:
    """Each segment says whose face it is, for its own frames; sounds lie along the clip."""
    ways = ("--select-in", "segments", "--audio-layout", "whole")
    assert command("run", "--sample", *TWO, *said[:2], *ways, "--audio", f"ana={clip_path()}",
                   "--audio", f"ben={clip_path()}", "-o", tmp_path / "r.mp4") == 0  # fmt: skip

    request = request_of(sync_api)
    assert request["options"] == {"sync_mode": "cut_off"}
    spans = [(0, 25), (50, 63), (125, 163)]
    for segment, (first, end) in zip(request["segments"], spans, strict=True):
        rows = segment["optionsOverride"]["active_speaker_detection"]["bounding_boxes"]
        assert len(rows) == 170
        assert {i for i, row in enumerate(rows) if row} <= set(range(first, end))
        part = segment["audioInput"]
        assert (part["startTime"], part["endTime"]) == (segment["startTime"], segment["endTime"])


def test_texts_are_read_by_voices(
    command: Run, sync_api: FakeSync, tmp_path: Path, said: Sequence[Any]
) -> None:
    """Beside a sound, and alone for the whole clip; their parts are not named."""
    text = ("--text", "ben=How are you?", "--voice", "ben=voice-1")
    assert command("run", "--sample", *TWO, *said[:4], *text, "-o", tmp_path / "r.mp4") == 0

    request = request_of(sync_api)
    assert request["input"][2] == {
        "type": "text", "refId": "ben",
        "provider": {"name": "elevenlabs", "voiceId": "voice-1", "script": "How are you?"},
    }  # fmt: skip
    assert request["segments"][2]["audioInput"] == {"refId": "ben"}

    one = ("--text", "a=b, you know?", "--voice", "v")
    assert command("run", "--sample", *one, "-o", tmp_path / "one.mp4") == 0
    alone = sync_api.calls("create")[1].json
    assert "segments" not in alone
    assert alone["input"][1]["provider"]["script"] == "a=b, you know?"
    assert "refId" not in alone["input"][1]


def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    command: Run, sync_api: FakeSync, tmp_path: Path, said: Sequence[Any]
) -> None:
    sync_api.faults["create"] = [take_and_drop]

    assert command("run", "--sample", *TWO, *said, "-o", tmp_path / "r.mp4") == 0
    first, second = sync_api.calls("create")
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert len(sync_api.jobs) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--audio", "eva=x.wav", "--audio", "ben=x.wav"), "--speaker ana has no --audio ana="),
        (("--audio", "ana=x.wav", "--audio", "x.wav"), "has no name"),
        (("--audio", "ana=x.wav", "--audio", "ana=y.wav"), "given twice"),
        (("--audio", "ana=x.wav", "--text", "ana=Hi", "--voice", "ana=v"), "--audio and --text"),
        (("--audio", "ana=x.wav", "--text", "ben=Hi"), "ben needs both"),
        (("--audio", "ana=x", "--audio", "ben=x", "--audio", "eva=x"), "add --speaker eva"),
    ],
)
def test_wrong_usage_is_status_2(
    command: Run, said: Sequence[Any], arguments: Sequence[str], words: str, tmp_path: Path,
    capsys: Shown,
) -> None:  # fmt: skip
    """Found before the clip is opened."""
    assert command("run", "x.mp4", *TWO, *said[:2], *arguments, "-o", tmp_path / "r.mp4") == 2
    assert words in " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize(
    "options", [("--audio-layout", "odd"), ("--select-in", "odd"), ("--audio", "b.wav")]
)
def test_wrong_ways_are_status_2(command: Run, options: Sequence[str]) -> None:
    assert command("submit", "b.json", "--video", "x.mp4", "--audio", "a.wav", *options) == 2


@pytest.fixture(params=["png", "webp"])
def picture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A frame of the sample as a picture."""
    import cv2

    from speaker_boxes import open_video

    path = tmp_path / f"face.{request.param}"
    with open_video(clip_path()) as video:
        image = next(each.picture.rgb() for each in video.frames() if each.index == 12)
    cv2.imwrite(str(path), image[..., ::-1])
    return path


def test_a_picture_is_tracked_and_sent(
    command: Run, sync_api: FakeSync, tmp_path: Path, picture: Path, capsys: Shown
) -> None:
    """One frame, one box; an asset of its own type, and sync-3."""
    how = ("--audio", AUDIO, "--model", "sync-3", "-o", tmp_path / "r.mp4")
    assert command("run", picture, "--at", BEFORE.replace("12:", "0:"), *how) == 0, (
        capsys.readouterr().err
    )

    request = request_of(sync_api)
    assert request["model"] == "sync-3"
    assert request["input"][0] == {"type": "image", "assetId": "asset-1"}
    [box] = request["options"]["active_speaker_detection"]["bounding_boxes"]
    assert box is not None
    [register] = sync_api.calls("register")
    assert register.json["type"] == "IMAGE"
    [place] = sync_api.calls("upload")
    assert place.json["contentType"] == f"image/{picture.suffix[1:]}"
    assert Job.read(tmp_path / "r.boxes.job.json").state == "ended"


def test_a_picture_by_a_point(
    command: Run, sync_api: FakeSync, picture: Path, capsys: Shown
) -> None:
    """Frame 0; what a picture cannot be sent with is said before."""
    what = ("submit", "--video", picture, "--audio", AUDIO)

    assert command(*what, "--auto", "--model", "sync-3") == 1
    assert "refuses to in a still picture; choose it by --point" in capsys.readouterr().err
    assert command(*what, "--point", "0:281,180") == 1
    assert "lipsync-2 takes no picture, only sync-3 does; ask for another --model" in (
        capsys.readouterr().err
    )
    assert sync_api.seen == []
    assert command(*what, "--point", "0:281,180", "--model", "sync-3", "--wait") == 0
    selection = request_of(sync_api)["options"]["active_speaker_detection"]
    assert selection == {"auto_detect": False, "frame_number": 0, "coordinates": [281, 180]}


def test_what_a_dialogue_would_cost(
    command: Run, sync_api: FakeSync, tmp_path: Path, said: Sequence[Any], capsys: Shown
) -> None:
    """By the length of the clip, whatever its sounds are."""
    boxes = tmp_path / "out.json"
    assert command("track", "--sample", *TWO, *said[:2], "-o", boxes) == 0
    capsys.readouterr()

    assert command("cost", boxes, "--video", clip_path(), *said) == 0

    assert capsys.readouterr().out == "about 0.34 (the server names no currency), 170 frames\n"
    [asked] = sync_api.calls("estimate")
    assert asked.json == {"model": "lipsync-2", "duration": 6.8, "fps": 25.0}


def test_turns_can_be_heard(
    command: Run, sync_api: FakeSync, speaker_alone: Path, tmp_path: Path, capsys: Shown
) -> None:
    """Those that --active-speaker finds; a sound under another name is refused."""
    said, out, clip = sound(tmp_path / "said.wav", 2), tmp_path / "out.mp4", tmp_path / "in.mp4"
    assert command("normalize", speaker_alone, "-o", clip) == 0
    arguments = ("run", clip, "--active-speaker", "turns", "-o", out, "--audio")

    assert command(*arguments, f"ana={said}") == 1
    assert "person-1 speaks and has no sound (heard: person-1)" in capsys.readouterr().err
    assert not sync_api.calls("create")

    status = command(*arguments, f"person-1={said}")

    assert status == 0, capsys.readouterr().err
    turns = json.loads((tmp_path / "out.boxes.turns.json").read_text())
    segments = request_of(sync_api)["segments"]
    assert [(one["startTime"], one["endTime"]) for one in segments] == [
        (turn["start_s"], turn["end_s"]) for turn in turns
    ]
    assert {one["audioInput"]["refId"] for one in segments} == {"person-1"}
