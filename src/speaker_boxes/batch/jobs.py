"""A file with a job a line: what each clip's is, and what is wrong with a line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from speaker_boxes.batch.results import JobResult, failed
from speaker_boxes.click import Click, parse_click
from speaker_boxes.detect.detectors.registry import DEFAULT, DetectorChoice
from speaker_boxes.errors import SpeakerBoxesError
from speaker_boxes.fetch.source import is_url
from speaker_boxes.files import (
    boxes_path_for,
    job_path_beside,
    read_whole,
    report_path_for,
    turns_path_for,
)
from speaker_boxes.follow.target import Target
from speaker_boxes.track.identity.names import Who, check_names, check_number, clean_name
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.turns import Turn
from speaker_boxes.track.output.turns_file import parse_turns, read_turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One clip to do: what ``track`` takes as arguments."""

    line: int
    """Where it stands in the file, from 1."""
    clip: str
    """Path or http(s) URL."""
    target: Target = field(default_factory=Target)
    """Whom to follow."""
    output: str
    """Name of the boxes' file, below the folder of the outputs."""
    stream: int | None = None
    max_gap_s: float | None = None
    """Longest gap that gets a box; as for all jobs if ``None``."""
    detectors: DetectorChoice | None = None
    """What finds the faces; as for all jobs if ``None``."""

    @property
    def boxes_names(self) -> dict[str, str]:
        """File of each array of boxes, by the speaker's name; ``""`` if there is one array."""
        names = self.target.names
        return {name: boxes_path_for(Path(self.output), name).as_posix() for name in names}

    @property
    def outputs(self) -> list[str]:
        """Every file that may be written for it, below the folder of the outputs."""
        boxes = [Path(name) for name in self.boxes_names.values()]
        turns = [] if self.target.active is None else [turns_path_for(Path(self.output))]
        # what is submitted is noted beside its boxes: to lose that note may be to pay twice
        beside = (report_path_for, job_path_beside)
        paths = [path for each in boxes for path in (each, *(name(each) for name in beside))]
        return [path.as_posix() for path in (*paths, *turns)]


def read_jobs(
    path: Path, *, active_speaker: str | None = None
) -> tuple[list[Job], list[JobResult]]:
    """Read a file with a job a line, and say of each bad line why it is.

    A job is ``{"clip": "a.mp4", "at": ["0:300,200"], "output": "a.json"}``; all but the clip may
    be left out. Further keys are those of ``Job``. Paths are relative to the file.
    ``"active_speaker"``, one or turns, takes the place of clicks; the argument is for all jobs
    that have neither.
    """
    jobs: list[Job] = []
    bad: list[JobResult] = []
    taken: set[str] = set()
    for number, line in job_lines(path):
        try:
            job = _read_job(line, number, path.parent, active_speaker)
            mine = {_same_file(name): name for name in job.outputs}
            if both := taken & set(mine):
                raise ValueError(f"its output {mine[min(both)]} is another job's too; name one")
        except (ValueError, SpeakerBoxesError) as error:
            shown = line.decode(errors="replace").strip()[:200]
            bad.append(failed(number, shown, "", "", str(error)))
        else:
            taken |= set(mine)
            jobs.append(job)
    return jobs, bad


def job_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not empty, with their numbers, from 1.

    By bytes: a letter that is none, or a line end that is only Unicode's, is one line's matter. A
    byte order mark stands where files were put together, too.
    """
    for number, line in enumerate(read_whole(path).split(b"\n"), 1):
        if text := line.removeprefix(b"\xef\xbb\xbf").strip():
            yield number, text


def spelled_job(line: bytes) -> dict[str, Any]:
    """The object of a line.

    Raises
    ------
    ValueError
        It is none, or has no clip.
    """
    try:
        spelled: Any = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON: {error}") from error
    if not isinstance(spelled, dict) or not isinstance(spelled.get("clip"), str):
        raise ValueError('a job is an object with a "clip"')
    return spelled


def _same_file(name: str) -> str:
    """One spelling for names that are one file, on this system at least."""
    name = os.path.normcase(os.path.normpath(name))
    return name.casefold() if sys.platform == "darwin" else name


def _read_job(line: bytes, number: int, folder: Path, active_speaker: str | None) -> Job:
    spelled = spelled_job(line)
    known = {*_TARGET_READERS, *_READERS}
    if unknown := sorted(set(spelled) - known - {"clip", "detector_model", *_SENT}):
        raise ValueError(f"unknown key {unknown[0]}; known: {', '.join(sorted(known))}")
    clip = _name(spelled["clip"], "clip")
    clip = clip if is_url(clip) else str(folder / clip)
    found = _read_all(_READERS, spelled)
    stem = PurePosixPath(clip.replace(chr(92), "/")).stem
    found["output"] = _output(found.get("output", f"{stem}.json"), "output")
    found |= _detectors(found.pop("detector", None), spelled.get("detector_model"), folder)
    target = _target(spelled, folder)
    if target.active is None and not _is_named(target):
        target = replace(target, active=active_speaker)
    return Job(line=number, clip=clip, target=target, **found)


def _read_all(readers: Readers, spelled: Mapping[str, object]) -> dict[str, Any]:
    """Fields by name, of those keys that are there."""
    return {
        name: read(spelled[key], key)
        for key, (name, read) in readers.items()
        if spelled.get(key) is not None
    }


def _target(spelled: Mapping[str, object], folder: Path) -> Target:
    """Whom a line means; said in one way only."""
    found = _read_all(_TARGET_READERS, spelled)
    if "face" in found:
        found["face"] = folder / found["face"]
    found |= _turns(found.pop("turns", None), found.get("speakers", {}), folder)
    target = Target(**found)
    one = bool(target.clicks or target.face)
    if target.person is not None and (target.speakers or one):
        raise ValueError('"person" says who is meant; leave out "speakers", "at" and "face"')
    if target.speakers and one:
        raise ValueError('"speakers" says who is meant; leave out "at" and "face"')
    if target.active is not None and _is_named(target):
        raise ValueError('"active_speaker" finds out who is meant; leave out clicks and "face"')
    return target


def _is_named(target: Target) -> bool:
    """Whether the line itself says who it is."""
    return bool(target.speakers or target.clicks or target.face) or target.person is not None


def _detectors(name: str | None, model: object, folder: Path) -> dict[str, DetectorChoice]:
    if name is None and model is None:
        return {}
    file = None if model is None else folder / _name(model, "detector_model")
    return {"detectors": DetectorChoice(name or DEFAULT, file)}


def _turns(
    value: object, speakers: Mapping[str, object], folder: Path
) -> dict[str, tuple[Turn, ...]]:
    if value is None:
        return {}
    if not speakers:
        raise ValueError('"turns" needs "speakers"')
    if isinstance(value, str):
        return {"turns": tuple(read_turns(folder / _name(value, "turns"), speakers))}
    return {"turns": tuple(parse_turns(value, speakers, "turns"))}


def _name(value: object, key: str) -> str:
    """A text that can be the name of a file."""
    if not isinstance(value, str) or not value:
        raise ValueError(f'"{key}" is a text')
    try:
        fits = b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        fits = False
    if not fits:
        raise ValueError(f'"{key}" cannot be the name of a file: {value!r}')
    return value


def _output(value: object, key: str) -> str:
    name = _name(value, key)
    path = Path(name)
    if not name.endswith(".json") or path.is_absolute() or path.drive or ".." in path.parts:
        raise ValueError('"output" is the name of a file below the output folder, with .json')
    return name


def _clicks(value: object, key: str) -> tuple[Click, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f'"{key}" is a list of FRAME:X,Y')
    return tuple(parse_click(each) for each in value)


def _speakers(value: object, key: str) -> dict[str, Who]:
    if not isinstance(value, dict):
        raise ValueError(f'"{key}" is {{"NAME": [FRAME:X,Y]}}, or {{"NAME": N}} with a number')
    speakers: dict[str, Who] = {
        clean_name(name): check_number(who) if isinstance(who, int) else _clicks(who, name)
        for name, who in value.items()
    }
    check_names(speakers)
    if nobody := [name for name, who in speakers.items() if not who]:
        raise ValueError(f"{nobody[0]} needs a click")
    return speakers


def _switch(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f'"{key}" is true or false')
    return value


def _index(value: object, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise ValueError(f'"{key}" is a number')
    return value


def _person(value: object, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 1 << 31:
        raise ValueError(f'"{key}" is a number from 1')
    return value


def _seconds(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f'"{key}" is a number of seconds')
    return TrackOptions(max_gap_s=value).max_gap_s


def _active(value: object, key: str) -> str:
    if value not in ("one", "turns"):
        raise ValueError(f'"{key}" is one or turns')
    return str(value)


def _as_it_is(value: object, key: str) -> object:
    return value


Readers: TypeAlias = Mapping[str, tuple[str, Callable[[object, str], object]]]
"""Keys of a line, the field each one is, and what reads it; as the options of ``track``."""
_TARGET_READERS: Readers = {
    "at": ("clicks", _clicks),
    "face": ("face", _name),
    "person": ("person", _person),
    "only_clicked_shots": ("only_clicked_shots", _switch),
    "speakers": ("speakers", _speakers),
    "turns": ("turns", _as_it_is),
    "active_speaker": ("active", _active),
}
"""Whom to follow."""
_READERS: Readers = {
    "output": ("output", _name),
    "stream": ("stream", _index),
    "max_gap": ("max_gap_s", _seconds),
    "detector": ("detector", _name),
}
"""All else."""
_SENT = frozenset({"audio", "text", "voice", "boxes_url"})
"""Keys of what is submitted with the boxes, which is not read here."""
