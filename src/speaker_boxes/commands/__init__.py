"""The sub-commands, a module each. What is heavy is imported where a command runs."""

from __future__ import annotations

import typer

from speaker_boxes.commands import (
    batch,
    cache,
    check,
    cost,
    jobs,
    normalize,
    people,
    pick,
    preview,
    probe,
    report,
    run,
    status,
    submit,
    track,
)
from speaker_boxes.commands.common.loudness import with_loudness


def register_all(app: typer.Typer) -> None:
    """Add every sub-command to ``app``, in the order in which the help shows them."""
    people.register(app)
    pick.register(app)
    track.register(app)
    preview.register(app)
    report.register(app)
    probe.register(app)
    normalize.register(app)
    check.register(app)
    submit.register(app)
    run.register(app)
    status.register(app)
    cost.register(app)
    jobs.register(app)
    batch.register(app)
    cache.register(app)
    for info in app.registered_commands:
        if info.callback is not None:
            info.callback = with_loudness(info.callback)
