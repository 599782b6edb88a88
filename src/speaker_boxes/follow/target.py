"""Whom to follow, in any of the ways in which that can be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speaker_boxes.click import Click
    from speaker_boxes.edits.model import Edits
    from speaker_boxes.track.identity.names import Who
    from speaker_boxes.track.output.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One speaker, several, whoever speaks, or what edits say; without any of it the main face."""

    clicks: Sequence[Click] = ()
    """On the one speaker's face."""
    rejected: Sequence[Click] = ()
    """On the faces of others."""
    face: Path | None = None
    """A picture of the one speaker."""
    person: int | None = None
    """Number of the one speaker among the people of the clip, as ``list_people`` counts them."""
    only_clicked_shots: bool = False
    speakers: Mapping[str, Who] = field(default_factory=dict)
    """Clicks or a person's number by name, of several."""
    turns: Sequence[Turn] | None = None
    """Who of the several speaks when: one array of whoever does."""
    active: str | None = None
    """one or turns: whoever is found to speak."""
    edits: Edits | None = None

    @property
    def names(self) -> list[str]:
        """Of each array that comes out; ``[""]`` if there is one only."""
        if self.edits is not None:
            from speaker_boxes.edits.model import speaker_names

            return list(speaker_names(self.edits))
        return list(self.speakers) if self.speakers and self.turns is None else [""]
