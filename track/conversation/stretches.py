"""The stretches of a clip in which speech is measured, and the faces that are seen in each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.geometry import BoxArray
from speaker_boxes.track.speech.fitness import MIN_SECONDS, too_little
from speaker_boxes.track.tracklets.tracks import Tracks

_MAX_S = 60.0
"""Longer shots are done in parts: the pictures of one face take 19 MB a minute."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackPart:
    """What is seen of one track in a stretch."""

    track: int
    frame: npt.NDArray[np.int64]
    """Shape (n,), rising: frames in which the face was found."""
    pts_s: npt.NDArray[np.float64]
    """Shape (n,), rising: their times."""
    box: BoxArray
    """Shape (n, 4)."""
    score: npt.NDArray[np.float32]
    """Shape (n,): the detector's confidence."""

    @property
    def could_win(self) -> bool:
        """Whether it is large enough and in view for long enough to be heard by its lips."""
        return too_little(self.box, self.pts_s) is None

    @property
    def seconds(self) -> float:
        """From where it is first seen to where it is last seen."""
        return float(self.pts_s[-1] - self.pts_s[0])


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Frames of one shot in which the clock never goes back."""

    first: int
    end: int
    """Frames first..end-1."""
    parts: tuple[TrackPart, ...]

    @property
    def able(self) -> tuple[TrackPart, ...]:
        """Those that could take a turn: the others are not looked at."""
        return tuple(part for part in self.parts if part.could_win)

    @property
    def lasting(self) -> tuple[TrackPart, ...]:
        """Those that are in view for long enough to be read, small ones too."""
        return tuple(part for part in self.parts if part.seconds >= MIN_SECONDS)

    @property
    def frames(self) -> slice:
        """Of an array with an entry for each frame."""
        return slice(self.first, self.end)


def split_stretches(tracks: Tracks) -> tuple[Stretch, ...]:
    """Cut a clip at its cuts and where its clock is set back."""
    bounds = _bounds(tracks)
    owners = [tracks.rows(track) for track in range(len(tracks))]
    at = [np.searchsorted(tracks.faces.frame[rows], bounds).tolist() for rows in owners]
    stretches = []
    for i, (first, end) in enumerate(pairwise(bounds)):
        parts = tuple(
            _part(tracks, track, owners[track][ends[i] : ends[i + 1]])
            for track, ends in enumerate(at)
            if ends[i + 1] - ends[i] > 1
        )
        stretches.append(Stretch(first, end, parts))
    return tuple(stretches)


def _bounds(tracks: Tracks) -> list[int]:
    n = len(tracks.pts_s)
    set_back = np.flatnonzero(np.diff(tracks.pts_s) < 0) + 1
    whole = np.unique(np.concatenate([[0], tracks.cuts, set_back, [n]])).tolist()
    bounds = [0]
    for first, end in pairwise(whole):
        n_parts = max(1, math.ceil((tracks.pts_s[end - 1] - tracks.pts_s[first]) / _MAX_S))
        bounds += np.linspace(first, end, n_parts + 1).round().astype(int)[1:].tolist()
    return bounds


def _part(tracks: Tracks, track: int, rows: npt.NDArray[np.int64]) -> TrackPart:
    frame = tracks.faces.frame[rows]
    # of frames of one and the same time the first
    rises = np.append(True, np.diff(tracks.pts_s[frame]) > 0)
    rows, frame = rows[rises], frame[rises]
    faces = tracks.faces
    return TrackPart(track, frame, tracks.pts_s[frame], faces.box[rows], faces.score[rows])
