"""What a user should know of a clip before minutes are spent on it: that its rate varies, or turns.

The picture is not decoded for it, but for one frame; the times are those of the packets.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from speaker_boxes.errors import Remedy
from speaker_boxes.geometry import turn_words

if TYPE_CHECKING:
    from speaker_boxes.detect.decode.metadata import ClipFacts
    from speaker_boxes.detect.decode.video import Video

logger = logging.getLogger(__name__)

_AGAIN = Remedy("normalize the clip and track that", "normalize")


def say_of_open(video: Video) -> None:
    """Log what may make the server count or see other frames, of a clip that was just opened."""
    from speaker_boxes.detect.decode.chunk_plan import index_packets
    from speaker_boxes.detect.decode.metadata import measure_frame_rate

    ref = video.clip_ref()
    packets = index_packets(ref.path, ref.name, ref.stream_index)
    varies = False
    if packets is not None and len(packets.pts):
        ticks = np.sort(np.frombuffer(packets.pts, dtype=np.int64))
        _, varies = measure_frame_rate(ticks, ref.time_base, video.claims.frame_rate)
    _say(ref.name, varies, *video.orientation.turn())


def say_of_known(name: str, facts: ClipFacts) -> None:
    """The same of a clip that was decoded before."""
    _say(name, facts.variable_rate, facts.rotation, facts.mirrored)


def _say(name: str, varies: bool, rotation: int, mirrored: bool) -> None:
    if varies:
        logger.warning(
            "%s: its frame rate varies: there is a box for each frame that decodes here, and the "
            "server may count others", name, extra={"remedy": _AGAIN},
        )  # fmt: skip
    if rotation or mirrored:
        logger.warning(
            "%s: a player shows it %s: the boxes are of the upright picture, and whether the "
            "server turns it is not documented", name, turn_words(rotation, mirrored),
            extra={"remedy": _AGAIN},
        )  # fmt: skip
