"""The program: ``speaker-boxes``, and ``python -m speaker_boxes``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; interrupted while it is still being loaded, end as it would later."""
    try:
        from speaker_boxes.native_stderr import keep_stderr, open_closed_streams

        open_closed_streams()
        from speaker_boxes import cli

        keep_stderr()
        cli.main()
    except KeyboardInterrupt:
        print("speaker-boxes: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
