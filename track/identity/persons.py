"""Which tracks of a clip are one person, where nobody has been clicked on."""

from __future__ import annotations

import numpy as np

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.track.identity.cluster import Labels, correlation_cluster
from speaker_boxes.track.identity.embedding import FaceEmbedder
from speaker_boxes.track.identity.evidence import compare_tracks
from speaker_boxes.track.tracklets.tracks import Tracks


def find_persons(clip: ClipFaces, tracks: Tracks, embedder: FaceEmbedder | None) -> Labels:
    """Group all tracks of a clip into persons.

    Parameters
    ----------
    embedder
        ``None`` to do without face embeddings.

    Returns
    -------
    (n_tracks,) int64
        The person of each track, counted from 0 in the order of their first tracks. No two
        tracks that share a frame are one person.
    """
    if len(tracks) < 2:
        return np.zeros(len(tracks), dtype=np.int64)
    affinity = compare_tracks(clip, tracks, embedder)
    return correlation_cluster(affinity.log_odds, affinity.cannot_link)
