"""How much a face speaks, moment by moment.

LR-ASD knows 25 pictures a second and windows of seconds. What is dear, looking at the pictures,
is done once a face; its GRUs, which drift on long stretches, get windows of two seconds, and
windows overlap so that no step is seen where one ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speaker_boxes.track.speech.lr_asd import PER_PICTURE
from speaker_boxes.track.speech.mfcc import N_SAMPLES_MORE, STEP, mfcc
from speaker_boxes.track.speech.pictures import FaceTrack
from speaker_boxes.track.speech.sound import Sound

if TYPE_CHECKING:  # whoever runs it has it; ONNX Runtime comes with it
    from speaker_boxes.track.speech.network import Embedding, Network

PICTURE_RATE = 25
"""Pictures a second that LR-ASD knows."""
_WINDOW = 2 * PICTURE_RATE
_HOP = PICTURE_RATE // 2
_SAMPLES = PER_PICTURE * STEP
"""Of sound for each picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the network saw of a face."""

    start_s: float
    """Time of the first picture; the others follow 25 a second."""
    embedding: Embedding

    @property
    def time_s(self) -> npt.NDArray[np.float64]:
        """Shape (n,): time of each."""
        return self.start_s + np.arange(len(self.embedding)) / PICTURE_RATE


def look(network: Network, track: FaceTrack) -> Seen:
    """See a face that ``at_picture_rate`` gave."""
    return Seen(float(track.pts_s[0]), network.see(track.pictures))


def needed_frames(pts_s: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Which of a face's frames ``at_picture_rate`` takes, and both ends: rising indices."""
    taken = _nearest(pts_s, _grid(pts_s))
    return np.unique(np.concatenate([[0], taken, [len(pts_s) - 1]])).astype(np.int64)


def at_picture_rate(track: FaceTrack) -> FaceTrack:
    """The same face 25 times a second: at each time the nearest frame's box and picture."""
    time_s = _grid(track.pts_s)
    nearest = _nearest(track.pts_s, time_s)
    return FaceTrack(time_s, track.box[nearest], track.pictures[nearest])


def features_of(sound: Sound, seen: Seen) -> npt.NDArray[np.float32]:
    """Describe what sounds while a face is seen: (4 n, 13), for ``Network.hear``."""
    return mfcc(sound.cut(seen.start_s, len(seen.embedding) * _SAMPLES + N_SAMPLES_MORE))


def score(network: Network, seen: Seen, heard: Embedding) -> npt.NDArray[np.float32]:
    """Say how much a face speaks at each of ``seen.time_s``.

    Returns
    -------
    (n,) float32
        Logits: compare them between faces at one moment; 0 is no border.
    """
    n = len(seen.embedding)
    length = min(n, _WINDOW)
    starts = np.unique(np.append(np.arange(0, n - length + 1, _HOP), n - length))
    at = starts[:, None] + np.arange(length)  # (windows, length)
    scores = network.speaking(seen.embedding[at], heard[at])
    # a raised cosine that is nowhere 0, so that the ends, seen by one window, have a value
    weight = 0.51 - 0.49 * np.cos(2 * np.pi * (np.arange(length) + 0.5) / length)
    total, weights = np.zeros(n), np.zeros(n)
    np.add.at(total, at, scores * weight)
    np.add.at(weights, at, np.broadcast_to(weight, at.shape))
    return (total / weights).astype(np.float32)


def smooth_lips(lips: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What ``Network.lips`` says, as a score to go by where there is no sound: means of 1 s."""
    # imported here: it takes a third of a second, and one face alone needs no network
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(lips, PICTURE_RATE, mode="nearest"), dtype=np.float32)


def _grid(pts_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Times from the first to the last, 25 a second."""
    n = round(float(pts_s[-1] - pts_s[0]) * PICTURE_RATE) + 1
    return np.asarray(pts_s[0] + np.arange(n) / PICTURE_RATE)


def _nearest(
    pts_s: npt.NDArray[np.float64], time_s: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Index of the frame that is nearest to each time."""
    if len(pts_s) == 1:
        return np.zeros(len(time_s), dtype=np.int64)
    after = np.clip(np.searchsorted(pts_s, time_s), 1, len(pts_s) - 1)
    nearer = time_s - pts_s[after - 1] <= pts_s[after] - time_s
    return np.where(nearer, after - 1, after)
