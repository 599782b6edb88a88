"""From arguments to a job that could be sent: shared by submit, check, cost and run."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import typer

from speaker_boxes.commands.common.job_options import (
    FaceOptions,
    GenerationOptions,
    MediaOptions,
    ModelOptions,
)
from speaker_boxes.commands.common.loudness import is_quiet
from speaker_boxes.commands.common.sounds import (
    read_dialogue_options,
    read_named_sounds,
    read_sound,
)
from speaker_boxes.commands.common.wording import finding_line
from speaker_boxes.progress import Progress, no_progress

if TYPE_CHECKING:
    from speaker_boxes.submit.job.prepare import PreparedJob
    from speaker_boxes.submit.job.spec import SubmitOptions
    from speaker_boxes.submit.preflight.finding import Finding
    from speaker_boxes.submit.schema.media import SoundGiven
    from speaker_boxes.submit.schema.request import Selection
    from speaker_boxes.track.output.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInput:
    """What the arguments say of one job."""

    boxes: Path | None
    media: MediaOptions
    options: SubmitOptions
    face: FaceOptions
    v3: bool = False
    multipart: bool = False
    trust_count: bool = False

    def prepared(
        self, *, has_api_key: bool | None = None, progress: Progress = no_progress
    ) -> PreparedJob:
        """Read what is to be read and look at everything.

        Raises
        ------
        SpeakerBoxesError
            A file is missing, or not what it should be.
        typer.BadParameter
            The options contradict each other.
        """
        from speaker_boxes.submit.job.prepare import prepare
        from speaker_boxes.submit.preflight.boxes_file import read_boxes, read_report

        video, (audio, turns) = self.media.video, self._said()
        if video is None or audio is None:
            if self.boxes:
                read_boxes(self.boxes)  # a slip in its name comes first
            raise typer.BadParameter("a generation needs --video and --audio (or --text)")
        return prepare(
            video=video,
            audio=audio,
            turns=turns,
            dialogue=read_dialogue_options(self.media),
            selection=self._selection(),
            rows=read_boxes(self.boxes) if self.boxes else None,
            known=read_report(self.boxes) if self.boxes else None,
            options=self.options,
            multipart=self.multipart,
            trust_count=self.trust_count,
            has_api_key=has_api_key,
            progress=progress,
        )

    def findings(self, progress: Progress = no_progress) -> tuple[list[Finding], list[str]]:
        """What is wrong as far as can be told, and what could not be looked at yet.

        Raises
        ------
        SpeakerBoxesError, typer.BadParameter
            As from ``prepared``.
        """
        from speaker_boxes.submit.http.auth import KEY_VARIABLE, has_key
        from speaker_boxes.submit.job.prepare import look
        from speaker_boxes.submit.preflight.boxes_file import read_boxes, read_report

        missing = [] if has_key() else [f"the key ({KEY_VARIABLE} is not set)"]
        video = self.media.video
        if video is not None and (self.media.audio or self.media.text):
            return self.prepared(has_api_key=True, progress=progress).findings, missing
        known = read_report(self.boxes) if self.boxes else None
        if video is None:
            if known is None:
                raise typer.BadParameter("give a file of boxes, and their clip with --video CLIP")
            missing.append("the clip that is sent (no --video; its report is believed)")
        if not (self.media.audio or self.media.text):
            missing.append("the sound (no --audio)")
        found = look(
            video=video,
            selection=self._selection(),
            rows=read_boxes(self.boxes) if self.boxes else None,
            known=known,
            options=self.options,
            trust_count=self.trust_count,
            progress=progress,
        )
        return found, missing

    def _said(self) -> tuple[SoundGiven | Mapping[str, SoundGiven] | None, list[Turn] | None]:
        """The sound of a clip, or a sound of each speaker with the turns."""
        from speaker_boxes.track.output.turns_file import read_turns

        if self.media.turns is None:
            return read_sound(self.media), None
        sounds = read_named_sounds(self.media)
        return sounds, read_turns(self.media.turns, sounds)

    def _selection(self) -> Selection | None:
        from speaker_boxes.submit.schema.request import AutoSelection, BoxesUrlSelection

        face = self.face
        ways = [face.auto, face.point is not None, bool(self.boxes or face.boxes_url)]
        if sum(ways) != 1:
            raise typer.BadParameter(
                "choose the face by exactly one of a boxes file (or --boxes-url), --point, --auto"
            )
        if self.v3 and not face.auto:
            raise typer.BadParameter("--v3 goes with --auto only")
        if face.auto:
            return AutoSelection(v3=True if self.v3 else None)
        if face.point is not None:
            return parse_point(face.point)
        if face.boxes_url is not None:
            if not re.fullmatch(r"https?://\S+", face.boxes_url):
                raise typer.BadParameter(f"--boxes-url {face.boxes_url} is no http(s) URL")
            return BoxesUrlSelection(bounding_boxes_url=face.boxes_url)
        return None


def parse_point(text: str) -> Selection:
    """Read ``FRAME:X,Y``."""
    from speaker_boxes.submit.schema.request import PointSelection

    found = re.fullmatch(r"(\d{1,9}):(\d{1,9}),(\d{1,9})", text.replace(" ", ""))
    if found is None:
        raise typer.BadParameter(f"--point {text} is not FRAME:X,Y in whole numbers")
    frame, x, y = map(int, found.groups())
    return PointSelection(frame_number=frame, coordinates=[x, y])


def read_options(given: ModelOptions) -> SubmitOptions:
    """Check how a generation is to be made; what ``given`` does not say is left to the server.

    Raises
    ------
    typer.BadParameter
        There is no such sync mode.
    """
    from speaker_boxes.submit.job.spec import SubmitOptions
    from speaker_boxes.submit.schema.sync_modes import SyncMode

    modes: tuple[SyncMode, ...] = get_args(SyncMode)
    found = [mode for mode in modes if mode == given.sync_mode]
    if not found:
        raise typer.BadParameter(f"--sync-mode {given.sync_mode} is none of {', '.join(modes)}")
    options = SubmitOptions(model=given.model, sync_mode=found[0])
    if not isinstance(given, GenerationOptions):
        return options
    return replace(
        options,
        temperature=given.temperature,
        occlusion_detection=given.occlusion,
        output_name=given.output_name,
        webhook_url=given.webhook,
        project_id=given.project,
    )


def print_findings(findings: list[Finding], *, errors: bool = False) -> None:
    """Say on stderr what was found; errors too if they are not raised."""
    for finding in findings:
        if errors or (finding.severity == "warning" and not is_quiet()):
            print(f"speaker-boxes: {finding.severity}: {finding_line(finding)}", file=sys.stderr)
