"""Edits of one clip as values: who is meant, what is one person, what holds over a span.

A face is always named by a click on it, never by the number of a track: numbers change with the
detector and with versions of this package. A span is frames ``[first, end)``.

What is applied, in this order: ``parts`` and ``joins`` change what is one face and one person,
``speakers`` choose, ``spans`` overrule what comes of it, the later one where two overlap, and
``turns`` say whose box each frame has in the end. Clicks mean tracks as ``parts`` leave them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from speaker_boxes.click import Click
from speaker_boxes.track.identity.names import check_names
from speaker_boxes.track.output.turns import Turn, check_turns

Box: TypeAlias = tuple[float, float, float, float]
"""``x1, y1, x2, y2`` in pixels of the upright frame, the end exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerEdit:
    """One speaker, and what was said of single tracks."""

    name: str
    """Empty for the only speaker of a clip."""
    clicks: tuple[Click, ...]
    """On this person's face, at least one."""
    tracks_yes: tuple[Click, ...] = ()
    """On tracks that were in doubt and are this person's."""
    tracks_no: tuple[Click, ...] = ()
    """On tracks that are not this person's."""

    def __post_init__(self) -> None:
        if not (self.clicks or self.tracks_yes):
            raise ValueError(f"speaker {self.name!r} needs a click")
        _check_have_frames((*self.clicks, *self.tracks_yes, *self.tracks_no))


@dataclass(frozen=True, slots=True)
class Join:
    """Two faces that are one person."""

    a: Click
    b: Click

    def __post_init__(self) -> None:
        _check_have_frames((self.a, self.b))


@dataclass(frozen=True, slots=True)
class Part:
    """A track that passed from one person to another: two people from ``frame`` on."""

    click: Click
    frame: int
    """First frame of the second person."""

    def __post_init__(self) -> None:
        _check_have_frames((self.click,))
        if self.frame < 1:
            raise ValueError(f"a track is parted at frame 1 or later, got {self.frame}")


@dataclass(frozen=True, slots=True)
class _Span:
    speaker: str
    first: int
    """First frame."""
    end: int
    """Frame after the last one."""

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.end:
            raise ValueError(f"a span is [first, end) of frames, got [{self.first}, {self.end})")


@dataclass(frozen=True, slots=True)
class NullSpan(_Span):
    """Nobody: no box."""


@dataclass(frozen=True, slots=True)
class PersonSpan(_Span):
    """The box of whoever is under the click, and of nobody else."""

    click: Click

    def __post_init__(self) -> None:
        # ``super()`` without arguments fails in a class that slots made anew
        _Span.__post_init__(self)
        _check_have_frames((self.click,))


@dataclass(frozen=True, slots=True)
class KeyBox:
    """A box drawn by hand in one frame."""

    frame: int
    box: Box

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.box
        if not (x1 < x2 and y1 < y2):
            raise ValueError(f"the box at frame {self.frame} has no area: {list(self.box)}")


@dataclass(frozen=True, slots=True)
class BoxSpan(_Span):
    """A box drawn at key frames.

    Between two of them each side moves evenly from frame to frame; before the first and after
    the last it stays.
    """

    keys: tuple[KeyBox, ...]
    """At least one, rising, within the span."""

    def __post_init__(self) -> None:
        _Span.__post_init__(self)
        frames = [key.frame for key in self.keys]
        if not frames or frames != sorted(set(frames)):
            raise ValueError(f"keys must be of rising frames and at least one, got {frames}")
        if frames[0] < self.first or frames[-1] >= self.end:
            raise ValueError(f"keys {frames} are not all in the span [{self.first}, {self.end})")


Span: TypeAlias = NullSpan | PersonSpan | BoxSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """All that was done by hand to one clip."""

    clip_sha256: str
    """Digest of the file, in hex: edits of one clip mean nothing for another."""
    clip_name: str = ""
    """For people."""
    speakers: tuple[SpeakerEdit, ...]
    """At least one; one whose name is empty is alone."""
    joins: tuple[Join, ...] = ()
    parts: tuple[Part, ...] = ()
    spans: tuple[Span, ...] = ()
    turns: tuple[Turn, ...] = ()
    """None: each speaker has boxes of their own. Some: one array, of whoever speaks."""
    detector: str | None = None
    """What found the faces, as ``DetectorChoice.name``; the usual one if ``None``."""
    stream: int | None = None
    """Index of the video stream; FFmpeg's own choice if ``None``."""
    max_gap_s: float | None = None
    """``TrackOptions.max_gap_s``, if it is not the default."""

    def __post_init__(self) -> None:
        names = [speaker.name for speaker in self.speakers]
        if len(set(names)) != len(names):
            raise ValueError(f"speakers must differ in name, got {names}")
        if names != [""]:
            check_names(names)
        for span in self.spans:
            if span.speaker not in names:
                raise ValueError(f"a span is of {span.speaker!r}, the speakers are {names}")
        check_turns(self.turns, names)


def click_at(frame: int, x: float, y: float) -> Click:
    """A click in a frame: how edits name a face."""
    return Click(frame=frame, x=x, y=y)


def _check_have_frames(clicks: Iterable[Click]) -> None:
    for click in clicks:
        if click.frame is None:
            raise ValueError(f"a click of edits names a frame, got {click}")


def speaker_names(edits: Edits) -> Sequence[str]:
    """Of each array that comes out: ``[""]`` if there is one only."""
    return [""] if edits.turns else [speaker.name for speaker in edits.speakers]
