"""What is to be generated, before anything is known of assets: media, selection, options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from speaker_boxes.submit.schema.media import LocalFile, Script, Sound, Source
from speaker_boxes.submit.schema.request import Segment, Selection
from speaker_boxes.submit.schema.serialize import digest, parse_request, to_wire
from speaker_boxes.submit.schema.sync_modes import SyncMode


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOptions:
    """How a generation is made. What is ``None`` is not sent, and the server's default holds."""

    model: str = "lipsync-2"
    """As in the documentation's own examples of speaker selection."""
    sync_mode: SyncMode = "cut_off"
    """Trims the longer track: the one mode besides ``silence`` that leaves the sequence of frames
    as the boxes count it. The server's own default is ``bounce``."""
    temperature: float | None = None
    """How lively, in [0, 1]; ``lipsync-2`` and ``lipsync-2-pro`` only."""
    occlusion_detection: bool | None = None
    """Look for hands and microphones before the mouth; slower; not for ``sync-3``."""
    output_name: str | None = None
    """Base name of the result at the server."""
    webhook_url: str | None = None
    """Called when the job has ended; https."""
    project_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """One job as it is asked for."""

    video: Source
    """The clip, or a picture."""
    sounds: Mapping[str, Sound]
    """What is said: one, or one of each speaker by the name that the segments use."""
    selection: Selection | None
    """Which face; ``None`` if each segment says it."""
    segments: tuple[Segment, ...] = ()
    """The turns of a dialogue; none if one sound is for all of the clip."""
    options: SubmitOptions = field(default_factory=SubmitOptions)
    multipart: bool = False
    """Send files along with the request instead of uploading them before."""

    @property
    def inputs(self) -> dict[str, Sound]:
        """Clip and sounds by the name under which an upload of each is noted."""
        prefix = "audio.{}" if self.segments else "audio"
        sounds = {prefix.format(name): sound for name, sound in self.sounds.items()}
        return {self.video.kind: self.video, **sounds}

    @property
    def files(self) -> dict[str, LocalFile]:
        """What has to be uploaded, by the names of ``inputs``."""
        return {name: one for name, one in self.inputs.items() if isinstance(one, LocalFile)}

    def fingerprint(self) -> str:
        """Digest of what is asked for: equal digests are one job and one payment."""
        request = self.request({name: name for name in self.inputs})
        media = {name: one.identity() for name, one in self.inputs.items()}
        return digest({"request": request, "media": media, "multipart": self.multipart})

    def request(self, assets: Mapping[str, str]) -> dict[str, JsonValue]:
        """The body of the create, checked.

        Parameters
        ----------
        assets
            Asset id of each file, by the names of ``inputs``. With ``multipart`` they go unused
            and the files are left out of ``input``.

        Raises
        ------
        PreflightError
            The API would not take it.
        """
        options = self.options
        ref_ids = [None, *(self.sounds if self.segments else [None] * len(self.sounds))]
        inputs: list[JsonValue] = [
            _item(one, assets.get(name), ref_id)
            for (name, one), ref_id in zip(self.inputs.items(), ref_ids, strict=True)
        ]
        chosen: dict[str, JsonValue] = {
            "sync_mode": options.sync_mode,
            "temperature": options.temperature,
            "occlusion_detection_enabled": options.occlusion_detection,
            "active_speaker_detection": to_wire(self.selection) if self.selection else None,
        }
        request: dict[str, JsonValue] = {
            "model": options.model,
            "input": inputs,
            "options": {key: value for key, value in chosen.items() if value is not None},
            "segments": [to_wire(segment) for segment in self.segments] or None,
            "webhookUrl": options.webhook_url,
            "outputFileName": options.output_name,
            "projectId": options.project_id,
        }
        request = {key: value for key, value in request.items() if value is not None}
        return to_wire(parse_request(request))


def _item(one: Sound, asset_id: str | None, ref_id: str | None) -> dict[str, JsonValue]:
    """One entry of ``input``; ``ref_id`` is what segments call it by."""
    name: dict[str, JsonValue] = {} if ref_id is None else {"refId": ref_id}
    if isinstance(one, LocalFile):
        return {"type": one.kind, "assetId": asset_id, **name}
    if isinstance(one, Script):
        return {"type": "text", "provider": _provider(one), **name}
    return {"type": one.kind, "url": one.url, **name}


def _provider(script: Script) -> JsonValue:
    said: dict[str, JsonValue] = {
        "name": "elevenlabs",
        "voiceId": script.voice_id,
        "script": script.text,
        "stability": script.stability,
        "similarityBoost": script.similarity_boost,
    }
    return {key: value for key, value in said.items() if value is not None}
