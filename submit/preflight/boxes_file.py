"""Read what tracking wrote: the boxes, and the report beside them. Both may have been edited."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.detect.decode.metadata_json import facts_from_json
from speaker_boxes.errors import BoxesFileError
from speaker_boxes.files import read_whole, report_path_for
from speaker_boxes.submit.schema.request import Box
from speaker_boxes.submit.schema.serialize import first_error

Rows = list[list[int] | None]
"""One ``[x1, y1, x2, y2]`` or ``None`` for each frame."""

M = TypeVar("M", bound=BaseModel)


class _BoxesFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bounding_boxes: Annotated[list[Box | None], Field(min_length=1)]


class _Report(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    format: Literal[1]
    clip: dict[str, Any]


def read_boxes(path: Path) -> Rows:
    """Read ``{"bounding_boxes": [...]}``, or the array alone.

    Raises
    ------
    BoxesFileError
        It cannot be read, or is something else; the message names the first entry that is wrong.
    """
    rows: Rows = _read(_BoxesFile, path, "boxes file", _with_key).bounding_boxes
    return rows


def _with_key(value: object) -> object:
    """The API's own examples have the array alone."""
    if isinstance(value, list):
        return {"bounding_boxes": value}
    if not isinstance(value, dict) or "bounding_boxes" not in value:
        raise ValueError('it holds neither a list of boxes nor {"bounding_boxes": [...]}')
    return value


def read_report(boxes: Path) -> ClipFacts | None:
    """What the report beside a boxes file says of its clip; ``None`` if there is no report.

    Raises
    ------
    BoxesFileError
        There is one, and it does not say it.
    """
    path = report_path_for(boxes)
    if not path.is_file():
        return None
    clip = _read(_Report, path, "report").clip
    try:
        return facts_from_json(clip)
    except ValueError as error:
        raise BoxesFileError(f"{path} is no report: clip.{error}") from error


def boxes_as_json(rows: Rows) -> str:
    """What a boxes file holds, and what is to be hosted for ``bounding_boxes_url``."""
    return json.dumps({"bounding_boxes": rows}, separators=(",", ":")) + "\n"


def _read(
    model: type[M], path: Path, what: str, form: Callable[[object], object] = lambda value: value
) -> M:
    try:
        value = from_json(read_whole(path))
    except OSError as error:
        raise BoxesFileError(f"cannot read {what} {path}: {error.strerror}") from error
    except ValueError as error:
        raise BoxesFileError(f"{path} is no {what}: it is not JSON ({error})") from error
    try:
        return model.model_validate(form(value))
    except ValidationError as error:
        raise BoxesFileError(f"{path} is no {what}: {first_error(error)}") from error
    except ValueError as error:
        raise BoxesFileError(f"{path} is no {what}: {error}") from error
