"""``speaker-boxes report``: a report as a page to read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speaker_boxes.commands.common.loudness import say
from speaker_boxes.commands.common.outputs import check_made
from speaker_boxes.commands.common.shared_options import Overwrite
from speaker_boxes.files import report_path_for, write_atomic


def report(
    report_file: Annotated[
        Path,
        typer.Argument(
            metavar="OUT.report.json", help="A report, or the boxes, OUT.json, that it lies beside."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="REPORT.html",
            help="Where the page goes; OUT.report.html beside the report if left out.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.detect.run.cache import Cache
    from speaker_boxes.made_of import marked_html
    from speaker_boxes.pictures.report_facts import doubt_lines, read_facts
    from speaker_boxes.pictures.report_page import report_page
    from speaker_boxes.track.output.shots import shot_lines

    beside = report_path_for(report_file)
    if beside.is_file():  # the boxes were given
        report_file = beside
    output = output or report_file.with_suffix(".html")
    facts = read_facts(report_file, Cache())
    made_of = facts.clip.get("sha256") or None
    check_made(output, made_of, overwrite=overwrite, inputs=[report_file])
    html = report_page(facts)
    write_atomic(output, html if made_of is None else marked_html(html, made_of))
    for line in (*shot_lines(facts.shots), *doubt_lines(facts)):
        say(line)
    say(str(output))
