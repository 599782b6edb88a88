"""The command: arguments, exit status, messages. Each sub-command has a module of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import Annotated

import typer

from speaker_boxes.commands import Commands, load_command
from speaker_boxes.commands.common.loudness import note_json, wants_json
from speaker_boxes.commands.common.settings import (
    apply_cache,
    defaults_of,
    read_settings,
    settings_path,
)
from speaker_boxes.commands.common.terminal import printable
from speaker_boxes.commands.common.wording import error_json, error_line
from speaker_boxes.errors import NoSpeakerError, SpeakerBoxesError
from speaker_boxes.system_libraries import explain_load_error

EXIT_FAILED, EXIT_NO_SPEAKER, EXIT_INTERRUPTED = 1, 3, 130

app = typer.Typer(
    cls=Commands,
    help="Frame-aligned speaker boxes for the Sync lip-sync API.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Each command has more: speaker-boxes COMMAND -h. What is wanted each time may stand in "
    "config.toml in the user's configuration folder (-v says where), or in SPEAKER_BOXES_DETECTOR, "
    "_WORKERS, _CACHE and _MODEL.",
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"speaker-boxes {version('speaker-boxes')}")
        raise typer.Exit


@app.callback()
def _with_settings(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """Read the user's settings, from which commands take what their arguments do not say."""
    settings = read_settings(settings_path())
    apply_cache(settings)
    if (name := context.invoked_subcommand) is not None:
        options = {str(parameter.name) for parameter in load_command(name).params}
        context.default_map = {name: defaults_of(settings, options)}


def main() -> None:
    """Run the command; the one place where our errors become an exit status."""
    try:
        _run()
    except SpeakerBoxesError as error:
        _complain(error_line(error))
        if wants_json():
            print(json.dumps({"error": error_json(error)}))
        sys.exit(EXIT_NO_SPEAKER if isinstance(error, NoSpeakerError) else EXIT_FAILED)
    except ImportError as error:  # a system library that OpenCV loads
        _complain(explain_load_error(error))
        sys.exit(EXIT_FAILED)
    except OSError as error:  # what no stage could put into better words: stdout on a full disk
        _complain(": ".join(filter(None, [str(error.filename or ""), error.strerror])))
        with contextlib.suppress(OSError, ValueError):
            # what is left to write goes nowhere, or Python would complain a second time
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:
            print("speaker-boxes: interrupted", file=sys.stderr)
        raise


def _run() -> None:
    """Parse and dispatch; typer exits 2 on wrong usage and 130 on Ctrl-C."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a name that the terminal has no letters for is no reason to fail when all is done
        sys.stdout.reconfigure(errors="replace")
    note_json(False)
    try:
        app(prog_name="speaker-boxes")
    finally:
        if sys.stdout is not None:  # closed by who started us
            sys.stdout.flush()


def _complain(message: str) -> None:
    print(f"speaker-boxes: error: {printable(message)}", file=sys.stderr)
