"""From who speaks in each frame to turns, open questions and curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.conversation.hearing import Hearing
from speaker_boxes.track.conversation.stretches import Stretch
from speaker_boxes.track.conversation.who_speaks import OPEN, Basis, Looked, WhoSpeaks
from speaker_boxes.track.identity.cluster import Labels
from speaker_boxes.track.output.speech_findings import (
    CURVE_RATE,
    Curve,
    OpenTurn,
    SpeechFindings,
    SpokenTurn,
)
from speaker_boxes.track.output.turns import SpeakerIndex
from speaker_boxes.track.speech.windows import PICTURE_RATE
from speaker_boxes.track.tracklets.tracks import Tracks

_WORDS = {
    Basis.LIPS: "speaks, by lips and sound",
    Basis.ONLY_FACE: "the only face, while somebody is heard",
    Basis.CARRIED: "goes on from before the cut",
    Basis.UNRESOLVED: "no face leads clearly",
    Basis.FOREIGN: "the mouth moves, but not with the sound",
    Basis.TOO_SHORT: "the shot is too short to tell",
}
_BY_LIPS = "speaks, by lips alone: the clip has no sound"
_MIN_OPEN_S = 0.4
"""Shorter spans are not worth a question; no turn need be found finer."""
_MAX_LEAD = 8.0
"""What a lead is written as where there is no other face: twice ``DecideOptions.most``."""


def speakers_of(who: WhoSpeaks, person: Labels) -> SpeakerIndex:
    """The person who speaks in each frame: (n_frames,), -1 for nobody."""
    owner = np.append(person, -1)[who.leads]
    return np.where(who.given, owner, -1).astype(np.int64)


def find_turns(
    who: WhoSpeaks,
    person: Labels,
    names: Mapping[int, str],
    pts_s: npt.NDArray[np.float64],
    *,
    by_lips: bool,
) -> tuple[SpokenTurn, ...]:
    """Join frames that follow each other and are one person's, cuts or not.

    Each turn holds just its frames by the rule of ``speaker_of_frames``.
    """
    words = {**_WORDS, Basis.LIPS: _BY_LIPS} if by_lips else _WORDS
    turns = []
    for first, end in _runs(speakers_of(who, person), pts_s):
        run = slice(first, end)
        kinds = dict.fromkeys(words[Basis(each)] for each in who.basis[run].tolist())
        start_s, end_s = _span(pts_s, first, end)
        turns.append(
            SpokenTurn(
                start_s=start_s,
                end_s=end_s,
                speaker=names[int(person[who.leads[first]])],
                score=_mean_lead(who.margin[run]),
                reason="; ".join(kinds),
            )
        )
    return tuple(turns)


def find_open(
    who: WhoSpeaks, tracks: Tracks, person: Labels, names: Mapping[int, str]
) -> tuple[OpenTurn, ...]:
    """What stays open, each with a click on the face that leads."""
    doubtful = np.where(np.isin(who.basis, OPEN) & (who.leads >= 0), who.leads, -1)
    # what differs in its reason is another question
    state = np.where(doubtful >= 0, doubtful * len(Basis) + who.basis, -1)
    found = []
    for first, end in _runs(state, tracks.pts_s):
        start_s, end_s = _span(tracks.pts_s, first, end)
        if end_s - start_s < _MIN_OPEN_S:
            continue
        track = int(who.leads[first])
        found.append(
            OpenTurn(
                start_s=start_s,
                end_s=end_s,
                speaker=names[int(person[track])],
                at=tracks.click_on(_nearest_row(tracks, track, (first + end) // 2)),
                reason=_WORDS[Basis(int(who.basis[first]))],
            )
        )
    return tuple(found)


def find_curves(
    stretches: Sequence[Stretch],
    looked: Looked,
    person: Labels,
    names: Mapping[int, str],
    pts_s: npt.NDArray[np.float64],
) -> dict[str, Curve]:
    """How much each person speaks, where that was measured."""
    times: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in names.values()}
    values: dict[str, list[npt.NDArray[np.float32]]] = {name: [] for name in names.values()}
    for i, shot in looked.items():
        moments = shot.start_s + np.arange(shot.scores.shape[1]) / PICTURE_RATE
        for part, scores in zip(stretches[i].able, shot.scores, strict=True):
            name = names.get(int(person[part.track]))
            if name is not None:
                times[name].append(moments)
                values[name].append(scores)
    return {
        name: curve(np.concatenate(times[name]), np.concatenate(values[name]), pts_s)
        for name in times
        if times[name]
    }


def gather(
    who: WhoSpeaks,
    tracks: Tracks,
    person: Labels,
    names: Mapping[int, str],
    stretches: Sequence[Stretch],
    looked: Looked,
    hearing: Hearing,
) -> SpeechFindings:
    """All of it."""
    pts_s, mute = tracks.pts_s, hearing.sound is None
    return SpeechFindings(
        turns=find_turns(who, person, names, pts_s, by_lips=mute),
        unresolved=find_open(who, tracks, person, names),
        by_lips=mute,
        start_s=round(float(pts_s.min()), 3),
        voice=curve(hearing.voice.time_s, hearing.voice.probability, pts_s),
        curves=find_curves(stretches, looked, person, names, pts_s),
    )


def curve(
    time_s: npt.NDArray[np.float64],
    value: npt.NDArray[np.float32],
    pts_s: npt.NDArray[np.float64],
) -> Curve:
    """Means over a fifth of a second from the first frame to the last; NaN where there is none."""
    n = int((pts_s.max() - pts_s.min()) * CURVE_RATE) + 1
    place = np.floor((time_s - pts_s.min()) * CURVE_RATE).astype(np.int64)
    known = ~np.isnan(value) & (place >= 0) & (place < n)
    total = np.bincount(place[known], weights=value[known], minlength=n)
    count = np.bincount(place[known], minlength=n)
    out = np.full(n, np.nan, dtype=np.float32)
    np.divide(total, count, out=out, where=count > 0, casting="same_kind")
    return out


def _runs(
    state: npt.NDArray[np.int64], pts_s: npt.NDArray[np.float64]
) -> Iterator[tuple[int, int]]:
    """First frame and end of each run of one value that is not below 0; the clock rises in it."""
    changes = (np.diff(state) != 0) | (np.diff(pts_s) < 0)
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(state)]
    for first, end in pairwise(edges):
        if end > first and state[first] >= 0:
            yield first, end


def _span(pts_s: npt.NDArray[np.float64], first: int, end: int) -> tuple[float, float]:
    """From a frame's time to that of the frame after the run, in milliseconds."""
    start_s = float(pts_s[first])
    after = float(pts_s[end]) if end < len(pts_s) else -np.inf
    if after <= start_s:  # the clip ends here, or its clock is set back
        steps = np.diff(pts_s)[np.diff(pts_s) > 0]
        after = float(pts_s[end - 1]) + (float(np.median(steps)) if len(steps) else 0.04)
    start_s, end_s = round(start_s, 3), round(after, 3)
    return start_s, max(end_s, round(start_s + 0.001, 3))


def _mean_lead(margin: npt.NDArray[np.float32]) -> float | None:
    known = margin[~np.isnan(margin)]
    return round(float(np.minimum(known, _MAX_LEAD).mean()), 2) if len(known) else None


def _nearest_row(tracks: Tracks, track: int, frame: int) -> int:
    rows = tracks.rows(track)
    return int(rows[np.argmin(np.abs(tracks.faces.frame[rows] - frame))])
