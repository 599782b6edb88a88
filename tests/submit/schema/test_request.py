"""The request: every form of it, in the API's spelling, and nothing that the API would not take."""

from __future__ import annotations

import copy
import json
import typing
from typing import Any

import pytest

from speaker_boxes.errors import PreflightError
from speaker_boxes.submit.schema import sync_modes as modes
from speaker_boxes.submit.schema.request import GenerationRequest, Options, VideoInput
from speaker_boxes.submit.schema.serialize import digest, parse_request, to_bytes, to_wire

MEDIA = [
    {"type": "video", "url": "https://assets.sync.so/docs/example-video.mp4"},
    {"type": "audio", "url": "https://assets.sync.so/docs/example-audio.wav"},
]
BOXES = [None, [520, 280, 760, 520], [120, 260, 320, 500], None]


def body(selection: object | None = None, **fields: Any) -> dict[str, Any]:
    """The documentation's example, with changes."""
    whole: dict[str, Any] = {"model": "lipsync-2", "input": copy.deepcopy(MEDIA)}
    if selection is not None:
        whole["options"] = {"active_speaker_detection": copy.deepcopy(selection)}
    return {**whole, **fields}


FORMS = {
    "auto": {"auto_detect": True},
    "auto v3": {"auto_detect": True, "v3": True},
    "point": {"auto_detect": False, "frame_number": 240, "coordinates": [640, 360]},
    "boxes": {"auto_detect": False, "bounding_boxes": BOXES},
    "boxes by url": {"auto_detect": False, "bounding_boxes_url": "https://e.x/b.json"},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_each_form_goes_through_unchanged(form: dict[str, Any]) -> None:
    """Read and written again it is the same JSON, nulls and all."""
    request = parse_request(body(form))

    assert json.loads(to_bytes(to_wire(request))) == body(form)


def test_defaults_are_said() -> None:
    """``auto_detect: false`` need not be given, and is sent."""
    request = parse_request(body({"bounding_boxes": BOXES}))

    assert to_wire(request)["options"] == {
        "active_speaker_detection": {"auto_detect": False, "bounding_boxes": BOXES}
    }


def test_the_whole_request_is_known() -> None:
    """Every documented field, in its own spelling."""
    whole = body(
        {"auto_detect": True},
        segments=[
            {
                "startTime": 0.0,
                "endTime": 2.5,
                "audioInput": {"refId": "a", "startTime": 1.0, "endTime": 3.5},
                "optionsOverride": {
                    "sync_mode": "silence",
                    "active_speaker_detection": {"auto_detect": False, "frame_number": 0,
                                                 "coordinates": [1, 2]},
                },
            }
        ],
        input=[
            {"type": "video", "assetId": "asset-1", "refId": "v"},
            {"type": "audio", "url": "https://e.x/a.wav", "refId": "a"},
            {
                "type": "text",
                "provider": {"name": "elevenlabs", "voiceId": "x", "script": "hello",
                             "stability": 0.5, "similarityBoost": 0.75},
                "refId": "t",
            },
        ],
        webhookUrl="https://e.x/hook",
        outputFileName="talk_1-b",
        projectId="p",
    )  # fmt: skip
    whole["options"] |= {
        "sync_mode": "remap", "temperature": 0.5, "occlusion_detection_enabled": True
    }  # fmt: skip

    assert to_wire(parse_request(whole)) == whole


@pytest.mark.parametrize(
    "whole",
    [
        body(model="react-1", options={"model_mode": "head", "prompt": "happy"}),
        body(model="a-newer-model", options={"temperature": 1, "model_mode": "lips"}),
        body(model="sync-3", input=[{"type": "image", "url": "https://e.x/i.png"}, MEDIA[1]]),
        body(input=MEDIA[:1], dubParams={"providerName": "elevenlabs", "targetLang": "de",
                                         "sourceLang": "auto"}),
    ],
    ids=["react-1", "a model newer than us", "image", "dubbing"],
)  # fmt: skip
def test_other_requests(whole: dict[str, Any]) -> None:
    """What only some models take."""
    assert to_wire(parse_request(whole)) == whole


BOXED = {"bounding_boxes": BOXES}


@pytest.mark.parametrize(
    ("whole", "message"),
    [
        (body({"auto_detect": True, "frame_number": 1, "coordinates": [1, 2]}),
         r"active_speaker_detection\.auto_detect: Input should be False"),
        (body({**BOXED, "bounding_boxes_url": "https://e.x/b"}),
         r"active_speaker_detection\.bounding_boxes: Extra inputs are not permitted"),
        (body({**BOXED, "v3": True}), r"\.v3: Extra inputs are not permitted"),
        (body({"autoDetect": True}), r"\.autoDetect: Extra inputs are not permitted"),
        (body({"frame_number": 1}), r"\.coordinates: Field required"),
        (body({"frame_number": -1, "coordinates": [1, 2]}), r"greater than or equal to 0, got -1"),
        (body({"bounding_boxes": [[1, 2, 3.5, 4]]}), r"bounding_boxes\.0\.2: .* got 3\.5"),
        (body({"bounding_boxes": [[1, 2, 3, 4.0]]}), r"bounding_boxes\.0\.3: .* got 4\.0"),
        (body({"bounding_boxes": [None, [1, 2, 3]]}), r"bounding_boxes\.1: .* at least 4 items"),
        (body({"bounding_boxes": [[1, 2, True, 4]]}), r"got True"),
        (body({"bounding_boxes": []}), r"at least 1 item"),
        (body({"bounding_boxes_url": "file:///etc/passwd"}), r"bounding_boxes_url"),
        (body(BOXED, model="react-1"), r"react-1 takes no speaker selection"),
        (body(model="sync-3", options={"temperature": 0.5}), r"sync-3 takes no temperature"),
        (body(options={"prompt": "happy"}), r"lipsync-2 takes no prompt"),
        (body(options={"temperature": 1.5}), r"temperature: .* less than or equal to 1, got 1\.5"),
        (body(options={"sync_mode": "stretch"}), r"options\.sync_mode"),
        (body(input=MEDIA[:1]), r"input needs an audio or a text"),
        (body(input=MEDIA[1:]), r"exactly one video or image, got 0"),
        (body(input=[*MEDIA, MEDIA[0]]), r"exactly one video or image, got 2"),
        (body(input=[*MEDIA, MEDIA[1]]), r"2 sounds, which needs segments"),
        (body(input=[{"type": "video"}, MEDIA[1]]), r"needs either url or assetId"),
        (body(input=[{**MEDIA[0], "assetId": "a"}, MEDIA[1]]), r"needs either url or assetId"),
        (body(input=[{"type": "image", "url": "https://e.x/i"}, MEDIA[1]]), r"takes no image"),
        (body({"auto_detect": True}, model="sync-3",
              input=[{"type": "image", "url": "https://e.x/i"}, MEDIA[1]]), r"not work with an im"),
        (body(segments=[{"startTime": 0, "endTime": 1, "audioInput": {"refId": "a"}}]),
         r"needs a refId of its own"),
        (body(segments=[{"startTime": 2, "endTime": 1, "audioInput": {"refId": "a"}}]),
         r"ends at 1\.0 s, before it starts"),
        (body(dubParams={"targetLang": "de"}), r"audio or text beside dubParams"),
        (body(outputFileName="talk.mp4"), r"outputFileName"),
        (body(webhookUrl="http://e.x"), r"webhookUrl"),
        (body(anything=1), r"anything: Extra inputs are not permitted"),
        ([], r"GenerationRequest"),
    ],
)  # fmt: skip
def test_what_the_api_would_not_take_is_named(whole: object, message: str) -> None:
    """One line that says where and why."""
    with pytest.raises(PreflightError, match=message) as caught:
        parse_request(whole)

    assert len(str(caught.value).splitlines()) == 1


def test_requests_are_frozen() -> None:
    """A request that was checked stays as it was."""
    request = parse_request(body())

    with pytest.raises(ValueError, match="frozen"):
        request.model = "other"


def test_equal_requests_have_equal_digests() -> None:
    """Whatever the order of keys; another box is another digest."""
    one, other = body(FORMS["boxes"]), body(FORMS["boxes"])
    other["options"]["active_speaker_detection"]["bounding_boxes"] = [None, [1, 2, 3, 4]]

    assert digest(one) == digest(dict(reversed(one.items())))
    assert digest(one) != digest(other)


def test_boxes_are_spelt_small() -> None:
    """About 20 bytes a frame."""
    row = [1520, 1280, 1760, 1520]

    assert len(to_bytes([row] * 1000)) == 1000 * 22 + 1


def test_modes_are_those_of_the_request() -> None:
    named = typing.get_args(Options.model_fields["sync_mode"].annotation)

    assert set(typing.get_args(modes.SyncMode)) == set(typing.get_args(named[0]))
    assert set(typing.get_args(modes.SyncMode)) > modes.STRETCHING_MODES


def test_python_names_are_snake_case() -> None:
    """Built in Python, written in the API's spelling."""
    request = GenerationRequest(
        model="m", input=[VideoInput(asset_id="a"), {"type": "audio", "url": "https://e.x/a"}],  # type: ignore[list-item]  # checked by pydantic
        output_file_name="o",
    )  # fmt: skip

    assert to_wire(request) == {
        "model": "m",
        "input": [{"type": "video", "assetId": "a"}, {"type": "audio", "url": "https://e.x/a"}],
        "outputFileName": "o",
    }
