"""Options that the commands about generations share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Video = Annotated[
    str | None, typer.Option(help="The clip: a file, which is uploaded, or a URL.", metavar="CLIP")
]
Audio = Annotated[
    str | None,
    typer.Option(help="The sound: a file, which is uploaded, or a URL.", metavar="SOUND"),
]
Model = Annotated[str, typer.Option(help="lipsync-2, lipsync-2-pro or sync-3.")]
Mode = Annotated[
    str,
    typer.Option(
        metavar="MODE",
        help="What happens if sound and picture differ in length: cut_off, silence, bounce, loop "
        "or remap. The last three change the sequence of frames that the boxes count.",
    ),
]
Temperature = Annotated[
    float | None, typer.Option(help="How lively, 0 to 1; lipsync-2 and -pro only.")
]
Occlusion = Annotated[
    bool | None,
    typer.Option(
        "--occlusion/--no-occlusion", help="Look for hands before the mouth; not for sync-3."
    ),
]
OutputName = Annotated[
    str | None, typer.Option(help="Base name of the result at the server.", metavar="NAME")
]
Webhook = Annotated[
    str | None, typer.Option("--webhook", help="https URL to call at the end.", metavar="URL")
]
Project = Annotated[str | None, typer.Option(help="Id of a project.", metavar="ID")]
Auto = Annotated[bool, typer.Option("--auto", help="No boxes: the server finds the speaker.")]
V3 = Annotated[bool, typer.Option("--v3", help="With --auto: version 3 of its detection.")]
Point = Annotated[
    str | None,
    typer.Option(help="No boxes: the face at this point of this frame.", metavar="FRAME:X,Y"),
]
BoxesUrl = Annotated[
    str | None,
    typer.Option(help="Where the server finds the boxes file; for long clips.", metavar="URL"),
]
Multipart = Annotated[
    bool,
    typer.Option("--multipart", help="Send files (under 20 MB) along instead of uploading them."),
]
TrustCount = Annotated[
    bool,
    typer.Option("--trust-count", help="Do not decode the clip to count its frames."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
BaseUrl = Annotated[
    str | None,
    typer.Option(help="The server; SYNC_BASE_URL, else https://api.sync.so.", metavar="URL"),
]
JobFile = Annotated[
    Path | None,
    typer.Option("--job", help="Where the job is noted; beside the boxes.", metavar="FILE"),
]
New = Annotated[
    bool, typer.Option("--new", help="Pay for another generation though there is one already.")
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Wait, and download the result to FILE.", metavar="FILE"),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the generation has ended.")]
Deadline = Annotated[float, typer.Option(help="Seconds to wait at most.", metavar="SECONDS", min=1)]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the request and a curl line; send nothing.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]
