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
    GenerationSegment,
    SegmentAudioInput,
    Video,
)
from sync.core.serialization import convert_and_respect_annotation_metadata

from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.job.spec import JobSpec, SubmitOptions
from speaker_boxes.submit.schema.media import Remote, Script
from speaker_boxes.submit.schema.request import (
    AutoSelection,
    BoxesSelection,
    BoxesUrlSelection,
    PointSelection,
    Selection,
)
from speaker_boxes.submit.schema.segments import lay_turns
from speaker_boxes.submit.schema.serialize import parse_request
from speaker_boxes.track.output.turns import Turn
from tests.loopback.state import KEY, FakeSync

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


TURNS = (
    Turn(start_s=0, end_s=0.08, speaker="tom"),
    Turn(start_s=0.12, end_s=0.16, speaker="ben", audio_start_s=1.5),
)


def dialogue(selection: Selection | None, *, in_segments: Selection | None = None) -> JobSpec:
    return JobSpec(
        video=Remote("video", "https://e.x/talk.mp4"),
        sounds={
            "tom": Remote("audio", "https://e.x/tom.wav"),
            "ben": Remote("audio", "https://e.x/ben.wav"),
        },
        selection=selection,
        segments=tuple(laid.segment(in_segments) for laid in lay_turns(TURNS, "running")),
    )


def test_the_sdk_knows_every_field_of_a_dialogue() -> None:
    read = read_with_sdk(dialogue(BoxesSelection(bounding_boxes=BOXES)).request({}))

    assert extras(read) == []
    assert read.segments is not None
    assert [segment.audio_input.ref_id for segment in read.segments] == ["tom", "ben"]
    assert [getattr(item, "ref_id", None) for item in read.input] == [None, "tom", "ben"]


def test_the_sdk_knows_every_field_of_a_text() -> None:
    script = Script("Hello.", "voice-1", stability=0.4, similarity_boost=0.8)
    request = JobSpec(
        video=Remote("video", "https://e.x/talk.mp4"), sounds={"audio": script},
        selection=BoxesSelection(bounding_boxes=BOXES),
    ).request({})  # fmt: skip

    read = read_with_sdk(request)

    assert extras(read) == []
    assert read.input[1].provider.voice_id == "voice-1"  # type: ignore[union-attr] # it is a TTS
    assert read.input[1].provider.script == "Hello."  # type: ignore[union-attr] # it is a TTS


def test_faces_in_segments_are_as_documented() -> None:
    """``optionsOverride`` is younger than the SDK: the one key that it does not know."""
    request = dialogue(None, in_segments=BoxesSelection(bounding_boxes=BOXES)).request({})

    assert extras(read_with_sdk(request)) == ["segments.optionsOverride"] * 2
    assert request["options"] == {"sync_mode": "cut_off"}
    segments: Any = request["segments"]
    assert segments[0]["optionsOverride"] == {
        "active_speaker_detection": {"auto_detect": False, "bounding_boxes": BOXES}
    }


def test_a_picture_is_as_documented() -> None:
    """Its type is younger than the SDK, too; the keys are those of a video."""
    request = JobSpec(
        video=Remote("image", "https://e.x/face.png"),
        sounds={"audio": Remote("audio", "https://e.x/say.wav")},
        selection=PointSelection(frame_number=0, coordinates=[64, 36]),
        options=SubmitOptions(model="sync-3"),
    ).request({})

    assert request["input"] == [
        {"type": "image", "url": "https://e.x/face.png"},
        {"type": "audio", "url": "https://e.x/say.wav"},
    ]


def test_a_dialogue_by_ours_and_by_the_sdk_is_equal_on_the_wire(sync_api: FakeSync) -> None:
    request = parse_request(dialogue(BoxesSelection(bounding_boxes=BOXES)).request({}))
    sdk = Sync(api_key=KEY, base_url=sync_api.base_url)

    with Client(base_url=sync_api.base_url) as client:
        client.create(request, key="k1")
    sdk.generations.create(
        model="lipsync-2",
        input=[
            Video(url="https://e.x/talk.mp4"),
            Audio(url="https://e.x/tom.wav", ref_id="tom"),
            Audio(url="https://e.x/ben.wav", ref_id="ben"),
        ],
        options=GenerationOptions(
            sync_mode="cut_off",
            active_speaker_detection=ActiveSpeaker(auto_detect=False, bounding_boxes=BOXES),
        ),
        segments=[
            GenerationSegment(
                start_time=0, end_time=0.08,
                audio_input=SegmentAudioInput(ref_id="tom", start_time=0, end_time=0.08),
            ),
            GenerationSegment(
                start_time=0.12, end_time=0.16,
                audio_input=SegmentAudioInput(ref_id="ben", start_time=1.5, end_time=1.54),
            ),
        ],
        request_options={"additional_headers": {"Idempotency-Key": "k1"}},
    )  # fmt: skip

    ours, sdks = sync_api.calls("create")
    assert ours.json == sdks.json
    assert [item["type"] for item in ours.json["input"]] == ["video", "audio", "audio"]
    sync_api.conflicts = 0  # equal JSON, other bytes
    sdk._client_wrapper.httpx_client.httpx_client.close()
