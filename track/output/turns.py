"""Who speaks when: several speakers' boxes as one array, each in their turns."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from speaker_boxes.progress import counted
from speaker_boxes.track.output.result import FrameBoxes, SpeakerBoxes, Status

if TYPE_CHECKING:
    from speaker_boxes.track.output.speech_findings import SpeechFindings

logger = logging.getLogger(__name__)

SpeakerIndex = npt.NDArray[np.int64]
"""Shape (n_frames,): index of the speaker whose turn each frame is, -1 for nobody."""

_MAX_LISTED = 5
"""Turns without a frame that are named; of more only the number is said."""
_ROUNDING_S = 0.0005
"""Turns are often written in whole milliseconds: a frame this much before one is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A span in which one person speaks."""

    start_s: float
    """Seconds by the clip's own timestamps."""
    end_s: float
    """Seconds, exclusive."""
    speaker: str
    audio_start_s: float | None = None
    """Where in the speaker's sound this turn's part begins, seconds; ``None`` leaves it to the
    layout of the sound."""

    def __post_init__(self) -> None:
        for name in ("start_s", "end_s", "audio_start_s"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} must be finite, got {value}")
        if self.audio_start_s is not None and self.audio_start_s < 0:
            raise ValueError(f"audio_start_s must not be negative, got {self.audio_start_s:g}")
        if self.end_s <= self.start_s:
            raise ValueError(f"end_s {self.end_s:g} is not after start_s {self.start_s:g}")

    def __str__(self) -> str:
        return f"{self.speaker} from {self.start_s:g} s to {self.end_s:g} s"


@dataclass(frozen=True, slots=True, eq=False)
class TurnBoxes(FrameBoxes):
    """For each decoded frame of a clip the box of whoever speaks then.

    A frame's status is that of the speaker whose turn it is.
    """

    speaker_index: SpeakerIndex
    """Shape (n_frames,): index in ``names``, -1 for nobody."""
    speakers: Mapping[str, SpeakerBoxes]
    """Each one's boxes over the whole clip."""
    turns: tuple[Turn, ...]
    speech: SpeechFindings | None = None
    """Where the turns come from, if they were found and not given."""

    @property
    def names(self) -> tuple[str, ...]:
        """The speakers, as ``speaker_index`` counts them."""
        return tuple(self.speakers)

    def __repr__(self) -> str:
        return f"<{self._summary()}, {counted(len(self.turns), 'turn')} of {', '.join(self.names)}>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """As ``SpeakerBoxes.to_dicts``, with the speaker whose turn it is, or ``None``."""
        names = [*self.names, None]  # the last one is for -1
        rows = FrameBoxes.to_dicts(self)  # super() does not know a class that was made with slots
        whose = self.speaker_index.tolist()
        return [row | {"speaker": names[i]} for row, i in zip(rows, whose, strict=True)]


def merge_by_turns(results: Mapping[str, SpeakerBoxes], turns: Sequence[Turn]) -> TurnBoxes:
    """Give each frame the box of whoever speaks then.

    Parameters
    ----------
    results
        Boxes of each speaker by name, all of one clip: from ``track_speakers``.
    turns
        In any order. Turns of one speaker may overlap, turns of two may not.

    Returns
    -------
    TurnBoxes
        NaN where nobody speaks, and where whoever speaks is not seen; ``submit`` takes it.

    Raises
    ------
    ValueError
        The results are of different clips, a turn names nobody of them, or two speakers' turns
        overlap.
    """
    check_turns(turns, results)
    clips = [result.video for result in results.values()]
    if len({(clip.sha256, clip.n_frames) for clip in clips}) != 1:
        raise ValueError("results must be one clip's, got those of several or of none")
    speaker_index = speaker_of_frames(turns, tuple(results), clips[0].pts_s)
    n_frames = clips[0].n_frames
    boxes = np.full((n_frames, 4), np.nan, dtype=np.float32)
    status = np.full(n_frames, Status.NO_TURN, dtype=np.uint8)
    for index, result in enumerate(results.values()):
        mine = speaker_index == index
        boxes[mine], status[mine] = result.boxes[mine], result.status_codes[mine]
    return TurnBoxes(clips[0], boxes, status, speaker_index, dict(results), tuple(turns))


def mask_outside_turns(
    results: Mapping[str, SpeakerBoxes], turns: Sequence[Turn]
) -> dict[str, SpeakerBoxes]:
    """Leave each speaker's array empty outside their turns; parameters as in ``merge_by_turns``."""
    taken = merge_by_turns(results, turns)
    limited = {}
    for index, (name, result) in enumerate(results.items()):
        other = taken.speaker_index != index
        limited[name] = replace(
            result,
            boxes=np.where(other[:, None], np.float32(np.nan), result.boxes),
            status_codes=np.where(other, np.uint8(Status.NO_TURN), result.status_codes),
        )
    return limited


def check_turns(turns: Sequence[Turn], names: Collection[str]) -> None:
    """Refuse turns of people who are not there, and two people speaking at once.

    Raises
    ------
    ValueError
        The message names the turn by its place, ``turns[0]`` being the first.
    """
    for i, turn in enumerate(turns):
        if turn.speaker not in names:
            known = ", ".join(names)
            raise ValueError(f"turns[{i}] is of {turn.speaker!r}, the speakers are {known}")
    order = sorted(range(len(turns)), key=lambda i: (turns[i].start_s, turns[i].end_s))
    last: dict[str, int] = {}  # of each speaker the turn that ends last so far
    for i in order:
        for name, j in last.items():
            if name != turns[i].speaker and turns[i].start_s < turns[j].end_s:
                raise ValueError(
                    f"turns[{i}] ({turns[i]}) overlaps turns[{j}] ({turns[j]}); "
                    "one array holds one speaker at a time"
                )
        before = last.get(turns[i].speaker)
        if before is None or turns[before].end_s < turns[i].end_s:
            last[turns[i].speaker] = i


def speaker_of_frames(
    turns: Sequence[Turn],
    names: Sequence[str],
    pts_s: npt.NDArray[np.float64],
    *,
    quiet: bool = False,
) -> SpeakerIndex:
    """Say for each frame who speaks.

    Parameters
    ----------
    pts_s : (n_frames,)
        Time of each frame in seconds.
    quiet
        Do not warn of turns without a frame.
    """
    speaker_index = np.full(len(pts_s), -1, dtype=np.int64)
    times = pts_s + _ROUNDING_S
    empty: list[int] = []
    for i, turn in enumerate(turns):
        mine = (times >= turn.start_s) & (times < turn.end_s)
        if not (mine.any() or quiet):
            empty.append(i)
        speaker_index[mine] = names.index(turn.speaker)
    for i in empty[:_MAX_LISTED]:
        logger.warning(
            "turns[%d] (%s) holds no frame; the clip lasts from %.3f s to %.3f s",
            i, turns[i], float(pts_s.min()), float(pts_s.max()),
        )  # fmt: skip
    if len(empty) > _MAX_LISTED:
        logger.warning("%d turns more hold no frame", len(empty) - _MAX_LISTED)
    return speaker_index
