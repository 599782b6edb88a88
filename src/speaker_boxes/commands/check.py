"""``speaker-boxes check``: what is wrong with a job, before it costs money."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from speaker_boxes.commands.common import job_options as opt
from speaker_boxes.commands.common.loudness import say
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.shared_options import Json
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.commands.common.wording import finding_line

if TYPE_CHECKING:
    from speaker_boxes.submit.preflight.finding import Finding


@with_options
def check(
    boxes: opt.BoxesFile = None,
    *,
    media: opt.MediaOptions,
    model: opt.ModelOptions,
    face: opt.FaceOptions,
    multipart: opt.Multipart = False,
    trust_count: opt.TrustCount = False,
    strict: opt.Strict = False,
    as_json: Json = False,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.commands.common.job_input import JobInput, read_options

    wanted = JobInput(
        boxes=boxes, media=media, options=read_options(model), face=face, multipart=multipart,
        trust_count=trust_count,
    )  # fmt: skip
    with stderr_reporting() as progress:
        findings, missing = wanted.findings(progress)
    if as_json:
        print(json.dumps([_as_json(finding) for finding in findings]))
    for finding in findings if not as_json else ():
        print(f"{finding.severity}: {finding_line(finding)} [{finding.code}]")
    if missing:
        say(f"speaker-boxes: not looked at: {', '.join(missing)}", err=True)
    if not findings and not as_json:
        print("nothing was found against it")
    if any(strict or finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _as_json(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding_line(finding),
    }
