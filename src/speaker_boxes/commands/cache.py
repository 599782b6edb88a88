"""``speaker-boxes cache``: what is kept of clips, and how to be rid of it."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cache")(cache)


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything that is kept.")] = False,
) -> None:
    """Show where the faces of clips are kept, so that another choice takes a moment."""
    from speaker_boxes.detect.run.cache import Cache

    kept = Cache()
    n_clips, n_bytes = kept.size()
    if clear:
        kept.clear()
        typer.echo(f"removed {_amount(n_clips, n_bytes)} from {kept.folder}")
    else:
        limit = kept.max_bytes / 1e6
        typer.echo(f"{kept.folder}: {_amount(n_clips, n_bytes)}, at most {limit:.0f} MB")


def _amount(n_clips: int, n_bytes: int) -> str:
    return f"{n_clips} {'clip' if n_clips == 1 else 'clips'}, {n_bytes / 1e6:.1f} MB"
