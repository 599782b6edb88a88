"""The command: arguments, exit status, messages. Each sub-command has a module of its own."""

from __future__ import annotations

import sys

import typer

from speaker_boxes.commands import register_all
from speaker_boxes.errors import NoSpeakerError, SpeakerBoxesError
from speaker_boxes.libraries import explain_load_error

EXIT_FAILED, EXIT_NO_SPEAKER, EXIT_INTERRUPTED = 1, 3, 130

app = typer.Typer(
    help="Frame-aligned speaker boxes for the Sync lip-sync API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
register_all(app)


def main() -> None:
    """Run the command; the one place where our errors become an exit status."""
    try:
        app()  # typer: parses, dispatches, exits 2 on wrong usage and 130 on Ctrl-C
    except SpeakerBoxesError as error:
        print(f"speaker-boxes: error: {error}", file=sys.stderr)
        sys.exit(EXIT_NO_SPEAKER if isinstance(error, NoSpeakerError) else EXIT_FAILED)
    except ImportError as error:  # a system library that OpenCV loads
        print(f"speaker-boxes: error: {explain_load_error(error)}", file=sys.stderr)
        sys.exit(EXIT_FAILED)
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:
            print("speaker-boxes: interrupted", file=sys.stderr)
        raise
