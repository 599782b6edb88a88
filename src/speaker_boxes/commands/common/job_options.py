"""What a generation is made of and how it is sent: options that the commands about them share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from speaker_boxes.commands.common.shared_options import Json, Overwrite

BoxesFile = Annotated[Path | None, typer.Argument(help="A boxes file.", metavar="OUT.json")]
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
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Wait, and download the result to FILE.", metavar="FILE"),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the generation has ended.")]
Deadline = Annotated[float, typer.Option(help="Seconds to wait at most.", metavar="SECONDS", min=1)]


@dataclass(frozen=True, kw_only=True)
class SoundOptions:
    """What is said, by one or by several."""

    audio: Annotated[
        list[str] | None,
        typer.Option(
            help="The sound: a file, which is uploaded, or a URL. In a dialogue one of each "
            "speaker, NAME=SOUND.",
            metavar="SOUND",
        ),
    ] = None
    text: Annotated[
        list[str] | None,
        typer.Option(
            help="In place of a sound: what a voice is to say; NAME=TEXT in a dialogue.",
            metavar="TEXT",
        ),
    ] = None
    voice: Annotated[
        list[str] | None,
        typer.Option(
            help="Who says --text: the id of a voice of ElevenLabs, or of one cloned in the web "
            "app; NAME=ID in a dialogue.",
            metavar="ID",
        ),
    ] = None
    audio_layout: Annotated[
        str,
        typer.Option(
            metavar="running|whole",
            help="How a speaker's sound lies in a dialogue: running holds the turns one after "
            "the other, whole lies along the clip.",
        ),
    ] = "running"
    select_in: Annotated[
        str,
        typer.Option(
            metavar="options|segments",
            help="Where the faces of a dialogue are said: once for all, or in each segment.",
        ),
    ] = "options"


@dataclass(frozen=True, kw_only=True)
class MediaOptions(SoundOptions):
    """The clip and what is said in it."""

    video: Annotated[
        str | None,
        typer.Option(help="The clip: a file, which is uploaded, or a URL.", metavar="CLIP"),
    ] = None
    turns: Annotated[
        Path | None,
        typer.Option(
            metavar="TURNS.json|.srt|...",
            help="A dialogue: who speaks when, as for track. The boxes are those of whoever "
            "speaks.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """What makes the generation."""

    model: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            envvar="SPEAKER_BOXES_MODEL",
            autocompletion=lambda: ["lipsync-2", "lipsync-2-pro", "sync-3"],
            help="The lip-sync model: lipsync-2, lipsync-2-pro or sync-3.",
        ),
    ] = "lipsync-2"
    sync_mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            autocompletion=lambda: ["cut_off", "silence", "bounce", "loop", "remap"],
            help="What happens if sound and picture differ in length: cut_off, silence, bounce, "
            "loop or remap. The last three change the sequence of frames that the boxes count.",
        ),
    ] = "cut_off"


@dataclass(frozen=True, kw_only=True)
class GenerationOptions(ModelOptions):
    """What makes it, and all that can be said of how."""

    temperature: Annotated[
        float | None, typer.Option(help="How lively, 0 to 1; lipsync-2 and -pro only.")
    ] = None
    occlusion: Annotated[
        bool | None,
        typer.Option(
            "--occlusion/--no-occlusion", help="Look for hands before the mouth; not for sync-3."
        ),
    ] = None
    output_name: Annotated[
        str | None, typer.Option(help="Base name of the result at the server.", metavar="NAME")
    ] = None
    webhook: Annotated[
        str | None, typer.Option("--webhook", help="https URL to call at the end.", metavar="URL")
    ] = None
    project: Annotated[str | None, typer.Option(help="Id of a project.", metavar="ID")] = None


@dataclass(frozen=True, kw_only=True)
class FaceOptions:
    """How the face is chosen, if not by a boxes file."""

    auto: Annotated[
        bool, typer.Option("--auto", help="No boxes: the server finds the speaker.")
    ] = False
    point: Annotated[
        str | None,
        typer.Option(help="No boxes: the face at this point of this frame.", metavar="FRAME:X,Y"),
    ] = None
    boxes_url: Annotated[
        str | None,
        typer.Option(help="Where the server finds the boxes file; for long clips.", metavar="URL"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class SendOptions:
    """How a job is sent, waited for and told."""

    new: Annotated[
        bool,
        typer.Option("--new", help="Pay for another generation though there is one already."),
    ] = False
    deadline: Deadline = 3600.0
    overwrite: Overwrite = False
    base_url: BaseUrl = None
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print the request, and a curl line on stderr; send nothing."
        ),
    ] = False
    as_json: Json = False
