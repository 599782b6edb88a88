"""Which track is the person of another picture, by face embeddings."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.identity.choose import MAX_LISTED, Choice
from speaker_boxes.track.identity.cluster import Labels, correlation_cluster
from speaker_boxes.track.identity.evidence import TrackAffinity, TrackFaces, face_log_odds
from speaker_boxes.track.tracklets.tracks import Tracks

MAX_DISTANCE = 0.45
"""Distance up to which a face may be that of the picture. Pictures cut from four labelled clips
were 0.12 to 0.43 from the same person's tracks, turned-away and blurred ones to 0.46, and 0.45 and
more from clips of other people."""
MIN_LEAD = 0.06
"""By how much the next person must be farther: one unit of log odds, as when tracks are joined."""
_SAME_DISTANCE = 0.37
"""Distance that by itself joins two tracks: log odds of 2 and more."""
_MIN_QUALITY = 0.3
"""Faces that are smaller or less clear say nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A face in a picture that is not of the clip."""

    name: str
    """What messages call it."""
    vector: npt.NDArray[np.float64]
    """Shape (LENGTH,): its embedding."""


def choose_by_reference(
    tracks: Tracks,
    evidence: TrackAffinity,
    reference: Reference,
    clicked: Choice | None = None,
) -> Choice:
    """Choose the person who is nearest to a picture, if near enough and clearly the nearest.

    Parameters
    ----------
    tracks
        From ``link``.
    evidence
        Of all tracks, faces compared.
    clicked
        What the clicks chose; it must be the person of the picture.

    Returns
    -------
    Choice
        One track of the person or a few; the others are for identity to add.

    Raises
    ------
    NoSpeakerError
        Nobody is near enough, two people are nearly as near, or the clicks are on another person.
        It carries clicks that would choose, with their distances.
    """
    if evidence.faces is None:
        raise ValueError("a reference needs faces that were compared")
    known = np.empty(0, np.int64) if clicked is None else clicked.tracks
    person = correlation_cluster(evidence.log_odds, evidence.cannot_link, known)
    seen = _Seen(tracks, person, _distances(evidence.faces, reference))
    if clicked is not None:
        return _check_clicked(seen, reference, clicked)
    order = seen.order()
    if not len(order) or seen.distance[order[0]] > MAX_DISTANCE:
        if not len(order):
            raise NoSpeakerError(f"no face is clear enough to compare with {reference.name}")
        raise seen.none(f"nobody is as near to {reference.name} as {MAX_DISTANCE}", order)
    chosen = [order[0]]
    for near in order[1:]:
        lead = seen.distance[near] - seen.distance[order[0]]
        same = not evidence.cannot_link[np.isin(person, person[chosen])][
            :, person == person[near]
        ].any()
        if same and seen.distance[near] <= _SAME_DISTANCE:
            chosen.append(near)  # the same person in other shots, by the picture alone
        elif lead < MIN_LEAD:
            raise seen.none(f"two people are about as near to {reference.name}", order)
    return Choice(np.sort(chosen), _reason(reference, float(seen.distance[order[0]])))


def with_reference(evidence: TrackAffinity, reference: Reference) -> TrackAffinity:
    """The same evidence with the picture as one more track, the last one."""
    assert evidence.faces is not None
    n = len(evidence.log_odds)
    more = face_log_odds(evidence.faces, TrackFaces(reference.vector[None], np.ones(1)))[:, 0]
    log_odds, cannot_link = np.zeros((n + 1, n + 1)), np.zeros((n + 1, n + 1), dtype=np.bool_)
    log_odds[:n, :n], cannot_link[:n, :n] = evidence.log_odds, evidence.cannot_link
    log_odds[n, :n] = log_odds[:n, n] = more
    return replace(evidence, log_odds=log_odds, cannot_link=cannot_link)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The tracks of a clip, who they are as far as is known, and how far from the picture."""

    tracks: Tracks
    person: Labels
    distance: npt.NDArray[np.float64]

    def order(self) -> npt.NDArray[np.int64]:
        """The nearest track of each person, nearest person first; unclear ones left out."""
        order = np.argsort(self.distance, kind="stable")
        order = order[np.isfinite(self.distance[order])]
        _, first = np.unique(self.person[order], return_index=True)
        return np.asarray(order[np.sort(first)])

    def none(
        self, what: str, order: npt.NDArray[np.int64], offer: str = "choose with"
    ) -> NoSpeakerError:
        """Nobody was chosen, and these may be meant."""
        listed = order[:MAX_LISTED].tolist()
        return NoSpeakerError(
            what,
            candidates=[self.tracks.click(track) for track in listed],
            notes=[f" (distance {self.distance[track]:.2f})" for track in listed],
            offer=offer,
        )


def _distances(faces: TrackFaces, reference: Reference) -> npt.NDArray[np.float64]:
    """Distance of each track; infinite where its pictures say nothing."""
    distance = np.linalg.norm(faces.vector - reference.vector, axis=1)
    return np.asarray(np.where(faces.quality >= _MIN_QUALITY, distance, np.inf))


def _check_clicked(seen: _Seen, reference: Reference, clicked: Choice) -> Choice:
    """Clicks decide between people who are nearly as near; they may not contradict."""
    order = seen.order()
    own = seen.distance[seen.person == seen.person[clicked.tracks[0]]].min()
    nearest = seen.distance[order[0]] if len(order) else np.inf
    if own > MAX_DISTANCE or own - nearest >= MIN_LEAD:
        how = f"is {own:.2f} from" if np.isfinite(own) else "is too unclear to compare with"
        what = f"the clicked face {how} {reference.name}; leave out the picture or the click"
        raise seen.none(what, order[:1], offer="nearest is")
    reason = f"{clicked.reason} and {_reason(reference, float(own)).removeprefix('chosen by ')}"
    return Choice(clicked.tracks, reason)


def _reason(reference: Reference, distance: float) -> str:
    return f"chosen by {reference.name}, distance {distance:.2f}"
