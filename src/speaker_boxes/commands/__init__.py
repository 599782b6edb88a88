"""The sub-commands, a module each, imported when it is asked for: the list of all takes none."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from speaker_boxes.commands.common.loudness import with_loudness

COMMANDS = {
    "people": "List who is in a clip: a line a person, with the point that chooses them in track.",
    "pick": "Open a page in the browser to see whose face is followed, to choose it and to mend.",
    "track": "Write one box, or null, of the speaker for every frame that decodes.",
    "preview": "Draw boxes over a clip, with its sound, for any browser; nothing is detected anew.",
    "report": "Write a report as one page, and print its shots: who has boxes, and why there are "
    "none.",
    "probe": "Decode a clip to its end and tell what came out, and where its header says "
    "otherwise.",
    "normalize": "Write a clip anew: constant rate, upright, square pixels, H.264 in MP4, with its "
    "sound.\n\n"
    "Track and submit the new file: then both sides count the same frames.",
    "check": "Look at boxes, clip and sound as submit would, send nothing, and list what was "
    "found.\n\n"
    "A key is not needed, and what is not there yet is not looked at.",
    "submit": "Send boxes, clip and sound to the Sync API; the key comes from SYNC_API_KEY.\n\n"
    "The job is noted in OUT.job.json before it is sent. Whatever happens, the same command goes "
    "on\nwith it, and nothing is paid twice.",
    "run": "Track the speaker, submit, wait, and download the result.\n\n"
    "Stopped at any point, the same command goes on with the same generation.",
    "status": "Ask how a generation stands; the job file is not touched.",
    "cost": "Ask what a generation would cost: by its request for URLs, by its length for files."
    "\n\nNothing is uploaded or generated.",
    "jobs": "List job files: state, age, generation, and the cost where it was asked for.\n\n"
    "The server is not asked; status FOLDER does that. The API documents no way to cancel a\n"
    "generation that was begun.",
    "batch": "Do many clips side by side; bad ones are reported, finished ones are left alone.",
    "cache": "Show what is kept of which clip, so that another choice takes a moment, or remove "
    "it.",
}
"""What the help says of each, in its order; the module and the function in it have its name."""


class Commands(TyperGroup):
    """All of them, none of which is imported until it is used."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: _NotYetLoaded(name, help=text) for name, text in COMMANDS.items()}


class _NotYetLoaded(TyperCommand):
    """Stands for a command in the list of all."""

    def make_context(self, *given: Any, **settings: Any) -> Any:
        return load_command(str(self.name)).make_context(*given, **settings)


@functools.cache
def load_command(name: str) -> TyperCommand:
    """A command with its options.

    Parameters
    ----------
    name
        A key of ``COMMANDS``.
    """
    function = getattr(import_module(f"{__name__}.{name}"), name)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, help=COMMANDS[name])(with_loudness(function))
    return cast(TyperCommand, typer.main.get_command(alone))
