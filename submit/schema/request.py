"""The request of ``POST /v2/generate`` in the API's own spelling, and nothing it would not take.

The spelling is a mix: ``options`` and what is in it are snake_case, everything else is camelCase
(read in ``syncsdk`` 0.3.0). Fields are snake_case here; the wire's names are aliases. Of the five
ways to choose a face exactly one can be said, because each is a model of its own. The deprecated
fields (``segments_secs``, ``segments_frames``, ``pads``, ...) are left out on purpose.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    Tag,
    model_validator,
)
from pydantic.alias_generators import to_camel

from speaker_boxes.submit.schema.sync_modes import SyncMode

Box = Annotated[list[StrictInt], Field(min_length=4, max_length=4)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
NAME_PATTERN = r"^[A-Za-z0-9_-]{1,255}$"
"""What ``outputFileName`` may be: a base name, ``.mp4`` is added by the server."""

KNOWN_MODELS = ("lipsync-2", "lipsync-2-pro", "sync-3", "react-1", "lipsync-1.9.0-beta")
"""Models that ``syncsdk`` 0.3.0 names; there may be newer ones."""
NO_SELECTION_MODELS = frozenset({"react-1"})
"""Models that take no face selection at all."""
_REFUSED_OPTIONS = {
    "lipsync-2": {"model_mode", "prompt"},
    "lipsync-2-pro": {"model_mode", "prompt"},
    "react-1": {"temperature"},
    # more than the mode and the selection ended as generation_unknown_error for a public user,
    # while the documentation calls it ignored
    "sync-3": {"model_mode", "prompt", "temperature", "occlusion_detection_enabled"},
}
"""What a model is documented not to take; a model that is not listed may be newer than we are."""


class _Snake(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Camel(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class AutoSelection(_Snake):
    """Let the server find the active speaker."""

    auto_detect: Literal[True] = True
    v3: StrictBool | None = None
    """Ask for version 3 of its detection; in the documentation, in neither SDK."""


class PointSelection(_Snake):
    """The face under one point of one frame."""

    auto_detect: Literal[False] = False
    frame_number: Annotated[StrictInt, Field(ge=0)]
    """Index of the frame, from 0."""
    coordinates: Annotated[list[StrictInt], Field(min_length=2, max_length=2)]
    """``x, y`` in pixels of the picture."""


class BoxesSelection(_Snake):
    """One box or ``None`` for each frame of the video."""

    auto_detect: Literal[False] = False
    bounding_boxes: Annotated[list[Box | None], Field(min_length=1)]


class BoxesUrlSelection(_Snake):
    """Where the server finds ``{"bounding_boxes": [...]}``: for arrays too large to send along."""

    auto_detect: Literal[False] = False
    bounding_boxes_url: Url


_FORMS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("bounding_boxes_url", BoxesUrlSelection),
    ("bounding_boxes", BoxesSelection),
    ("frame_number", PointSelection),
    ("coordinates", PointSelection),
)


def _form(value: object) -> str:
    """Which of the forms is meant, so that a mistake in it is told in its own words."""
    if not isinstance(value, dict):
        return type(value).__name__
    return next((model.__name__ for key, model in _FORMS if key in value), "AutoSelection")


Selection = Annotated[
    Annotated[AutoSelection, Tag("AutoSelection")]
    | Annotated[PointSelection, Tag("PointSelection")]
    | Annotated[BoxesSelection, Tag("BoxesSelection")]
    | Annotated[BoxesUrlSelection, Tag("BoxesUrlSelection")],
    Discriminator(_form),
]


class Options(_Snake):
    """How the generation is made."""

    sync_mode: SyncMode | None = None
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    active_speaker_detection: Selection | None = None
    occlusion_detection_enabled: StrictBool | None = None
    model_mode: Literal["lips", "face", "head"] | None = None
    prompt: Literal["happy", "sad", "angry", "disgusted", "surprised", "neutral"] | None = None


class SegmentOptions(_Snake):
    """What one segment may set for itself."""

    sync_mode: SyncMode | None = None
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    occlusion_detection_enabled: StrictBool | None = None
    active_speaker_detection: Selection | None = None


class _Media(_Camel):
    """An address that the server fetches, or an asset that was uploaded: exactly one."""

    type: Literal["video", "image", "audio"]
    url: Url | None = None
    asset_id: Annotated[str, Field(min_length=1)] | None = None
    ref_id: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.url is None) == (self.asset_id is None):
            raise ValueError("needs either url or assetId")
        return self


class VideoInput(_Media):
    """The clip."""

    type: Literal["video"] = "video"


class ImageInput(_Media):
    """A still picture in place of a clip; ``sync-3`` only."""

    type: Literal["image"] = "image"


class AudioInput(_Media):
    """What is to be said."""

    type: Literal["audio"] = "audio"


class TextProvider(_Camel):
    """The voice that reads a text."""

    name: Literal["elevenlabs"] = "elevenlabs"
    voice_id: Annotated[str, Field(min_length=1)]
    script: Annotated[str, Field(min_length=1)]
    stability: Annotated[float, Field(ge=0, le=1)] | None = None
    similarity_boost: Annotated[float, Field(ge=0, le=1)] | None = None


class TextInput(_Camel):
    """What is to be said, as text."""

    type: Literal["text"] = "text"
    provider: TextProvider
    ref_id: Annotated[str, Field(min_length=1)] | None = None


InputItem = Annotated[VideoInput | ImageInput | AudioInput | TextInput, Field(discriminator="type")]


class SegmentAudio(_Camel):
    """Which sound a segment takes, and which part of it."""

    ref_id: Annotated[str, Field(min_length=1)]
    start_time: Seconds | None = None
    end_time: Seconds | None = None


class Segment(_Camel):
    """A stretch of the video in seconds, with a sound of its own."""

    start_time: Seconds
    end_time: Seconds
    audio_input: SegmentAudio
    options_override: SegmentOptions | None = None

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.end_time <= self.start_time:
            raise ValueError(f"ends at {self.end_time} s, before it starts")
        return self


class DubParams(_Camel):
    """Translate what the clip says; no sound is sent along then."""

    provider_name: Literal["elevenlabs"] = "elevenlabs"
    target_lang: Annotated[str, Field(min_length=1)]
    source_lang: str = "auto"


class GenerationRequest(_Camel):
    """The body of ``POST /v2/generate``."""

    model: Annotated[str, Field(min_length=1)]
    input: Annotated[list[InputItem], Field(min_length=1)]
    options: Options | None = None
    segments: Annotated[list[Segment], Field(min_length=1)] | None = None
    webhook_url: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = None
    output_file_name: Annotated[str, Field(pattern=NAME_PATTERN)] | None = None
    project_id: Annotated[str, Field(min_length=1)] | None = None
    dub_params: DubParams | None = None

    @model_validator(mode="after")
    def _inputs_fit(self) -> Self:
        visual = [item for item in self.input if isinstance(item, VideoInput | ImageInput)]
        sounds = [item for item in self.input if isinstance(item, AudioInput | TextInput)]
        if len(visual) != 1:
            raise ValueError(f"input needs exactly one video or image, got {len(visual)}")
        if self.dub_params is not None:
            if sounds:
                raise ValueError("input holds audio or text beside dubParams")
        elif not sounds:
            raise ValueError("input needs an audio or a text")
        if len(sounds) > 1 and self.segments is None:
            raise ValueError(f"input holds {len(sounds)} sounds, which needs segments")
        self._check_segments(sounds)
        self._check_image(visual[0])
        return self

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        said = set(self.options.model_dump(exclude_none=True)) if self.options else set()
        selects = "active_speaker_detection" in said or any(
            segment.options_override and segment.options_override.active_speaker_detection
            for segment in self.segments or ()
        )
        if self.model in NO_SELECTION_MODELS and selects:
            raise ValueError(f"{self.model} takes no speaker selection")
        for model, refused in _REFUSED_OPTIONS.items():
            extra = sorted(said & refused)
            if extra and self.model == model:
                raise ValueError(f"{model} takes no {', '.join(extra)}")
        return self

    def _check_segments(self, sounds: list[AudioInput | TextInput]) -> None:
        if self.segments is None:
            return
        names = [item.ref_id for item in sounds]
        if None in names or len(set(names)) != len(names):
            raise ValueError("with segments every audio and text needs a refId of its own")
        for segment in self.segments:
            if segment.audio_input.ref_id not in names:
                raise ValueError(f"no input has the refId {segment.audio_input.ref_id!r}")

    def _check_image(self, visual: VideoInput | ImageInput) -> None:
        if not isinstance(visual, ImageInput):
            return
        if self.model != "sync-3":
            raise ValueError(f"{self.model} takes no image; sync-3 does")
        selection = self.options.active_speaker_detection if self.options else None
        if isinstance(selection, AutoSelection):
            raise ValueError("auto_detect does not work with an image")
