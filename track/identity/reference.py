"""Which person of a clip is the one in another picture, by the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.identity.choose import MAX_LISTED, Choice
from speaker_boxes.track.identity.evidence import TrackAffinity
from speaker_boxes.track.identity.grouping import Persons
from speaker_boxes.track.looks.embedding import FaceVector
from speaker_boxes.track.looks.face_odds import TrackFaces, face_log_odds, track_faces
from speaker_boxes.track.tracklets.tracks import Ids, Tracks

MIN_ODDS = 0.0
"""Log odds from which a person of the clip may be the one in the picture: even, since nobody is
taken who is not clearly the nearest, too."""
MIN_LEAD = 1.0
"""By how much the next person must be farther."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A face in a picture that is not of the clip."""

    name: str
    """What messages call it."""
    face: FaceVector


def choose_by_reference(
    tracks: Tracks,
    affinity: TrackAffinity,
    persons: Persons,
    reference: Reference,
    clicked: Choice | None = None,
    *,
    rejected: Sequence[int] | Ids = (),
) -> Choice:
    """Choose the person who is most like a picture, if alike enough and clearly the most.

    Parameters
    ----------
    tracks
        From ``link``.
    affinity, persons
        Of all tracks.
    clicked
        What the clicks chose; it must be the person of the picture.
    rejected
        Tracks of people who are not meant.

    Returns
    -------
    Choice
        The person's track that is most like it; the others are for identity to add.

    Raises
    ------
    NoSpeakerError
        Nobody is alike enough, two people are nearly as alike, or the clicks are on another
        person. It carries clicks that would choose, with their likeness.
    """
    seen = _Seen(tracks, persons, _likeness(affinity.faces, reference), affinity.faces)
    order = seen.order()
    label = persons.label
    order = order[~np.isin(label[order], label[np.asarray(rejected, dtype=np.int64)])]
    if clicked is not None:
        return _check_clicked(seen, order, reference, clicked)
    if not len(order):
        other = "other " if len(rejected) else ""
        raise NoSpeakerError(f"no {other}face is clear enough to compare with {reference.name}")
    if seen.odds[order[0]] < MIN_ODDS:
        raise seen.none(f"nobody looks like {reference.name}", order)
    if len(order) > 1 and seen.odds[order[0]] - seen.odds[order[1]] < MIN_LEAD:
        raise seen.none(f"two people look about as much like {reference.name}", order)
    return Choice(order[:1], _reason(reference, float(seen.odds[order[0]])))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The tracks of a clip, who they are, and how much they are like the picture."""

    tracks: Tracks
    persons: Persons
    odds: npt.NDArray[np.float32]
    """Shape (n,): log odds that each track is the person of the picture."""
    faces: TrackFaces

    def order(self) -> npt.NDArray[np.int64]:
        """The most alike track of each person, most alike first; tracks without a face left out."""
        order = np.argsort(-self.odds, kind="stable")
        order = order[self.faces.vector[order].any(axis=1)]
        _, first = np.unique(self.persons.label[order], return_index=True)
        return np.asarray(order[np.sort(first)])

    def none(
        self, what: str, order: npt.NDArray[np.int64], offer: str = "choose with"
    ) -> NoSpeakerError:
        """Nobody was chosen, and these may be meant."""
        listed = order[:MAX_LISTED].tolist()
        return NoSpeakerError(
            what,
            candidates=[self.tracks.click(track) for track in listed],
            notes=[f" (log odds {self.odds[track]:+.1f})" for track in listed],
            offer=offer,
        )


def _likeness(faces: TrackFaces, reference: Reference) -> npt.NDArray[np.float32]:
    """Log odds that each track is the person of the picture: (n,)."""
    return face_log_odds(faces, track_faces([[reference.face]]))[:, 0]


def _check_clicked(
    seen: _Seen, order: npt.NDArray[np.int64], reference: Reference, clicked: Choice
) -> Choice:
    """Clicks decide between people who are nearly as alike; they may not contradict."""
    own = seen.odds[seen.persons.label == seen.persons.label[clicked.tracks[0]]].max()
    best = seen.odds[order[0]] if len(order) else own
    if own < MIN_ODDS or best - own >= MIN_LEAD:
        what = (
            f"the clicked face is not that of {reference.name} (log odds {own:+.1f}); leave out "
            "the picture or the click"
        )
        raise seen.none(what, order[:1], offer="most like it is")
    reason = f"{clicked.reason} and {_reason(reference, float(own)).removeprefix('chosen by ')}"
    return Choice(clicked.tracks, reason)


def _reason(reference: Reference, odds: float) -> str:
    return f"chosen by {reference.name}, log odds {odds:+.1f}"
