"""Which tracks are the chosen person, across cuts and absences.

The clicked tracks are certain. All tracks are grouped into people at once; a track in the
speaker's group is the speaker's if the evidence for it is strong enough by itself. Where it does
not decide, the track stays out and is reported: a missing box is a lesser error than a wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.identity.choose import Choice
from speaker_boxes.track.identity.cluster import Labels, correlation_cluster
from speaker_boxes.track.identity.evidence import TrackAffinity

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityOptions:
    """How much evidence is enough. Chosen on composed clips: ``benchmarks/quality.py``."""

    min_odds: float = 2.0
    """Log odds that join a track to the speaker, where faces were compared."""
    min_odds_without_faces: float = 3.0
    """The same without face embeddings: colours alone never reach it."""
    min_lead: float = 1.0
    """By how much these must exceed the odds of being somebody else who is seen."""
    unresolved_odds: float = -1.0
    """From here up to being joined a track may be the speaker's, and is reported; without face
    embeddings every track may be that is not proved to be somebody else's."""


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """The chosen person's tracks."""

    tracks: Ids
    """Shape (k,), rising: the speaker's, the clicked ones among them."""
    unresolved: Ids
    """Shape (m,), rising: tracks that may be the speaker's, while the speaker is not seen."""
    evidence: tuple[str, ...]
    """What was weighed, in words; empty if there was nothing to join."""


def only_chosen(choice: Choice) -> Identity:
    """Nothing but what was chosen."""
    return Identity(choice.tracks, np.empty(0, np.int64), ())


def nothing_to_join(cannot_link: npt.NDArray[np.bool_], chosen: Sequence[Ids]) -> bool:
    """Whether each track is somebody's already, or seen with each of the chosen people."""
    taken = np.zeros(len(cannot_link), dtype=np.bool_)
    taken[np.concatenate(chosen)] = True
    return all(bool((taken | cannot_link[ids].any(axis=0)).all()) for ids in chosen)


def identify(
    evidence: TrackAffinity,
    clicked: Ids,
    *,
    compared_faces: bool,
    options: IdentityOptions | None = None,
) -> Identity:
    """Find the other tracks of the one person whose tracks were clicked."""
    return identify_people(evidence, [clicked], compared_faces=compared_faces, options=options)[0]


def identify_people(
    evidence: TrackAffinity,
    clicked: Sequence[Ids],
    *,
    compared_faces: bool,
    options: IdentityOptions | None = None,
) -> list[Identity]:
    """Find the other tracks of each person whose tracks were clicked: all people at once.

    Parameters
    ----------
    evidence
        Of all n tracks of the clip.
    clicked : (k,) each
        Track ids, all of one person; different people for certain, and no track twice.
    compared_faces
        Whether face embeddings are part of the evidence.
    """
    options = options or IdentityOptions()
    evidence = replace(evidence, cannot_link=_set_apart(evidence.cannot_link, clicked))
    label = correlation_cluster(evidence.log_odds, evidence.cannot_link, *clicked)
    enough = options.min_odds if compared_faces else options.min_odds_without_faces
    doubtful = options.unresolved_odds if compared_faces else -np.inf
    support = _support(evidence.log_odds, label)
    joined = []
    for ids in clicked:
        own = label[ids[0]]
        rival = np.delete(support, own, axis=1).max(axis=1, initial=0)
        strong = (support[:, own] >= enough) & (support[:, own] - rival >= options.min_lead)
        mine = (label == own) & strong
        mine[ids] = True
        joined.append(_keep_connected(mine, ids, evidence, enough))
    taken = np.any(joined, axis=0)
    words = (*(("faces",) if compared_faces else ()), "colours", "places", "set-ups")
    identities = []
    for ids, mine in zip(clicked, joined, strict=True):
        maybe = ~taken & ~evidence.cannot_link[mine].any(axis=0)
        maybe &= support[:, label[ids[0]]] >= doubtful
        maybe &= ~_are_others(support, label, mine, evidence, enough)
        identities.append(Identity(np.flatnonzero(mine), np.flatnonzero(maybe), words))
    return identities


def _set_apart(cannot_link: npt.NDArray[np.bool_], people: Sequence[Ids]) -> npt.NDArray[np.bool_]:
    """What one person is clicked on is apart from what another one is clicked on."""
    cannot_link = cannot_link.copy()
    for i, one in enumerate(people):
        for other in people[:i]:
            cannot_link[np.ix_(one, other)] = cannot_link[np.ix_(other, one)] = True
    return cannot_link


def _are_others(
    support: npt.NDArray[np.float64],
    label: Labels,
    joined: npt.NDArray[np.bool_],
    evidence: TrackAffinity,
    enough: float,
) -> npt.NDArray[np.bool_]:
    """Which tracks surely belong to people who were seen together with the speaker."""
    n_groups = support.shape[1]
    with_speaker = np.asarray(evidence.cannot_link[joined].any(axis=0))
    others = np.array([bool(with_speaker[label == g].any()) for g in range(n_groups)])
    best = np.where(others[None, :], support, -np.inf).max(axis=1)
    mine = np.array([evidence.log_odds[i, joined].max() for i in range(len(label))])
    return np.asarray((best >= enough) & (best - mine >= enough))


def _support(log_odds: npt.NDArray[np.float64], label: Labels) -> npt.NDArray[np.float64]:
    """Odds that a track belongs to each group: the best link, less what speaks against it.

    A sum over a large group would grow with its size: many weak likenesses are not one strong
    one. So the strongest link counts, and the mean of the links if that is below 0.

    Returns
    -------
    (n_tracks, n_groups)
    """
    n_groups = int(label.max()) + 1
    support = np.zeros((len(log_odds), n_groups))
    for group in range(n_groups):
        member = label == group
        for i in range(len(log_odds)):
            links = log_odds[i, member & (np.arange(len(log_odds)) != i)]
            if len(links):
                support[i, group] = links.max() + min(0.0, float(links.mean()))
    return support


def _keep_connected(
    joined: npt.NDArray[np.bool_], clicked: Ids, evidence: TrackAffinity, enough: float
) -> npt.NDArray[np.bool_]:
    """Only tracks that strong links, one after the other, tie to a clicked one."""
    reached = np.zeros_like(joined)
    reached[clicked] = True
    while True:
        near = joined & (evidence.log_odds[reached].max(axis=0) >= enough)
        if not (near & ~reached).any():
            return reached
        reached |= near
