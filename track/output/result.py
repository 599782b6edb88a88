"""What tracking gives: one box or none for each decoded frame, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from speaker_boxes.click import Click
from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.geometry import BoxArray, to_rows
from speaker_boxes.progress import counted
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.tracklets.tracks import Parting, Tracks

if TYPE_CHECKING:
    from speaker_boxes.track.output.speech_findings import SpeechFindings


class Status(IntEnum):
    """Where the entry of one frame comes from; printed by its name, as ``DETECTED``."""

    DETECTED = 0
    """The speaker's face was found in this frame."""
    INTERPOLATED = 1
    """It was found shortly before and after."""
    NO_FACE = 2
    """No box: the speaker's face is not seen in this shot at this time."""
    OTHER_SHOT = 3
    """No box: nothing ties a face of this shot to the speaker."""
    GAP_TOO_LONG = 4
    """No box: it went unseen for longer than may be filled."""
    HIDDEN = 5
    """No box: the speaker's face goes unseen where another face passes."""
    UNRESOLVED = 6
    """No box: a face is there that may be the speaker's, but the evidence does not decide."""
    NO_TURN = 7
    """No box: it is not this speaker's turn, or nobody's."""
    NULLED = 8
    """No box: somebody said so by hand."""
    DRAWN = 9
    """A box that was drawn by hand."""

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        return format(self.name, spec)


StatusCodes = npt.NDArray[np.uint8]
"""Shape (n_frames,): a ``Status`` each, as a number."""
_STATUSES = np.array(list(Status), dtype=object)
"""The members, each at its own number."""


class Role(StrEnum):
    """Whose a track is."""

    SPEAKER = "speaker"
    UNRESOLVED = "unresolved"
    """It may be the speaker's; a click on it would say so."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """One face followed through one shot."""

    track: int
    first: int
    """Index of the first frame in which it was found."""
    last: int
    """Index of the last one."""
    n_frames: int
    """Frames in which it was found."""
    mean_score: float
    click: Click
    """A click that chooses it."""
    role: Role


@dataclass(frozen=True, slots=True)
class Joined:
    """How sure it is that one of the speaker's tracks is the speaker's."""

    track: int
    log_odds: float | None
    """Mean over the speaker's other tracks; ``None`` for what was chosen."""
    margin: float | None
    """By how much that exceeds the odds of being anybody else; ``None`` for what was chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameBoxes:
    """A box or none for each decoded frame of a clip, and why."""

    video: VideoMetadata
    boxes: BoxArray
    """Shape (n_frames, 4): whole pixels inside the frame; rows of NaN where there is none."""
    status_codes: StatusCodes

    @property
    def bounding_boxes(self) -> list[list[int] | None]:
        """One ``[x1, y1, x2, y2]`` or ``None`` per decoded frame, as the API takes them."""
        return to_rows(self.boxes)

    @property
    def status(self) -> npt.NDArray[np.object_]:
        """Shape (n_frames,): a ``Status`` each, why there is a box or none."""
        return _STATUSES[self.status_codes]

    @property
    def n_boxes(self) -> int:
        """Number of frames with a box."""
        return int((~np.isnan(self.boxes[:, 0])).sum())

    def to_dicts(self) -> list[dict[str, Any]]:
        """A flat row for each frame, as ``pandas.DataFrame`` and others take them.

        Returns
        -------
        list of dict
            frame, time_s, x1, y1, x2, y2 (``None`` without a box), and status by its name.
        """
        absent = [None] * 4
        return [
            {"frame": frame, "time_s": time_s}
            | dict(zip(("x1", "y1", "x2", "y2"), box or absent, strict=True))
            | {"status": str(status)}
            for frame, (time_s, box, status) in enumerate(
                zip(self.video.pts_s.tolist(), self.bounding_boxes, self.status, strict=True)
            )
        ]

    def _summary(self) -> str:
        name, frames = self.video.file_name, counted(self.video.n_frames, "frame")
        return f"{type(self).__name__} of {name}: {frames}, {self.n_boxes} with a box"


@dataclass(frozen=True, slots=True, eq=False)
class SpeakerBoxes(FrameBoxes):
    """The speaker's box for each decoded frame of a clip."""

    cuts: tuple[int, ...]
    """First frame of each shot but the first."""
    tracks: tuple[TrackInfo, ...]
    clicks: tuple[Click, ...]
    """What the speaker was chosen by; none if as the main face."""
    detector: str
    options: TrackOptions
    reason: str
    """Why this face was chosen, in words."""
    evidence: tuple[str, ...]
    """What its tracks were joined by, across cuts and absences; empty if nothing was joined."""
    joined: tuple[Joined, ...] = ()
    """The speaker's tracks and how sure each is; empty if nothing was joined."""
    partings: tuple[Parting, ...] = ()
    """Where a face may have become another's: between tracks of ``tracks``, of anybody."""
    speech: SpeechFindings | None = None
    """Who speaks when, if that was what chose the speaker."""

    def __repr__(self) -> str:
        return f"<{self._summary()}, {len(self.tracks)} tracks>"

    @property
    def unresolved(self) -> tuple[TrackInfo, ...]:
        """Tracks that may be the speaker's; each has a click that would add it."""
        return tuple(info for info in self.tracks if info.role is Role.UNRESOLVED)


def describe_tracks(
    tracks: Tracks,
    *,
    speaker: npt.NDArray[np.int64],
    unresolved: npt.NDArray[np.int64],
) -> tuple[TrackInfo, ...]:
    """What is known of each track, with a click that would choose it."""
    infos = []
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        role = Role.SPEAKER if track in speaker else Role.OTHER
        infos.append(
            TrackInfo(
                track=track,
                first=int(tracks.first[track]),
                last=int(tracks.last[track]),
                n_frames=len(rows),
                mean_score=round(float(tracks.faces.score[rows].mean()), 4),
                click=tracks.click(track),
                role=Role.UNRESOLVED if track in unresolved else role,
            )
        )
    return tuple(infos)
