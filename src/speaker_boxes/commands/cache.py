"""``speaker-boxes cache``: what is kept of clips, and how to be rid of it."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speaker_boxes.commands.common.shared_options import Json
from speaker_boxes.commands.common.terminal import one_line
from speaker_boxes.commands.common.wording import age
from speaker_boxes.files import last_part

if TYPE_CHECKING:
    from speaker_boxes.detect.run.kept import KeptClip

_DAY_S = 86_400.0


def cache(
    clips: Annotated[
        list[str] | None,
        typer.Argument(metavar="CLIP...", help="Only these: a file, or a name as it is listed."),
    ] = None,
    older_than: Annotated[
        float | None,
        typer.Option(
            "--older-than", metavar="DAYS", min=0, help="Only what was unused for longer."
        ),
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove what is listed; without CLIP all that is kept.")
    ] = False,
    as_json: Json = False,
) -> None:
    """See ``COMMANDS``."""
    from speaker_boxes.detect.run.cache import Cache
    from speaker_boxes.detect.run.kept import forget, kept_clips

    kept, now = Cache(), time.time()
    n_all, n_bytes = kept.size()
    found = kept_clips(kept)
    is_part = bool(clips) or older_than is not None
    if is_part:
        found = _chosen(found, clips or [], older_than, now)
        n_all, n_bytes = len(found), sum(clip.n_bytes for clip in found)
    if clear:
        if is_part:
            forget(found)
        else:
            kept.clear()
    if as_json:
        listed = [_as_json(clip, now) for clip in found]
        print(json.dumps({"folder": str(kept.folder), "removed": clear, "clips": listed}))
        return
    amount = _amount(n_all, n_bytes)
    if clear:
        typer.echo(f"removed {amount} from {kept.folder}")
        return
    typer.echo(f"{kept.folder}: {amount}, at most {kept.max_bytes / 1e6:.0f} MB")
    for clip in found:
        typer.echo(_line(clip, now))
    if found:
        typer.echo("--clear removes all, --clear CLIP one, --clear --older-than DAYS the rest")


def _chosen(
    found: Sequence[KeptClip], clips: Collection[str], older_than: float | None, now: float
) -> list[KeptClip]:
    """Those that are named, and unused for long enough.

    Raises
    ------
    typer.BadParameter
        Nothing is kept of one.
    """
    named = list(found)
    if clips:
        named = [clip for text in clips for clip in _named(found, text)]
    least = 0.0 if older_than is None else older_than * _DAY_S
    return [clip for clip in named if now - clip.used_s >= least]


def _named(found: Sequence[KeptClip], text: str) -> list[KeptClip]:
    from speaker_boxes.file_digest import file_digest

    sha256 = file_digest(Path(text)) if Path(text).is_file() else None
    same = [
        clip
        for clip in found
        if clip.sha256 == sha256
        or (sha256 is None and text in (clip.source, last_part(clip.source)))
    ]
    if not same:
        raise typer.BadParameter(f"nothing is kept of {text}")
    return same


def _line(clip: KeptClip, now: float) -> str:
    size = f"{clip.n_bytes / 1e6:.1f} MB"
    return f"  {size:>9}, {age(now - clip.used_s)} ago: {one_line(clip.source)}"


def _as_json(clip: KeptClip, now: float) -> dict[str, object]:
    return {
        "clip": clip.source,
        "sha256": clip.sha256,
        "bytes": clip.n_bytes,
        "age_s": round(now - clip.used_s, 1),
    }


def _amount(n_clips: int, n_bytes: int) -> str:
    return f"{n_clips} {'clip' if n_clips == 1 else 'clips'}, {n_bytes / 1e6:.1f} MB"
