"""What every command says on stderr: a progress bar on a terminal, warnings as plain lines."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from speaker_boxes.commands.common.loudness import is_logged, is_quiet
from speaker_boxes.commands.common.wording import remedy_words
from speaker_boxes.errors import Remedy
from speaker_boxes.progress import Progress, no_progress


def one_line(text: str) -> str:
    """The text with what would break the line, or steer the terminal, spelled out."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class _Lines(logging.Handler):
    """Each warning of ours is one line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print it to what stderr is now: the progress bar puts itself in between."""
        remedy = getattr(record, "remedy", None)
        words = f", {remedy_words(remedy)}" if isinstance(remedy, Remedy) else ""
        line = " ".join((record.getMessage() + words).split())
        print(f"speaker-boxes: {record.levelname.lower()}: {line}", file=sys.stderr)


def printable(text: str) -> str:
    """One line, whatever is in a file's name."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@contextmanager
def stderr_reporting() -> Iterator[Progress]:
    """Show warnings, and progress if stderr is a terminal; neither with -q."""
    handler = _Lines(logging.ERROR if is_quiet() or is_logged() else logging.WARNING)
    ours = logging.getLogger("speaker_boxes")
    ours.addHandler(handler)
    try:
        if is_quiet() or sys.stderr is None or not sys.stderr.isatty():
            yield no_progress
        else:
            with _bar() as progress:
                yield progress
    finally:
        ours.removeHandler(handler)


@contextmanager
def _bar() -> Iterator[Progress]:
    """One bar for each stage or clip; each vanishes when it is done."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Rate(ProgressColumn):
        """How much is done in a second: frames, or bytes of a download."""

        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:,.0f}/s")

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}
        # what has no number of its own: a bar that moves to and fro as long as there is no other
        working = bars.add_task("working", total=None)

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            # a header may claim fewer than there are
            total = max(done, total) if total else None
            bars.update(tasks[stage], completed=done, total=total, visible=done != total)
            shown = any(task.visible for task in bars.tasks if task.id != working)
            bars.update(working, visible=not shown)

        yield show
