"""``speaker-boxes pick``: see, choose and mend in the browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common.detection_options import (
    ClipOptions,
    DetectorOptions,
    WorkerOptions,
)
from speaker_boxes.commands.common.option_groups import with_options
from speaker_boxes.commands.common.outputs import place_beside
from speaker_boxes.commands.common.shared_options import ClipOrSample, Overwrite, choose_source
from speaker_boxes.commands.common.tracking import DetectionArgs, detection_options
from speaker_boxes.commands.common.wording import error_line
from speaker_boxes.progress import no_progress

if TYPE_CHECKING:
    from speaker_boxes.page.session import Session
    from speaker_boxes.track.options import TrackOptions


@with_options
def pick(
    clip: ClipOrSample = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.json",
            help="Where Save writes the boxes; the report goes to OUT.report.json and what was "
            "done by hand to OUT.edits.json beside it. CLIP.boxes.json beside the clip if left "
            "out.",
        ),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Use the sample clip that is installed with this.")
    ] = False,
    clip_options: ClipOptions,
    detector_options: DetectorOptions,
    worker_options: WorkerOptions,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link, and open no browser.")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.fetch.source import is_url, local_copy
    from speaker_boxes.page.serve import limit_arenas
    from speaker_boxes.page.session import Session
    from speaker_boxes.track.options import TrackOptions

    source = choose_source(clip, sample=sample)
    detection = DetectionArgs(
        stream=clip_options.stream,
        detectors=detector_options.choice(),
        workers=worker_options.workers,
        use_cache=not worker_options.no_cache,
    )
    limit_arenas()
    with local_copy(source) as copy:
        out = output or place_beside(source, "boxes.json", sample=sample)
        session = Session(
            copy.path,
            out.absolute(),
            detection=detection_options(detection, no_progress),
            words=error_line,
        )
        try:
            options = TrackOptions(max_gap_s=clip_options.max_gap)
            video = source if is_url(source) else str(copy.path.absolute())
            _serve(session, options, video, overwrite=overwrite, no_browser=no_browser)
        finally:
            session.close()


def _serve(
    session: Session, options: TrackOptions, video: str, *, overwrite: bool, no_browser: bool
) -> None:
    from speaker_boxes.page.app import PickApp
    from speaker_boxes.page.presence import Presence
    from speaker_boxes.page.serve import serve

    presence = Presence()
    app = PickApp(
        session,
        presence,
        options=options,
        words=error_line,
        video=video,
        overwrite=overwrite,
    )
    serve(app.app, presence, opened=lambda link: _open(link, no_browser=no_browser))
    if presence.is_unopened():
        print("nobody opened the link; run it again for a new one", file=sys.stderr)


def _open(link: str, *, no_browser: bool) -> None:
    import webbrowser

    print(f"the page is at {link}", flush=True)
    print(
        "it ends on Ctrl-C, a minute after the page was closed, or in ten if nobody opens it",
        file=sys.stderr,
    )
    if not no_browser:
        webbrowser.open(link)
