"""The faces of a clip as columns, and what a face detector is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speaker_boxes.geometry import BoxArray, Scores, as_array, check_boxes, check_shape


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Every face found in a clip: row i of each column is one face in one frame.

    n is the number of faces, not of frames: a frame may own no row or many. Lists will do in
    place of arrays.
    """

    frame: npt.NDArray[np.int64]
    """Shape (n,), never falling: index of the decoded frame, from 0."""
    box: BoxArray
    """Shape (n, 4), pixels. No NaN: a face that was not found is not a row."""
    score: Scores
    """Shape (n,), in [0, 1]: the detector's confidence; not a probability."""

    def __post_init__(self) -> None:
        for name, dtype in (("frame", np.int64), ("box", np.float32), ("score", np.float32)):
            object.__setattr__(self, name, as_array(getattr(self, name), dtype, name))
        if not self.box.size:  # an empty list is of no shape
            object.__setattr__(self, "box", self.box.reshape(-1, 4))
        n = self.frame.size
        check_shape(self.frame, (n,), "frame")
        check_shape(self.score, (n,), "score")
        check_shape(self.box, (n, 4), "box")
        if (np.diff(self.frame) < 0).any():
            raise ValueError("frame must never fall: rows come in the order of the video")
        if n and self.frame[0] < 0:
            raise ValueError(f"frame counts from 0, got {self.frame[0]}")
        if not ((self.score >= 0) & (self.score <= 1)).all():
            raise ValueError("score must lie in [0, 1]")
        box = check_boxes(self.box, "box")
        if np.isnan(box).any():
            raise ValueError("box must not be NaN: a face that was not found is not a row")
        object.__setattr__(self, "box", box)

    def __repr__(self) -> str:
        where = f" in frames {self.frame[0]} to {self.frame[-1]}" if len(self) else ""
        return f"<Faces: {len(self)}{where}>"

    def __len__(self) -> int:
        return len(self.frame)

    def rows(self, frame: int) -> slice:
        """Return the rows of one frame; empty if no face was found there."""
        first, last = np.searchsorted(self.frame, [frame, frame + 1])
        return slice(int(first), int(last))
