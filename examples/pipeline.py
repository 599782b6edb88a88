"""Only boxes, for a pipeline of one's own: one row a frame, NaN where there is none."""

import sys
from pathlib import Path

from speaker_boxes import Cache, NoSpeakerError, SpeakerBoxes, track_speaker


def boxes_of(clip: Path) -> SpeakerBoxes | None:
    """The boxes of the main face, or ``None`` where it takes a person to say who is meant."""
    try:
        return track_speaker(clip, cache=Cache())
    except NoSpeakerError as error:
        # error.candidates are clicks that would choose somebody: a page can offer them
        print(f"{clip.name}: {error}", file=sys.stderr)
        return None


if __name__ == "__main__":
    for name in sys.argv[1:]:
        if (result := boxes_of(Path(name))) is not None:
            print(f"{name}: {result.boxes.shape[0]} frames, {result.n_boxes} with a box")
