"""What is known of a clip: what was seen by decoding it, and beside it what its header claims."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from speaker_boxes.files import last_part


@dataclass(frozen=True, slots=True)
class Claims:
    """What the container says of the stream. Claims: nothing is computed from them."""

    n_frames: int | None
    """Number of frames; ``None`` if it says nothing."""
    frame_rate: Fraction | None
    """Frames per second, on average."""
    duration_s: float | None


@dataclass(frozen=True, slots=True)
class ClockJump:
    """A place where a clip's clock was set anew, which its times here pass over."""

    frame: int
    """The first frame by the new clock."""
    by_s: float
    """Seconds by which it is ahead of the old one; negative where it starts again."""


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream of a container."""

    index: int
    """What ``--stream`` takes."""
    kind: str
    """video, audio, subtitle, data or attachment."""
    codec: str | None
    attached_pic: bool
    """Whether it is a still cover picture."""
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """What was seen of a clip, without the time of each frame: as much as a report has to tell."""

    sha256: str | None
    """Digest of the file, or of what the server sent; ``None`` if it is not known."""
    n_frames: int
    """Number of frames that decode: the length of the result."""
    width: int
    """Pixels of the clip's pictures by its header, upright. All boxes are in these."""
    height: int
    frame_rate: Fraction | None
    """Frames per second by the timestamps; ``None`` for a single frame."""
    variable_rate: bool = False
    rotation: int = 0
    """Counter-clockwise turn in degrees that made the stored picture upright."""
    mirrored: bool = False
    pixel_aspect_ratio: Fraction = Fraction(1)
    """Width of an upright pixel over its height. Boxes are in these pixels, as the API's are."""
    n_decode_errors: int = 0
    """Packets that did not decode. Decoding ends at the first one, as OpenCV's does."""
    first_s: float = 0.0
    """Time of the first frame by the clip's clock, seconds."""
    length_s: float | None = None
    """Seconds from the first frame's time to the last one's end; ``None`` if it is not known."""

    @property
    def duration_s(self) -> float | None:
        """Seconds of the picture; ``None`` for a single frame, whose rate nobody knows."""
        if self.length_s is not None or not self.frame_rate:
            return self.length_s
        return float(self.n_frames / self.frame_rate)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoMetadata(ClipFacts):
    """What was seen of a clip by decoding all of it, and beside it what its header claims."""

    source: str
    """The path, or the address without password and query, which may be secrets."""
    sha256: str
    n_frames: int = field(init=False)
    """Number of frames that decode: that of ``pts_s``."""
    pts_s: npt.NDArray[np.float64]
    """Shape (n_frames,): time of each decoded frame, seconds, from its own timestamp, never
    falling; see ``clock_jumps``."""
    first_s: float = field(init=False)
    """Time of the first frame, seconds: that of ``pts_s``."""
    length_s: float = field(init=False)
    """Seconds from the first frame's time to the last one's end, by the rate."""
    n_frames_lost: int
    """Frames that would decode after the first error; they do not count."""
    n_resized: int
    """Frames of another size than the clip's; their boxes are scaled to it."""
    claims: Claims
    streams: tuple[StreamInfo, ...]
    clock_jumps: tuple[ClockJump, ...] = ()
    """Where the clip's own clock jumps; ``pts_s`` goes on there by the usual step."""

    # as other records with arrays; a clip's facts alone do not make it equal
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __post_init__(self) -> None:
        last_s = float(1 / self.frame_rate) if self.frame_rate else 0.0
        object.__setattr__(self, "n_frames", len(self.pts_s))
        object.__setattr__(self, "first_s", float(self.pts_s[0]))
        object.__setattr__(self, "length_s", float(self.pts_s[-1] - self.pts_s[0]) + last_s)

    def __repr__(self) -> str:
        size = f"{self.width}x{self.height}"
        rate = f"{float(self.frame_rate):.6g} fps" if self.frame_rate else "no rate"
        return f"<VideoMetadata of {self.file_name}: {self.n_frames} frames, {size}, {rate}>"

    @property
    def file_name(self) -> str:
        """The last part of ``source``."""
        return last_part(self.source)

    @property
    def duration_s(self) -> float:
        """As ``length_s``; a single frame has none."""
        return self.length_s

    def facts(self) -> ClipFacts:
        """What a report of this clip tells, without the times."""
        return ClipFacts(
            sha256=self.sha256,
            n_frames=self.n_frames,
            width=self.width,
            height=self.height,
            frame_rate=self.frame_rate,
            variable_rate=self.variable_rate,
            rotation=self.rotation,
            mirrored=self.mirrored,
            pixel_aspect_ratio=self.pixel_aspect_ratio,
            n_decode_errors=self.n_decode_errors,
            first_s=self.first_s,
            length_s=self.length_s if self.frame_rate else None,
        )


def wrong_claims(metadata: VideoMetadata) -> list[str]:
    """Which of the header's claims were not what was seen: frames, rate, duration_s.

    A rate may be off by one in a thousand, a duration by two frames: what headers say of clips
    in order (an average over another span, the sound's length for the picture's).
    """
    claims, rate, wrong = metadata.claims, metadata.frame_rate, []
    if claims.n_frames is not None and claims.n_frames != metadata.n_frames:
        wrong.append("frames")
    if claims.frame_rate and rate and abs(rate / claims.frame_rate - 1) > Fraction(1, 1000):
        wrong.append("rate")
    allowed = 2 / rate if rate else 1
    if claims.duration_s is not None and abs(claims.duration_s - metadata.duration_s) > allowed:
        wrong.append("duration_s")
    return wrong


_HOLE_STEPS = 1.5
"""Usual steps that one frame does not last: frames are lost there, or the clip stands still."""


def measure_frame_rate(
    ticks: npt.NDArray[np.int64], time_base: Fraction, claimed: Fraction | None
) -> tuple[Fraction | None, bool]:
    """Frame rate by the timestamps, and whether it varies.

    It is the mean of all steps but those that are longer than a frame: of a clip of 25 frames a
    second a few lost frames do not make one of 24.

    Parameters
    ----------
    ticks : (n,)
        Timestamps in units of ``time_base`` seconds.
    claimed
        Taken where the timestamps agree with it to within their own rounding: a container that
        counts milliseconds cannot say 30000/1001.
    """
    steps = np.diff(ticks)
    if not len(steps) or steps.sum() <= 0:
        return None, False
    usual = float(np.median(steps))
    frames = steps[steps <= max(1, _HOLE_STEPS * usual)] if usual > 0 else steps
    span = int(frames.sum())
    # rounding moves a step by one tick; a tick may itself be a whole frame
    allowed = min(max(1.01, 0.02 * usual), 0.45 * usual) if usual > 1 else 0
    variable = bool((np.abs(steps - usual) > allowed).any())
    rounding = min(1.0, 0.45 * usual)
    if claimed and abs(len(frames) / (claimed * time_base) - span) <= rounding:
        return claimed, variable
    return Fraction(len(frames)) / (span * time_base), variable
