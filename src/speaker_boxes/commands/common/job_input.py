"""From arguments to a job that could be sent: shared by submit, check, cost and run."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import typer

from speaker_boxes.progress import Progress, no_progress

if TYPE_CHECKING:
    from speaker_boxes.submit.job.prepare import PreparedJob
    from speaker_boxes.submit.job.spec import SubmitOptions
    from speaker_boxes.submit.preflight.preflight import Finding
    from speaker_boxes.submit.schema.request import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInput:
    """What the arguments say of one job."""

    boxes: Path | None
    video: str | None
    audio: str | None
    options: SubmitOptions
    auto: bool = False
    v3: bool = False
    point: str | None = None
    boxes_url: str | None = None
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

        if self.video is None or self.audio is None:
            raise typer.BadParameter("a generation needs --video and --audio")
        return prepare(
            video=self.video,
            audio=self.audio,
            selection=self._selection(),
            rows=read_boxes(self.boxes) if self.boxes else None,
            known=read_report(self.boxes) if self.boxes else None,
            options=self.options,
            multipart=self.multipart,
            trust_count=self.trust_count,
            has_api_key=has_api_key,
            progress=progress,
        )

    def _selection(self) -> Selection | None:
        from speaker_boxes.submit.schema.request import AutoSelection, BoxesUrlSelection

        ways = [self.auto, self.point is not None, bool(self.boxes or self.boxes_url)]
        if sum(ways) != 1:
            raise typer.BadParameter(
                "choose the face by exactly one of a boxes file (or --boxes-url), --point, --auto"
            )
        if self.v3 and not self.auto:
            raise typer.BadParameter("--v3 goes with --auto only")
        if self.auto:
            return AutoSelection(v3=True if self.v3 else None)
        if self.point is not None:
            return read_point(self.point)
        if self.boxes_url is not None:
            if not re.fullmatch(r"https?://\S+", self.boxes_url):
                raise typer.BadParameter(f"--boxes-url {self.boxes_url} is no http(s) URL")
            return BoxesUrlSelection(bounding_boxes_url=self.boxes_url)
        return None


def read_point(text: str) -> Selection:
    """Read ``FRAME:X,Y``."""
    from speaker_boxes.submit.schema.request import PointSelection

    found = re.fullmatch(r"(\d{1,9}):(\d{1,9}),(\d{1,9})", text.replace(" ", ""))
    if found is None:
        raise typer.BadParameter(f"--point {text} is not FRAME:X,Y in whole numbers")
    frame, x, y = map(int, found.groups())
    return PointSelection(frame_number=frame, coordinates=[x, y])


def read_options(
    *,
    model: str,
    sync_mode: str,
    temperature: float | None = None,
    occlusion: bool | None = None,
    output_name: str | None = None,
    webhook: str | None = None,
    project: str | None = None,
) -> SubmitOptions:
    """Gather what says how a generation is made."""
    from speaker_boxes.submit.job.spec import SubmitOptions
    from speaker_boxes.submit.schema.sync_modes import SyncMode

    modes: tuple[SyncMode, ...] = get_args(SyncMode)
    for mode in modes:
        if mode == sync_mode:
            return SubmitOptions(
                model=model,
                sync_mode=mode,
                temperature=temperature,
                occlusion_detection=occlusion,
                output_name=output_name,
                webhook_url=webhook,
                project_id=project,
            )
    raise typer.BadParameter(f"--sync-mode {sync_mode} is none of {', '.join(modes)}")


def print_findings(findings: list[Finding], *, errors: bool = False) -> None:
    """Say on stderr what was found; errors too if they are not raised."""
    for finding in findings:
        if errors or finding.severity == "warning":
            print(f"speaker-boxes: {finding.severity}: {finding.message}", file=sys.stderr)
