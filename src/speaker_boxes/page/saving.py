"""Boxes, report and edits to disk, what is to be said against them, and how they are sent."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from speaker_boxes.edits.codec import edits_json
from speaker_boxes.edits.model import Edits
from speaker_boxes.files import (
    boxes_path_for,
    check_writable,
    edits_path_for,
    turns_path_for,
    write_together,
)
from speaker_boxes.page.view import View
from speaker_boxes.submit.preflight.finding import Finding
from speaker_boxes.submit.preflight.inputs import PreflightInput
from speaker_boxes.submit.preflight.preflight import check
from speaker_boxes.track.output.report import output_files
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import TurnBoxes
from speaker_boxes.track.output.turns_file import turn_to_json

Results = Mapping[str, SpeakerBoxes | TurnBoxes]
MODEL, SYNC_MODE = "lipsync-2", "cut_off"
"""What ``submit`` takes if nothing else is asked for."""


def files_of(out: Path, edits: Edits, view: View) -> list[tuple[Path, str]]:
    """Everything that is saved, and where; reports before their boxes, the edits last."""
    files: list[tuple[Path, str]] = []
    for name, result in view.results.items():
        files += output_files(boxes_path_for(out, name), result)
    if edits.turns:
        turns = [turn_to_json(turn) for turn in edits.turns]
        files.append((turns_path_for(out), json.dumps(turns, indent=1, ensure_ascii=False) + "\n"))
    return [*files, (edits_path_for(out), edits_json(edits))]


def save(clip: Path, files: list[tuple[Path, str]], *, overwrite: bool) -> None:
    """Write all of them, or none.

    Raises
    ------
    OutputError
        One of them is there already, or cannot be written.
    """
    for path, _ in files:
        check_writable(path, overwrite=overwrite, inputs=[clip])
    write_together(*files)


def findings_of(view: View) -> dict[str, list[Finding]]:
    """What ``check`` would say of each array, with what ``submit`` takes by itself."""
    return {
        name: check(
            PreflightInput(
                model=MODEL,
                sync_mode=SYNC_MODE,
                selection=None,
                rows=result.bounding_boxes,
                clip=result.video.facts(),
            )
        )
        for name, result in view.results.items()
    }


def submit_command(video: str, boxes: Path) -> str:
    """The command that sends a saved file, but for the sound, which is the user's."""
    return shlex.join(
        ["speaker-boxes", "submit", str(boxes), "--video", video, "--audio", "SOUND.wav"]
    )
