"""``speaker-boxes preview``: a clip with its boxes drawn, to look at before it is paid for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speaker_boxes.commands.common.loudness import say
from speaker_boxes.commands.common.outputs import check_made, identity_of
from speaker_boxes.commands.common.shared_options import Clip, Overwrite, Stream
from speaker_boxes.commands.common.terminal import stderr_reporting
from speaker_boxes.files import write_atomic
from speaker_boxes.progress import counted


def preview(
    clip: Clip,
    boxes: Annotated[
        list[Path],
        typer.Argument(
            metavar="BOXES.json...",
            help="Boxes of the clip, by this or any other tool; several for several speakers.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PREVIEW.mp4",
            help="Where the preview goes; BOXES.preview.mp4 beside the boxes if neither this nor "
            "--sheet is given.",
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="SHEET.png",
            help="Where a picture of the speaker's face over time goes, a row a shot.",
        ),
    ] = None,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", help="Show a steady close-up of the face, too.")
    ] = False,
    stream: Stream = None,
    overwrite: Overwrite = False,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.detect.run.cache import Cache
    from speaker_boxes.made_of import marked_png
    from speaker_boxes.pictures.boxes_input import read_shown
    from speaker_boxes.pictures.canvas import png
    from speaker_boxes.pictures.known_faces import known_faces
    from speaker_boxes.pictures.preview import PreviewOptions, write_preview
    from speaker_boxes.pictures.speaker_sheet import SheetCollector

    if output is None and sheet is None:
        output = boxes[0].with_name(f"{boxes[0].stem}.preview.mp4")
    if sheet is not None and len(boxes) > 1:
        raise typer.BadParameter("--sheet is of one speaker; give one file of boxes")
    made_of = identity_of(clip)
    for path in filter(None, (output, sheet)):
        check_made(path, made_of, overwrite=overwrite, inputs=[clip, *boxes])
    shown = [read_shown(path) for path in boxes]
    collector = None if sheet is None else SheetCollector(shown[0])
    known = known_faces(clip, Cache(), stream_index=stream) if output is not None else None
    options = PreviewOptions(
        stream_index=stream,
        side_by_side=side_by_side,
        faces=None if known is None else known.faces,
        mark=made_of,
    )
    with stderr_reporting() as progress:
        n_frames = write_preview(
            clip, shown, output,
            options=options, sheet=collector, overwrite=True, progress=progress,
        )  # fmt: skip
    if sheet is not None and collector is not None:
        write_atomic(sheet, marked_png(png(collector.draw()), made_of or ""))
    written = " and ".join(str(path) for path in (output, sheet) if path is not None)
    say(f"{written}: {counted(n_frames, 'frame')}")
