"""All tracks of a clip grouped into people, whoever is asked for: one joint decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.identity.cluster import Labels, Support, average_linkage, support
from speaker_boxes.track.identity.evidence import TrackAffinity
from speaker_boxes.track.tracklets.tracks import Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityOptions:
    """How much evidence is enough.

    Chosen on the half of the composed clips that is for it: ``benchmarks/quality``.
    """

    min_odds: float = 2.0
    """Mean log odds over all pairs of two groups of tracks that join them. Up to 3.5 nobody of that
    half is lost; in grey two people who look alike had 1.8."""
    min_lead: float = 1.0
    """By how much these must exceed the odds of being of another person."""
    min_doubt: float = -1.5
    """From here up to being joined a track may be the speaker's, and is reported."""
    min_quality: float = 0.15
    """Quality of the faces of a track below which it may be anybody's."""


@dataclass(frozen=True, slots=True, eq=False)
class Persons:
    """The n tracks of a clip as people."""

    label: Labels
    """Shape (n,): the person of each track, from 0 in the order in which they appear."""
    support: Support
    """How much speaks for each track being each person's."""
    lead: npt.NDArray[np.float32]
    """Shape (n,): by how much its own person exceeds any other."""
    sure: npt.NDArray[np.bool_]
    """Shape (n,): whether the evidence is enough, or the track is alone."""


def group_tracks(
    affinity: TrackAffinity,
    *,
    apart: Sequence[tuple[Ids, Ids]] = (),
    options: IdentityOptions | None = None,
) -> Persons:
    """Group all tracks into people: one joint decision.

    Parameters
    ----------
    apart
        Tracks of which none of the first is a person of the second.
    """
    options = options or IdentityOptions()
    cannot_link = affinity.cannot_link
    if apart:
        cannot_link = cannot_link.copy()
        for one, other in apart:
            cannot_link[np.ix_(one, other)] = True
            cannot_link[np.ix_(other, one)] = True
    odds, weight = affinity.log_odds, affinity.weight
    label = average_linkage(
        odds, weight, cannot_link, min_odds=options.min_odds, two_people=affinity.two_people
    )
    found = support(odds, weight, cannot_link, label)
    n = len(label)
    own = found.mean[np.arange(n), label]
    others = np.where(found.forbidden, -np.inf, found.mean)
    others[np.arange(n), label] = -np.inf
    lead = own - others.max(axis=1, initial=0.0)
    alone = np.bincount(label, minlength=1)[label] == 1
    sure = alone | ((own >= options.min_odds) & (lead >= options.min_lead))
    return Persons(label, found, lead.astype(np.float32), sure)
