"""What is to be generated, before anything is known of assets: media, selection, options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from speaker_boxes.submit.schema.media import Kind, LocalFile, Source
from speaker_boxes.submit.schema.request import Selection
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
    audio: Source
    selection: Selection
    options: SubmitOptions = field(default_factory=SubmitOptions)
    multipart: bool = False
    """Send files along with the request instead of uploading them before."""

    @property
    def files(self) -> list[LocalFile]:
        """What has to be uploaded."""
        return [one for one in (self.video, self.audio) if isinstance(one, LocalFile)]

    def fingerprint(self) -> str:
        """Digest of what is asked for: equal digests are one job and one payment."""
        request = self.request({"video": "video", "audio": "audio"})
        media = {"video": self.video.identity(), "audio": self.audio.identity()}
        return digest({"request": request, "media": media, "multipart": self.multipart})

    def request(self, assets: Mapping[Kind, str]) -> dict[str, JsonValue]:
        """The body of the create, checked.

        Parameters
        ----------
        assets
            Asset id of each file, by ``video`` and ``audio``. With ``multipart`` they go unused
            and the files are left out of ``input``.

        Raises
        ------
        PreflightError
            The API would not take it.
        """
        options = self.options
        inputs: list[JsonValue] = [_item(one, assets) for one in (self.video, self.audio)]
        chosen: dict[str, JsonValue] = {
            "sync_mode": options.sync_mode,
            "temperature": options.temperature,
            "occlusion_detection_enabled": options.occlusion_detection,
            "active_speaker_detection": to_wire(self.selection),
        }
        request: dict[str, JsonValue] = {
            "model": options.model,
            "input": inputs,
            "options": {key: value for key, value in chosen.items() if value is not None},
            "webhookUrl": options.webhook_url,
            "outputFileName": options.output_name,
            "projectId": options.project_id,
        }
        request = {key: value for key, value in request.items() if value is not None}
        return to_wire(parse_request(request))


def _item(source: Source, assets: Mapping[Kind, str]) -> JsonValue:
    if isinstance(source, LocalFile):
        return {"type": source.kind, "assetId": assets[source.kind]}
    return {"type": source.kind, "url": source.url}
