"""What is known of a clip: what was seen by decoding it, and beside it what its header claims."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Claims:
    """What the container says of the stream. Claims: nothing is computed from them."""

    n_frames: int | None
    """Number of frames; ``None`` if it says nothing."""
    rate: Fraction | None
    """Frames per second, on average."""
    duration_s: float | None


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


@dataclass(frozen=True, slots=True, eq=False)
class VideoMetadata:
    """What was seen of a clip by decoding all of it, and beside it what its header claims."""

    source: str
    """The path, or the address without password and query, which may be secrets."""
    sha256: str
    """Digest of the file, or of what the server sent."""
    width: int
    """Pixels of the first frame, upright. All boxes are in these."""
    height: int
    pts_s: npt.NDArray[np.float64]
    """Shape (n_frames,): time of each decoded frame, seconds, from its own timestamp."""
    rate: Fraction | None
    """Frames per second by the timestamps; ``None`` for a single frame."""
    variable_rate: bool
    rotation: int
    """Counter-clockwise turn in degrees that made the stored picture upright."""
    mirrored: bool
    pixel_aspect_ratio: Fraction
    """Width of an upright pixel over its height. Boxes are in these pixels, as the API's are."""
    n_decode_errors: int
    """Packets that did not decode. Decoding ends at the first one, as OpenCV's does."""
    n_frames_lost: int
    """Frames that would decode after the first error; they do not count."""
    n_resized: int
    """Frames of another size than the first; their boxes are scaled to it."""
    claims: Claims
    streams: tuple[StreamInfo, ...]

    @property
    def n_frames(self) -> int:
        """Number of frames that decode: the length of the result."""
        return len(self.pts_s)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame's time to the last one's end, by the rate."""
        last = float(1 / self.rate) if self.rate else 0.0
        return float(self.pts_s[-1] - self.pts_s[0]) + last


def metadata_to_json(facts: VideoMetadata) -> dict[str, Any]:
    """The facts as JSON takes them; rates and ratios as fractions."""
    claims = facts.claims
    return {
        "source": facts.source,
        "sha256": facts.sha256,
        "width": facts.width,
        "height": facts.height,
        "frames": facts.n_frames,
        "rate": rate_to_json(facts.rate),
        "variable_rate": facts.variable_rate,
        "rotation": facts.rotation,
        "mirrored": facts.mirrored,
        "pixel_aspect": ratio_to_json(facts.pixel_aspect_ratio),
        "duration_s": round(facts.duration_s, 6),
        "first_pts_s": round(float(facts.pts_s[0]), 6),
        "stream": next(stream.index for stream in facts.streams if stream.chosen),
        "streams": [asdict(stream) for stream in facts.streams],
        "decode_errors": facts.n_decode_errors,
        "frames_lost": facts.n_frames_lost,
        "resized_frames": facts.n_resized,
        "claims": {
            "frames": claims.n_frames,
            "rate": rate_to_json(claims.rate),
            "duration_s": claims.duration_s and round(claims.duration_s, 6),
        },
        "claims_differ": wrong_claims(facts),
    }


def rate_to_json(rate: Fraction | None) -> str | None:
    """``30000/1001`` or ``25/1``."""
    return None if rate is None else ratio_to_json(rate)


def ratio_to_json(ratio: Fraction) -> str:
    """Both parts, also of whole numbers."""
    return f"{ratio.numerator}/{ratio.denominator}"


def wrong_claims(facts: VideoMetadata) -> list[str]:
    """Which of the header's claims were not what was seen: frames, rate, duration_s.

    A rate may be off by one in a thousand, a duration by two frames: what headers say of clips
    in order (an average over another span, the sound's length for the picture's).
    """
    claims, wrong = facts.claims, []
    if claims.n_frames is not None and claims.n_frames != facts.n_frames:
        wrong.append("frames")
    if claims.rate and facts.rate and abs(facts.rate / claims.rate - 1) > Fraction(1, 1000):
        wrong.append("rate")
    allowed = 2 / facts.rate if facts.rate else 1
    if claims.duration_s is not None and abs(claims.duration_s - facts.duration_s) > allowed:
        wrong.append("duration_s")
    return wrong


def measure_frame_rate(
    ticks: npt.NDArray[np.int64], time_base: Fraction, claimed: Fraction | None
) -> tuple[Fraction | None, bool]:
    """Frame rate by the timestamps, and whether it varies.

    Parameters
    ----------
    ticks : (n,)
        Timestamps in units of ``time_base`` seconds.
    claimed
        Taken where the timestamps agree with it to within their own rounding: a container that
        counts milliseconds cannot say 30000/1001.
    """
    span = int(ticks[-1] - ticks[0]) if len(ticks) > 1 else 0
    if span <= 0:
        return None, False
    steps = np.diff(ticks)
    usual = float(np.median(steps))
    # rounding moves a step by one tick; a tick may itself be a whole frame
    allowed = min(max(1.01, 0.02 * usual), 0.45 * usual) if usual > 1 else 0
    variable = bool((np.abs(steps - usual) > allowed).any())
    rounding = min(1.0, 0.45 * usual)
    if claimed and abs((len(ticks) - 1) / (claimed * time_base) - span) <= rounding:
        return claimed, variable
    return Fraction(len(ticks) - 1) / (span * time_base), variable
