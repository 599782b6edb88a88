"""The clock of a clip's sound where that of its pictures jumps: both jump, not at one packet."""

from __future__ import annotations

from collections.abc import Sequence

from speaker_boxes.detect.decode.metadata import ClockJump

MAX_PAUSE_S = 600.0
"""Seconds without a picture, or a sound, from which it is no pause; chosen."""
_MIN_JUMP_S = 1.0
"""What is less is a hole, or an overlap at the seam of two recordings; chosen."""
_SAME_JUMP_S = 2.0
"""How far sound and pictures that end together may be apart at their ends; chosen."""


class AudioClock:
    """How far the sound's clock is ahead, packet by packet, in order."""

    def __init__(self, jumps: Sequence[ClockJump]) -> None:
        self._jumps_s = [jump.by_s for jump in jumps]
        self._ahead_s = 0.0
        self._end_s: float | None = None

    def ahead_s(self, time_s: float, duration_s: float) -> float:
        """Seconds to take off the time of a packet."""
        by_s = 0.0 if self._end_s is None else time_s - self._end_s
        self._end_s = time_s + duration_s
        if abs(by_s) > _MIN_JUMP_S:
            same = [
                i for i, jump_s in enumerate(self._jumps_s) if abs(jump_s - by_s) < _SAME_JUMP_S
            ]
            if same:
                # the picture's own: what they were apart before, they are after
                self._ahead_s += self._jumps_s[same[0]]
                del self._jumps_s[: same[0] + 1]
            elif by_s < 0 or by_s > MAX_PAUSE_S:
                self._ahead_s += by_s
        return self._ahead_s
