"""A progress bar on stderr, if somebody is looking."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from speaker_boxes.progress import Progress, no_progress


@contextlib.contextmanager
def shown_progress() -> Iterator[Progress]:
    """A progress callback that draws one bar a stage; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show
