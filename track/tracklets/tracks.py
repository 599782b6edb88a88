"""The faces of a clip, linked into tracks: what every later step works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click
from speaker_boxes.detect.faces import Faces
from speaker_boxes.geometry import centres, check_shape

TrackIds = npt.NDArray[np.int64]
"""Shape (n_faces,): the track of each face, -1 for none."""
Ids = npt.NDArray[np.int64]
"""Shape (k,), rising: ids of some tracks."""


@dataclass(frozen=True, slots=True)
class Parting:
    """A place at which a face may have become another's."""

    before: int
    """The track that ends there."""
    after: int
    """The one that begins."""
    log_odds: float
    """That both are one person."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """Which faces of a clip are one face followed through a shot; from ``link``."""

    faces: Faces
    ids: TrackIds
    """Shape (n_faces,): track of each face, from 0 in the order in which they begin; -1: none."""
    pts_s: npt.NDArray[np.float64]
    """Shape (n_frames,): time of each frame in seconds."""
    cuts: npt.NDArray[np.int64]
    """Shape (n_cuts,), rising: first frame of each shot but the first."""
    partings: tuple[Parting, ...] = ()
    """Where tracks follow each other in one place and may be two people."""

    def __post_init__(self) -> None:
        check_shape(self.ids, (len(self.faces),), "ids")

    def __repr__(self) -> str:
        return f"<Tracks: {len(self)} in {len(self.pts_s)} frames>"

    def __len__(self) -> int:
        """Number of tracks."""
        return len(self._bounds) - 1

    def rows(self, track: int) -> npt.NDArray[np.int64]:
        """The faces of a track, in order of time."""
        return self._order[self._bounds[track] : self._bounds[track + 1]]

    @cached_property
    def first(self) -> Ids:
        """Shape (n_tracks,): first frame of each."""
        return self.faces.frame[self._order[self._bounds[:-1]]]

    @cached_property
    def last(self) -> Ids:
        """Shape (n_tracks,): last frame of each."""
        return self.faces.frame[self._order[self._bounds[1:] - 1]]

    @cached_property
    def shot(self) -> Ids:
        """Shape (n_tracks,): the shot in which each is."""
        return self.shot_of(self.first)

    def shot_of(self, frames: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The shot of each of some frames, from 0."""
        return np.searchsorted(self.cuts, frames, side="right")

    def click(self, track: int) -> Click:
        """The middle of a track's face where it is seen best: it would choose the track."""
        rows = self.rows(track)
        return self.click_on(int(rows[np.argmax(self.faces.score[rows])]))

    def click_on(self, row: int) -> Click:
        """The middle of one face."""
        x, y = centres(self.faces.box[row : row + 1])[0].tolist()
        return Click(frame=int(self.faces.frame[row]), x=max(0, round(x)), y=max(0, round(y)))

    @cached_property
    def _order(self) -> npt.NDArray[np.int64]:
        """Rows that are in a track, by track."""
        order = np.argsort(self.ids, kind="stable")
        return order[int((self.ids < 0).sum()) :]

    @cached_property
    def _bounds(self) -> npt.NDArray[np.int64]:
        """Where each track begins among them, and where the last one ends."""
        n_tracks = int(self.ids.max(initial=-1)) + 1
        return np.searchsorted(self.ids[self._order], np.arange(n_tracks + 1))
