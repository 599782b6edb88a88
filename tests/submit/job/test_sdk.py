"""The official SDK reads what we send, and sends the same."""

from __future__ import annotations

from typing import Any

import pytest
from sync import Sync
from sync.common import (
    ActiveSpeaker,
    Audio,
    CreateGenerationDto,
    GenerationOptions,
    Video,
)
from sync.core.serialization import convert_and_respect_annotation_metadata

from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.job.spec import JobSpec, SubmitOptions
from speaker_boxes.submit.schema.media import Remote
from speaker_boxes.submit.schema.request import (
    AutoSelection,
    BoxesSelection,
    BoxesUrlSelection,
    PointSelection,
    Selection,
)
from speaker_boxes.submit.schema.serialize import parse_request
from tests.loopback import KEY, FakeSync

BOXES = [None, [520, 280, 760, 520], [120, 260, 320, 500], None]
FORMS: dict[str, tuple[Selection, dict[str, Any]]] = {
    "auto": (AutoSelection(), {"auto_detect": True}),
    "point": (
        PointSelection(frame_number=240, coordinates=[640, 360]),
        {"auto_detect": False, "frame_number": 240, "coordinates": [640, 360]},
    ),
    "boxes": (
        BoxesSelection(bounding_boxes=BOXES),
        {"auto_detect": False, "bounding_boxes": BOXES},
    ),
}


def spec(selection: Selection, **options: Any) -> JobSpec:
    return JobSpec(
        video=Remote("video", "https://assets.sync.so/docs/example-video.mp4"),
        sounds={"audio": Remote("audio", "https://assets.sync.so/docs/example-audio.wav")},
        selection=selection,
        options=SubmitOptions(**options),
    )


def extras(model: Any) -> list[str]:
    """Keys that the SDK does not know, at any depth."""
    found = list(model.model_extra or {})
    for name in type(model).model_fields:
        value = getattr(model, name)
        for one in value if isinstance(value, list) else [value]:
            if hasattr(one, "model_extra"):
                found += [f"{name}.{key}" for key in extras(one)]
    return found


def read_with_sdk(request: object) -> CreateGenerationDto:
    return CreateGenerationDto.model_validate(
        convert_and_respect_annotation_metadata(
            object_=request, annotation=CreateGenerationDto, direction="read"
        )
    )


@pytest.mark.parametrize(("selection", "wire"), FORMS.values(), ids=FORMS)
def test_the_sdk_knows_every_field(selection: Selection, wire: dict[str, Any]) -> None:
    """Nothing of ours is an unknown field to it, and it reads the same values."""
    request = spec(
        selection, temperature=0.4, occlusion_detection=True, output_name="talk",
        webhook_url="https://e.x/hook",
    ).request({})  # fmt: skip

    read = read_with_sdk(request)

    assert extras(read) == []
    assert read.options is not None
    assert read.options.sync_mode == "cut_off"
    assert read.options.active_speaker_detection is not None
    assert read.options.active_speaker_detection.dict(exclude_none=True) == wire


def test_a_misspelt_field_would_be_seen() -> None:
    """The check above can fail: camelCase inside options is unknown to the SDK."""
    request: dict[str, Any] = spec(AutoSelection()).request({})
    request["options"]["activeSpeakerDetection"] = {"autoDetect": True}

    assert extras(read_with_sdk(request)) == ["options.activeSpeakerDetection"]


def test_what_the_sdk_lacks_is_all_that_it_does_not_know() -> None:
    """``bounding_boxes_url`` is documented and younger than the SDK."""
    request = spec(BoxesUrlSelection(bounding_boxes_url="https://e.x/b.json")).request({})

    assert extras(read_with_sdk(request)) == ["options.active_speaker_detection.bounding_boxes_url"]


@pytest.mark.parametrize(("selection", "wire"), FORMS.values(), ids=FORMS)
def test_ours_and_the_sdks_are_equal_on_the_wire(
    sync_api: FakeSync, selection: Selection, wire: dict[str, Any]
) -> None:
    """The same job by both: the same JSON, to the same place, with the same key."""
    request = parse_request(spec(selection, output_name="out_1").request({}))
    sdk = Sync(api_key=KEY, base_url=sync_api.base_url)

    with Client(base_url=sync_api.base_url) as client:
        mine = client.create(request, key="k1")
    theirs = sdk.generations.create(
        model="lipsync-2",
        input=[
            Video(url="https://assets.sync.so/docs/example-video.mp4"),
            Audio(url="https://assets.sync.so/docs/example-audio.wav"),
        ],
        options=GenerationOptions(
            sync_mode="cut_off", active_speaker_detection=ActiveSpeaker(**wire)
        ),
        output_file_name="out_1",
        request_options={"additional_headers": {"Idempotency-Key": "k1"}},
    )

    ours, sdks = sync_api.calls("create")
    assert ours.json == sdks.json
    assert ours.json["options"]["active_speaker_detection"] == wire
    for header in ("content-type", "x-api-key", "idempotency-key"):
        assert ours.headers[header] == sdks.headers[header]
    assert mine.id == theirs.id
    sync_api.conflicts = 0  # equal JSON, other bytes
    sdk._client_wrapper.httpx_client.httpx_client.close()
