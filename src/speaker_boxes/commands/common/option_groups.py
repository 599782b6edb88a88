"""Commands whose options come in groups: a dataclass is one parameter here, many on the terminal.

An option that several commands take is declared once, as a field of such a class, and is handed
on as one value::

    @dataclass(frozen=True, kw_only=True)
    class ClipOptions:
        stream: Annotated[int | None, typer.Option("--stream")] = None

    @with_options
    def probe(clip: str, *, clip_options: ClipOptions) -> None: ...
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import get_type_hints


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let typer see each field of a dataclass among the parameters as an option of its own.

    Every field has a default; no two groups of a command have a field of the same name.
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {
        name: kind for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind)
    }
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in groups:
            parameters += options_of(groups[parameter.name])
        else:
            annotation = hints[parameter.name]
            parameters.append(
                parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
            )

    @functools.wraps(command)
    def gathered(**given: object) -> None:
        built = {
            name: kind(**{field.name: given.pop(field.name) for field in fields(kind)})
            for name, kind in groups.items()
        }
        command(**given, **built)

    gathered.__annotations__ = {each.name: each.annotation for each in parameters}
    gathered.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # PEP 362
    return gathered


def options_of(group: type) -> list[inspect.Parameter]:
    """The fields of a group, as a command's parameters."""
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        if field.default is MISSING:
            raise TypeError(f"{group.__name__}.{field.name} has no default")
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]
