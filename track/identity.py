"""Which tracks are the chosen person, across cuts and absences.

The clicked tracks are certain. All tracks are grouped into people at once; a track in the
speaker's group is the speaker's if the evidence for it is strong enough by itself. Where it does
not decide, the track stays out and is reported: a missing box is a lesser error than a wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.collect import ClipFaces
from speaker_boxes.track.choose import Choice, choose, choose_main
from speaker_boxes.track.click import Click
from speaker_boxes.track.cluster import Labels, cluster
from speaker_boxes.track.embedding import FaceEmbedder
from speaker_boxes.track.evidence import Evidence, share_a_frame, weigh
from speaker_boxes.track.link import TrackIds

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


def choose_person(
    clip: ClipFaces,
    track: TrackIds,
    cuts: Ids,
    clicks: Sequence[Click],
    embedder: FaceEmbedder | None,
    *,
    options: IdentityOptions | None = None,
) -> tuple[Choice, Identity]:
    """Choose the speaker's track, and find that person's other tracks.

    Raises
    ------
    NoSpeakerError
        As from ``choose``.
    """
    n_tracks = int(track.max(initial=-1)) + 1
    choice = None
    if clicks or n_tracks < 2:
        choice = choose(clip.faces, track, clicks, pts_s=clip.video.pts_s, cuts=cuts)
        apart = share_a_frame(clip, track, n_tracks)
        if apart[choice.tracks].any(axis=0).sum() + len(choice.tracks) >= n_tracks:
            return choice, Identity(choice.tracks, np.empty(0, np.int64), ())
    evidence = weigh(clip, track, cuts, embedder)
    if choice is None:
        person = cluster(evidence.odds, evidence.apart, np.empty(0, np.int64))
        choice = choose_main(clip.faces, track, person)
    identity = identify(
        evidence, choice.tracks, compared_faces=embedder is not None, options=options
    )
    return choice, identity


def identify(
    evidence: Evidence,
    clicked: Ids,
    *,
    compared_faces: bool,
    options: IdentityOptions | None = None,
) -> Identity:
    """Find the other tracks of the person whose tracks were clicked.

    Parameters
    ----------
    evidence
        Of all n tracks of the clip.
    clicked : (k,)
        Track ids, all of one person.
    compared_faces
        Whether face embeddings are part of the evidence.
    """
    options = options or IdentityOptions()
    label = cluster(evidence.odds, evidence.apart, clicked)
    enough = options.min_odds if compared_faces else options.min_odds_without_faces
    doubtful = options.unresolved_odds if compared_faces else -np.inf
    own = label[clicked[0]]
    support = _support(evidence.odds, label)
    mine = support[:, own]
    rival = np.delete(support, own, axis=1).max(axis=1, initial=0)
    joined = (label == own) & (mine >= enough) & (mine - rival >= options.min_lead)
    joined[clicked] = True
    joined = _keep_connected(joined, clicked, evidence, enough)
    maybe = ~joined & ~evidence.apart[joined].any(axis=0) & (mine >= doubtful)
    maybe &= ~_are_others(support, label, joined, evidence, enough)
    words = (*(("faces",) if compared_faces else ()), "colours", "places", "set-ups")
    return Identity(np.flatnonzero(joined), np.flatnonzero(maybe), words)


def _are_others(
    support: npt.NDArray[np.float64],
    label: Labels,
    joined: npt.NDArray[np.bool_],
    evidence: Evidence,
    enough: float,
) -> npt.NDArray[np.bool_]:
    """Which tracks surely belong to people who were seen together with the speaker."""
    n_groups = support.shape[1]
    with_speaker = np.asarray(evidence.apart[joined].any(axis=0))
    others = np.array([bool(with_speaker[label == g].any()) for g in range(n_groups)])
    best = np.where(others[None, :], support, -np.inf).max(axis=1)
    mine = np.array([evidence.odds[i, joined].max() for i in range(len(label))])
    return np.asarray((best >= enough) & (best - mine >= enough))


def _support(odds: npt.NDArray[np.float64], label: Labels) -> npt.NDArray[np.float64]:
    """Odds that a track belongs to each group: the best link, less what speaks against it.

    A sum over a large group would grow with its size: many weak likenesses are not one strong
    one. So the strongest link counts, and the mean of the links if that is below 0.

    Returns
    -------
    (n_tracks, n_groups)
    """
    n_groups = int(label.max()) + 1
    support = np.zeros((len(odds), n_groups))
    for group in range(n_groups):
        member = label == group
        for i in range(len(odds)):
            links = odds[i, member & (np.arange(len(odds)) != i)]
            if len(links):
                support[i, group] = links.max() + min(0.0, float(links.mean()))
    return support


def _keep_connected(
    joined: npt.NDArray[np.bool_], clicked: Ids, evidence: Evidence, enough: float
) -> npt.NDArray[np.bool_]:
    """Only tracks that strong links, one after the other, tie to a clicked one."""
    reached = np.zeros_like(joined)
    reached[clicked] = True
    while True:
        near = joined & (evidence.odds[reached].max(axis=0) >= enough)
        if not (near & ~reached).any():
            return reached
        reached |= near
