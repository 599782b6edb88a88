"""Turns of a dialogue as segments of a request: which part of whose sound goes where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from speaker_boxes.submit.schema.request import Segment, SegmentAudio, SegmentOptions, Selection
from speaker_boxes.track.output.turns import Turn

AudioLayout = Literal["running", "whole"]
"""``running``: a speaker's sound holds the turns one after the other, without the time between.
``whole``: it lies along the clip, and each turn takes its own span of it."""
SelectIn = Literal["options", "segments"]
"""Where the faces of a dialogue are said: once in the request's ``options``, as the documentation
of speaker selection has it, or in each segment's ``optionsOverride``, as that of segments allows.
How boxes and segments combine is not documented."""


@dataclass(frozen=True, slots=True)
class LaidTurn:
    """A turn with the part of its speaker's sound."""

    turn: Turn
    audio_s: tuple[float, float] | None
    """Seconds of the sound, the end exclusive; ``None`` for all of it, as for a text, whose length
    nobody knows before."""

    def segment(self, selection: Selection | None = None) -> Segment:
        """As the API spells it."""
        start, end = self.audio_s or (None, None)
        override = SegmentOptions(active_speaker_detection=selection) if selection else None
        return Segment(
            start_time=self.turn.start_s,
            end_time=self.turn.end_s,
            # the documentation wants both ends of a part, or neither
            audio_input=SegmentAudio(ref_id=self.turn.speaker, start_time=start, end_time=end),
            options_override=override,
        )


def lay_turns(
    turns: Sequence[Turn], layout: AudioLayout, texts: Collection[str] = ()
) -> list[LaidTurn]:
    """Say which part of whose sound each turn takes, in the order of the clip.

    Parameters
    ----------
    turns
        In any order. One that names its part goes on from there in the running layout.
    texts
        Speakers whose sound is a text, of which no part can be named.

    Examples
    --------
    >>> turns = [Turn(start_s=0, end_s=2, speaker="ana"), Turn(start_s=5, end_s=6, speaker="ana")]
    >>> [laid.audio_s for laid in lay_turns(turns, "running")]
    [(0.0, 2.0), (2.0, 3.0)]
    >>> [laid.audio_s for laid in lay_turns(turns, "whole")]
    [(0.0, 2.0), (5.0, 6.0)]
    """
    reached: dict[str, float] = {}
    laid = []
    for turn in sorted(turns, key=lambda turn: (turn.start_s, turn.end_s)):
        if turn.speaker in texts:
            laid.append(LaidTurn(turn, None))
            continue
        start = turn.audio_start_s
        if start is None:
            start = reached.get(turn.speaker, 0.0) if layout == "running" else turn.start_s
        # sums of decimal fractions come out as 7.200000000000001
        end = round(float(start + turn.end_s - turn.start_s), 6)
        reached[turn.speaker] = end
        laid.append(LaidTurn(turn, (round(float(start), 6), end)))
    return laid
