"""What is heard in a clip: its sound, and when somebody speaks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.speech.sound import Sound, read_sound
from speaker_boxes.track.speech.voice import Spans, Voice, hear_voice, within


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """The sound of a clip and the voices in it."""

    sound: Sound | None
    """``None`` if there is none, or nothing but digital silence."""
    voice: Voice
    spans: Spans
    """When somebody speaks."""

    def speech(self, pts_s: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Whether somebody is heard at each of some times; always if there is no sound."""
        if self.sound is None:
            return np.ones(len(pts_s), dtype=np.bool_)
        return within(self.spans, pts_s)


def hear(path: Path, name: str, pts_s: npt.NDArray[np.float64]) -> Hearing:
    """Listen to a clip for as long as there are pictures.

    Parameters
    ----------
    name
        What messages call it.
    pts_s : (n_frames,)

    Raises
    ------
    VideoOpenError
        The clip does not open.
    ModelError
        The voice detector is missing or damaged.
    """
    sound = read_sound(path, name)
    if sound is None or sound.is_silent:
        return Hearing(None, NO_VOICE, NO_VOICE.spans())
    voice = hear_voice(sound, float(pts_s.min()), float(pts_s.max()) + 0.1)
    return Hearing(sound, voice, voice.spans())


NO_VOICE = Voice(0.0, np.zeros(0, np.float32), np.zeros(0, np.float32))
"""What is heard where there is no sound."""
