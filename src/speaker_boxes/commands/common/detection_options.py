"""How faces are found and followed: options that track, run and batch share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common.shared_options import MaxGap, Stream
from speaker_boxes.detect.detectors.registry import (
    DEFAULT,
    DETECTORS,
    DetectorChoice,
    own_models,
)
from speaker_boxes.progress import any_of

if TYPE_CHECKING:
    from speaker_boxes.detect.run.cache import Cache


def _names() -> list[str]:
    """What a shell offers; no lambda, which would not see this module where hints are read."""
    return list(DETECTORS)


@dataclass(frozen=True, kw_only=True)
class ClipOptions:
    """What is followed in a clip, and how far."""

    stream: Stream = None
    max_gap: MaxGap = 0.5


@dataclass(frozen=True, kw_only=True)
class DetectorOptions:
    """What finds the faces."""

    detector: Annotated[
        str,
        typer.Option(
            "--detector",
            metavar="NAME",
            envvar="SPEAKER_BOXES_DETECTOR",
            autocompletion=_names,
            help=f"What finds the faces: {any_of(DETECTORS)}. "
            + " ".join(each.about for each in DETECTORS.values() if each.about),
        ),
    ] = DEFAULT
    detector_model: Annotated[
        Path | None,
        typer.Option(
            "--detector-model",
            metavar="FILE",
            help=f"A local model file for --detector {any_of(own_models())}.",
        ),
    ] = None

    def choice(self) -> DetectorChoice:
        """The detectors, not opened yet.

        Raises
        ------
        typer.BadParameter
            There is no such detector, or it takes no model file.
        """
        try:
            return DetectorChoice(self.detector, self.detector_model)
        except ValueError as error:
            hint = "--detector" if "detector must" in str(error) else "--detector-model"
            raise typer.BadParameter(str(error), param_hint=hint) from error


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """With how many processes, and whether the faces are kept."""

    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            envvar="SPEAKER_BOXES_WORKERS",
            help="Processes to use; as many as there are cores.",
        ),
    ] = None
    no_cache: Annotated[
        bool,
        typer.Option("--no-cache", help="Neither look for this clip's faces nor keep them."),
    ] = False

    def cache(self) -> Cache | None:
        """Where faces are kept; ``None`` for nowhere."""
        from speaker_boxes.detect.run.cache import Cache

        return None if self.no_cache else Cache()
