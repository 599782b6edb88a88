"""How much is said: -q, -v and --log-file, which every command takes."""

from __future__ import annotations

import functools
import inspect
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_type_hints

import typer

from speaker_boxes.commands.common.option_groups import options_of
from speaker_boxes.commands.common.settings import settings_path
from speaker_boxes.errors import OutputError

logger = logging.getLogger(__name__)

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """What goes to stderr, and to a log."""

    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", help="Print nothing but errors, and what there is no file for."
        ),
    ] = False
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            help="Log on stderr what is done; -vv for all there is.",
        ),
    ] = 0
    log_file: Annotated[
        Path | None,
        typer.Option(
            "--log-file", metavar="FILE", help="Add all there is to log to the end of a file."
        ),
    ] = None


_USUAL = Loudness()
_now: ContextVar[Loudness] = ContextVar("loudness", default=_USUAL)


_wants_json: ContextVar[bool] = ContextVar("wants_json", default=False)


def is_quiet() -> bool:
    """Whether only errors are to be said."""
    return _now.get().quiet


def is_logged() -> bool:
    """Whether warnings are in a log on stderr already."""
    return _now.get().verbose > 0


def note_json(value: bool) -> bool:
    """Remember whether stdout is for a program: then it is told of a failure there, too."""
    _wants_json.set(value)
    return value


def wants_json() -> bool:
    """Whether --json was given."""
    return _wants_json.get()


def say(line: str, *, err: bool = False) -> None:
    """Print what is done, unless nobody wants to know."""
    if not is_quiet():
        typer.echo(line, err=err)


def with_loudness(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of ``Loudness``, which hold while it runs."""
    hints = get_type_hints(command, include_extras=True)
    own = [
        parameter.replace(
            kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints.get(name, parameter.annotation)
        )
        for name, parameter in inspect.signature(command).parameters.items()
    ]
    shared = options_of(Loudness)

    @functools.wraps(command)
    def loud(**given: object) -> None:
        how = Loudness(**{each.name: given.pop(each.name) for each in shared})  # type: ignore[arg-type] # typer has read them by their types
        with _logging(how):
            command(**given)

    loud.__annotations__ = {each.name: each.annotation for each in (*own, *shared)}
    loud.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined] # PEP 362
    return loud


class _Stderr(logging.Handler):
    """To what stderr is now: the progress bar puts itself in between."""

    def emit(self, record: logging.LogRecord) -> None:
        print(" ".join(self.format(record).split()), file=sys.stderr)


@contextmanager
def _logging(how: Loudness) -> Iterator[None]:
    ours = logging.getLogger("speaker_boxes")
    handlers: list[logging.Handler] = []
    if how.verbose:
        handlers.append(_Stderr(logging.INFO if how.verbose == 1 else logging.DEBUG))
    if how.log_file is not None:
        handlers.append(_log_file(how.log_file))
    level, token = ours.level, _now.set(how)
    for handler in handlers:
        handler.setFormatter(logging.Formatter(_FORMAT))
        ours.addHandler(handler)
    if handlers:
        ours.setLevel(min(handler.level for handler in handlers))
        path = settings_path()
        logger.info("settings: %s%s", path, "" if path.is_file() else ", which is not there")
    try:
        yield
    finally:
        _now.reset(token)
        ours.setLevel(level)
        for handler in handlers:
            ours.removeHandler(handler)
            handler.close()


def _log_file(path: Path) -> logging.Handler:
    try:
        _check_log(path)
        handler = logging.FileHandler(path, encoding="utf-8", errors="replace")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    handler.setLevel(logging.DEBUG)
    return handler


def _check_log(path: Path) -> None:
    """Refuse what would wait for a reader for ever, and a clip whose name came by mistake."""
    if path.is_fifo():
        # O_NONBLOCK: an error where nobody reads
        os.close(os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)))
    if path.is_file():
        with path.open("rb") as file:
            if b"\0" in file.read(4096):
                raise OutputError(f"cannot write {path}: it is there already, and is no log")
