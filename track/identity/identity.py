"""Which tracks are the chosen people's, across cuts and absences.

All tracks are grouped into people first, whatever was clicked; a click says which of these people
is meant, and that its own track is certain. So another correct click only adds: what one click
gives, two give as well. Where the evidence does not decide, a track stays out and is reported: a
missing box is a lesser error than a wrong one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.identity.evidence import TrackAffinity
from speaker_boxes.track.identity.grouping import IdentityOptions, Persons, group_tracks
from speaker_boxes.track.tracklets.tracks import Ids

logger = logging.getLogger(__name__)

_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """The chosen person's tracks."""

    tracks: Ids
    """Shape (k,), rising: the speaker's, the clicked ones among them."""
    unresolved: Ids
    """Shape (m,), rising: tracks that may be the speaker's, while the speaker is not seen."""
    evidence: tuple[str, ...] = ()
    """What was weighed, in words; empty if there was nothing to join."""
    support: npt.NDArray[np.float32] | None = None
    """Shape (k,): mean log odds that each track is the speaker's; NaN where it was clicked."""
    lead: npt.NDArray[np.float32] | None = None
    """Shape (k,): by how much that exceeds the odds of being anybody else."""


def only_chosen(tracks: Ids) -> Identity:
    """Nothing but what was chosen."""
    return Identity(tracks, _NOBODY)


def nothing_to_join(cannot_link: npt.NDArray[np.bool_], chosen: Sequence[Ids]) -> bool:
    """Whether each track is somebody's already, or seen with each of the chosen people."""
    taken = np.zeros(len(cannot_link), dtype=np.bool_)
    taken[np.concatenate(chosen)] = True
    return all(bool((taken | cannot_link[ids].any(axis=0)).all()) for ids in chosen)


def identify(
    affinity: TrackAffinity,
    clicked: Sequence[Ids],
    *,
    rejected: Sequence[Ids] = (),
    options: IdentityOptions | None = None,
) -> list[Identity]:
    """Find the other tracks of each person whose tracks were clicked: all people at once.

    Parameters
    ----------
    affinity
        Of all n tracks of the clip.
    clicked : (k,) each
        Track ids, all of one person; different people for certain, and no track twice.
    rejected : (m,) each
        For each person, or for none: tracks that are not theirs.
    """
    options = options or IdentityOptions()
    apart = [*combinations(clicked, 2), *zip(clicked, rejected, strict=False)]
    persons = group_tracks(
        affinity, apart=[pair for pair in apart if len(pair[1])], options=options
    )
    refused = [*rejected, *([_NOBODY] * (len(clicked) - len(rejected)))]
    joined = [_joined(affinity, persons, ids, no) for ids, no in zip(clicked, refused, strict=True)]
    taken = np.any(joined, axis=0)
    return [
        _identity(affinity, persons, ids, mine, taken, no, options)
        for ids, mine, no in zip(clicked, joined, refused, strict=True)
    ]


def _joined(
    affinity: TrackAffinity, persons: Persons, clicked: Ids, rejected: Ids
) -> npt.NDArray[np.bool_]:
    """The clicked tracks, and what is surely of the same people."""
    meant = np.unique(persons.label[clicked[persons.sure[clicked]]])
    mine = np.isin(persons.label, meant) & persons.sure
    mine &= ~affinity.cannot_link[clicked].any(axis=0)
    mine[rejected] = False
    _drop_weaker(affinity, persons, mine, meant)
    mine[clicked] = True
    return mine


def _drop_weaker(
    affinity: TrackAffinity, persons: Persons, mine: npt.NDArray[np.bool_], meant: Ids
) -> None:
    """Of two tracks in one frame, brought together by clicks on two groups, one is not hers."""
    if len(meant) < 2:
        return
    own = persons.support.mean[np.arange(len(mine)), persons.label]
    for track in np.flatnonzero(mine)[np.argsort(own[mine], kind="stable")].tolist():
        if affinity.cannot_link[track, mine].any():
            mine[track] = False
            logger.warning(
                "the clicks bring two faces of one frame together; one that was taken to be the "
                "speaker's is left out"
            )


def _identity(
    affinity: TrackAffinity,
    persons: Persons,
    clicked: Ids,
    mine: npt.NDArray[np.bool_],
    taken: npt.NDArray[np.bool_],
    rejected: Ids,
    options: IdentityOptions,
) -> Identity:
    groups = np.unique(persons.label[clicked])
    support = persons.support.mean[:, groups].max(axis=1)
    maybe = ~taken & ~affinity.cannot_link[mine].any(axis=0)
    maybe &= (support >= options.min_doubt) | (affinity.faces.quality < options.min_quality)
    maybe &= ~_are_others(persons, groups, options)
    maybe[rejected] = False
    tracks = np.flatnonzero(mine)
    certain = np.isin(tracks, clicked)
    return Identity(
        tracks,
        np.flatnonzero(maybe),
        ("faces", "colours", "places", "set-ups"),
        np.where(certain, np.nan, support[tracks]).astype(np.float32),
        np.where(certain, np.nan, persons.lead[tracks]).astype(np.float32),
    )


def _are_others(
    persons: Persons, groups: npt.NDArray[np.int64], options: IdentityOptions
) -> npt.NDArray[np.bool_]:
    """Which tracks surely belong to people who were seen together with the speaker."""
    label = persons.label
    together = np.asarray(persons.support.forbidden[np.isin(label, groups)].any(axis=0))
    n = np.arange(len(label))
    own = persons.support.mean[n, label]
    return np.asarray(together[label] & persons.sure & (own >= 2 * options.min_odds))
