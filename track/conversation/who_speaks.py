"""Who speaks in each frame of a clip, or why nobody can be named."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.conversation.hearing import Hearing
from speaker_boxes.track.conversation.stretches import Stretch
from speaker_boxes.track.identity.cluster import Labels
from speaker_boxes.track.speech.decide import Why, decide
from speaker_boxes.track.speech.shot import ShotScores
from speaker_boxes.track.speech.sync import Sync, is_dubbed, is_foreign
from speaker_boxes.track.speech.windows import PICTURE_RATE
from speaker_boxes.track.tracklets.tracks import Ids

Looked = Mapping[int, ShotScores]
"""What was measured of a stretch, by its place among all; those with a single face are not
looked at."""

_CARRIED_S = 0.3
"""How long ago somebody must have spoken at most to go on after a cut: as long as a pause within
what is said (``voice.py``)."""


class Basis(IntEnum):
    """What decided a frame."""

    SILENCE = 0
    NOBODY_SEEN = 1
    """Somebody is heard, and nobody who is seen speaks."""
    LIPS = 2
    """The face that leads, by lips and sound."""
    ONLY_FACE = 3
    """The only face there is, while somebody is heard."""
    CARRIED = 4
    """Who spoke before the cut goes on, in a shot too short to measure."""
    UNRESOLVED = 5
    FOREIGN = 6
    """The face that leads does not go with the sound."""
    TOO_SHORT = 7
    """A shot too short to measure, and it is not known who of several people spoke before."""


GIVEN = (Basis.LIPS, Basis.ONLY_FACE, Basis.CARRIED)
OPEN = (Basis.UNRESOLVED, Basis.FOREIGN, Basis.TOO_SHORT)
_OF_WHY = {
    Why.SPEAKS: Basis.LIPS,
    Why.SILENCE: Basis.SILENCE,
    Why.NOBODY_SEEN: Basis.NOBODY_SEEN,
    Why.UNRESOLVED: Basis.UNRESOLVED,
    Why.FOREIGN: Basis.FOREIGN,
}


@dataclass(frozen=True, slots=True, eq=False)
class WhoSpeaks:
    """Who speaks in each frame."""

    leads: Ids
    """Shape (n_frames,): the track that speaks, or would if it were clear; -1 for none."""
    basis: npt.NDArray[np.uint8]
    """Shape (n_frames,): a ``Basis`` each."""
    margin: npt.NDArray[np.float32]
    """Shape (n_frames,): how far it leads; NaN where that was not measured."""

    @property
    def given(self) -> npt.NDArray[np.bool_]:
        """Shape (n_frames,): whether the frame is given to the track that leads."""
        return np.isin(self.basis, GIVEN)


def sole_person(stretches: Sequence[Stretch], person: Labels) -> int | None:
    """The only person of the clip whose lips could be read; the only one at all, if none can."""
    parts = [part for stretch in stretches for part in stretch.parts]
    able = {int(person[part.track]) for part in parts if part.could_win}
    able = able or {int(person[part.track]) for part in parts}
    return able.pop() if len(able) == 1 else None


def to_look_at(
    stretches: Sequence[Stretch],
    person: Labels,
    hearing: Hearing,
    pts_s: npt.NDArray[np.float64],
) -> list[int]:
    """Places of the stretches in which the sound alone cannot decide.

    In a clip of several people whose lips could be read those with one face too: while one is
    heard another may be shown. Without sound all, as lips are all there is.
    """
    sole = sole_person(stretches, person)
    chosen = []
    for i, stretch in enumerate(stretches):
        alone = hearing.sound is not None and _is_sole(stretch, person, sole)
        if stretch.able and not alone and hearing.speech(pts_s[stretch.frames]).any():
            chosen.append(i)
    return chosen


def foreign_persons(stretches: Sequence[Stretch], person: Labels, looked: Looked) -> frozenset[int]:
    """Persons whose mouths do not go with the sound, over all that was measured of them.

    Everybody, where nobody's do.
    """
    found: dict[int, list[Sync]] = {}
    for i, shot in looked.items():
        for part, sync in zip(stretches[i].able, shot.sync, strict=True):
            if sync is not None:
                found.setdefault(int(person[part.track]), []).append(sync)
    if is_dubbed([each for syncs in found.values() for each in syncs]):
        return frozenset(found)
    return frozenset(one for one, syncs in found.items() if is_foreign(syncs))


def find_who_speaks(
    stretches: Sequence[Stretch],
    person: Labels,
    hearing: Hearing,
    looked: Looked,
    pts_s: npt.NDArray[np.float64],
) -> WhoSpeaks:
    """Decide for each frame.

    Parameters
    ----------
    person : (n_tracks,)
    looked
        Measured stretches, of ``to_look_at``.
    pts_s : (n_frames,)
    """
    n = len(pts_s)
    who = WhoSpeaks(
        np.full(n, -1, dtype=np.int64),
        np.zeros(n, dtype=np.uint8),
        np.full(n, np.nan, dtype=np.float32),
    )
    speech = hearing.speech(pts_s)
    who.basis[speech] = Basis.NOBODY_SEEN
    sole = sole_person(stretches, person)
    foreign = foreign_persons(stretches, person, looked)
    for i, stretch in enumerate(stretches):
        if i in looked:
            _by_lips(who, stretch, looked[i], pts_s, _places(stretch, person, foreign))
        elif hearing.sound is not None and _is_sole(stretch, person, sole):
            _to_only_person(who, stretch, person, sole, speech)
        elif not stretch.able:
            _carry_on(who, stretch, person, speech, pts_s)
    return who


def _is_sole(stretch: Stretch, person: Labels, sole: int | None) -> bool:
    """Whether nobody else is seen here but in passing; who is small may well be heard."""
    return {int(person[part.track]) for part in stretch.lasting or stretch.parts} == {sole}


def _places(stretch: Stretch, person: Labels, wanted: Collection[int]) -> list[int]:
    return [i for i, part in enumerate(stretch.able) if person[part.track] in wanted]


def _by_lips(
    who: WhoSpeaks,
    stretch: Stretch,
    shot: ShotScores,
    pts_s: npt.NDArray[np.float64],
    foreign: list[int],
) -> None:
    decision = decide(shot.scores, shot.speech, foreign=foreign)
    frames = np.arange(stretch.first, stretch.end)
    slack_s = 0.5 / PICTURE_RATE
    end_s = shot.start_s + (len(shot.speech) - 1) / PICTURE_RATE
    times = pts_s[frames]
    frames = frames[(times >= shot.start_s - slack_s) & (times <= end_s + slack_s)]
    at = shot.at(pts_s[frames])
    track = np.array([part.track for part in stretch.able] + [-1])
    who.leads[frames] = track[decision.leads[at]]
    who.basis[frames] = np.array([_OF_WHY[why] for why in Why], np.uint8)[decision.why[at]]
    who.margin[frames] = decision.margin[at]


def _to_only_person(
    who: WhoSpeaks,
    stretch: Stretch,
    person: Labels,
    sole: int | None,
    speech: npt.NDArray[np.bool_],
) -> None:
    for part in stretch.parts:
        if person[part.track] == sole:
            seen = slice(int(part.frame[0]), int(part.frame[-1]) + 1)
            who.leads[seen] = np.where(speech[seen], part.track, -1)
            who.basis[seen] = np.where(speech[seen], Basis.ONLY_FACE, Basis.SILENCE)


def _carry_on(
    who: WhoSpeaks,
    stretch: Stretch,
    person: Labels,
    speech: npt.NDArray[np.bool_],
    pts_s: npt.NDArray[np.float64],
) -> None:
    """In a shot too short to measure: whoever spoke before the cut, if seen here too."""
    if not stretch.parts or not speech[stretch.frames].any():
        return
    before = _speaker_before(who, stretch.first, person, pts_s)
    heard = stretch.first + np.flatnonzero(speech[stretch.frames])
    mine = [part for part in stretch.parts if person[part.track] == before]
    # a pause ends what can be carried over
    pause = np.flatnonzero(np.diff(pts_s[heard]) > _CARRIED_S)
    heard = heard[: pause[0] + 1] if len(pause) else heard
    if mine:
        who.leads[heard], who.basis[heard] = mine[0].track, Basis.CARRIED
    elif len(stretch.parts) == 1:
        who.leads[heard], who.basis[heard] = stretch.parts[0].track, Basis.TOO_SHORT


def _speaker_before(
    who: WhoSpeaks, frame: int, person: Labels, pts_s: npt.NDArray[np.float64]
) -> int | None:
    """Who has the last frame that was given, if that is not long ago."""
    earlier = np.flatnonzero(who.given[max(0, frame - 60) : frame]) + max(0, frame - 60)
    if not len(earlier) or not 0 <= pts_s[frame] - pts_s[earlier[-1]] <= _CARRIED_S:
        return None
    return int(person[who.leads[earlier[-1]]])
