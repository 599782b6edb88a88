"""How long work tells how far it is: a callback, so that the library prints nothing."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, how much is done, and how much there is in all (``None``: unknown).

Whatever it raises ends the work, and everything that is open is closed: that is how to cancel.
"""


def no_progress(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""
