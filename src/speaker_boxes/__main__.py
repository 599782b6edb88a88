"""The program: ``speaker-boxes``, and ``python -m speaker_boxes``."""

from __future__ import annotations

import gc
import signal
import sys
from types import FrameType

_GC_THRESHOLD = 10_000
"""New objects after which cycles are looked for: a tenth of choosing again in a known clip."""


def main() -> None:
    """Run the command; interrupted while it is still being loaded, end as it would later."""
    ended_by = _end_as_interrupted()
    # a hundred thousand objects of imports stay to the end: not to be looked through every 700
    gc.set_threshold(_GC_THRESHOLD)
    try:
        from speaker_boxes.native_stderr import keep_stderr, open_closed_streams

        open_closed_streams()
        from speaker_boxes import cli

        keep_stderr()
        cli.main()
    except KeyboardInterrupt:
        print("speaker-boxes: interrupted", file=sys.stderr)
        sys.exit(128 + (ended_by[0] if ended_by else signal.SIGINT))
    except SystemExit:
        if ended_by:
            sys.exit(128 + ended_by[0])
        raise
    finally:
        # the process ends: what is left is not looked through once more, for a fifth of a second
        gc.freeze()


def _end_as_interrupted() -> list[int]:
    """Let what a system or a closed terminal asks for end us as Ctrl-C does: tidily.

    Returns
    -------
    list of int
        Gets the number of the signal when one has come; a second one changes nothing.
    """
    ended_by: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not ended_by:
            ended_by.append(number)
            raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # whoever started us with nohup means it
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)
    return ended_by


if __name__ == "__main__":
    main()
