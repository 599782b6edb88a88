"""What is hardly a face beside the only person: a hand, a print, a shadow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from speaker_boxes.track.conversation.stretches import Stretch, TrackPart
from speaker_boxes.track.identity.choose import MAIN_SCORE
from speaker_boxes.track.identity.cluster import Labels

_PASSING_S = 2.0
"""Seconds in view, all together, from which it is somebody all the same. Chosen: a hand that is
waved has 1.6; dim faces of actors, whose scores are as low, are there for 2.1."""


def without_doubtful(stretches: Sequence[Stretch], person: Labels) -> tuple[Stretch, ...]:
    """Leave out what is hardly a face, if just one person is left whose lips could be read.

    Hardly a face is what would not be chosen without a click, is there for a moment, and never
    without that person: a real second person would be shown alone, too, or stay.

    Parameters
    ----------
    person : (n_tracks,)
    """
    parts_of: dict[int, list[TrackPart]] = {}
    for part in (part for stretch in stretches for part in stretch.parts):
        parts_of.setdefault(int(person[part.track]), []).append(part)
    able = {one for one, parts in parts_of.items() if any(part.could_win for part in parts)}
    doubtful = {one for one in able if _is_doubtful(parts_of[one])}
    if len(able) < 2 or len(able - doubtful) != 1:
        return tuple(stretches)
    (main,) = able - doubtful
    for stretch in stretches:
        seen = {int(person[part.track]) for part in stretch.parts}
        if main not in seen and seen & doubtful:
            return tuple(stretches)
    return tuple(
        replace(each, parts=tuple(x for x in each.parts if int(person[x.track]) not in doubtful))
        for each in stretches
    )


def _is_doubtful(parts: Sequence[TrackPart]) -> bool:
    n_faces = sum(len(part.score) for part in parts)
    score = sum(float(part.score.sum()) for part in parts) / n_faces
    return score < MAIN_SCORE and sum(part.seconds for part in parts) < _PASSING_S
