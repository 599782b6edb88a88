"""Follow whom the arguments name, with progress and warnings on stderr: for track and run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from speaker_boxes.commands.terminal import talk

if TYPE_CHECKING:
    from speaker_boxes.commands.whom import Whom
    from speaker_boxes.track.result import SpeakerBoxes
    from speaker_boxes.track.turns import TurnBoxes


def follow(
    source: str, whom: Whom, *, stream: int | None, max_gap: float, quiet: bool
) -> Mapping[str, SpeakerBoxes | TurnBoxes]:
    """Track, and give each array by the name it goes by: one of ``whom.names``."""
    from speaker_boxes.pipeline import track_speaker
    from speaker_boxes.speakers import track_speakers
    from speaker_boxes.track.options import TrackOptions
    from speaker_boxes.track.turns import take_turns

    options = TrackOptions(max_gap_s=max_gap)
    with talk(quiet=quiet) as progress:
        if not whom.speakers:
            result = track_speaker(
                source,
                at=whom.clicks,
                face=whom.face,
                only_clicked_shots=whom.only_clicked_shots,
                stream=stream,
                options=options,
                progress=progress,
            )
            _hint_at_extra([result])
            return {"": result}
        results = track_speakers(
            source,
            whom.speakers,
            only_clicked_shots=whom.only_clicked_shots,
            stream=stream,
            options=options,
            progress=progress,
        )
        _hint_at_extra(results.values())
        return results if whom.turns is None else {"": take_turns(results, whom.turns)}


def _hint_at_extra(results: Iterable[SpeakerBoxes]) -> None:
    """Say once what the extra would add, where it could have added something."""
    from speaker_boxes.track.embedding import is_installed

    count = len({info.track for result in results for info in result.unresolved})
    if count and not is_installed():
        print(
            f"speaker-boxes: warning: {count} track{'s' if count > 1 else ''} unresolved; the "
            "extra that compares faces decides more: pip install 'speaker-boxes[identity]'",
            file=sys.stderr,
        )
