"""From the faces of a clip and edits to boxes: the same bytes wherever it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from speaker_boxes.click import Click
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.edits.model import Edits
from speaker_boxes.edits.people import EditedTracks, edit_tracks, track_under
from speaker_boxes.edits.spans import apply_spans
from speaker_boxes.errors import EditsError
from speaker_boxes.geometry import BoxArray
from speaker_boxes.track.identity.choose import Choice
from speaker_boxes.track.identity.cluster import Labels, average_linkage
from speaker_boxes.track.identity.grouping import IdentityOptions
from speaker_boxes.track.identity.identity import (
    Identity,
    identify,
    nothing_to_join,
    only_chosen,
)
from speaker_boxes.track.identity.persons import number_persons
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.frame_boxes import Statuses, frame_boxes
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import TurnBoxes, merge_by_turns
from speaker_boxes.track.tracklets.tracks import Tracks
from speaker_boxes.tracking import lay_boxes, link_clip


@dataclass(frozen=True, slots=True, eq=False)
class EditedClip:
    """A clip as edits leave it."""

    tracks: Tracks
    person: Labels
    """Shape (n_tracks,): the person of each track, as ``find_persons`` numbers them."""
    results: Mapping[str, SpeakerBoxes | TurnBoxes]
    """Each speaker's boxes by name, or, with turns, those of whoever speaks by the name ``""``."""


def apply_edits(
    clip: ClipFaces,
    edits: Edits,
    *,
    describer: CropDescriber | None = None,
    options: TrackOptions | None = None,
) -> Mapping[str, SpeakerBoxes | TurnBoxes]:
    """Make boxes of what was said by hand; no pixel is needed.

    Parameters
    ----------
    describer
        Describes crops of faces; a new one if ``None``.
    options
        How faces are linked; what ``edits`` say of it holds instead.

    Returns
    -------
    Mapping
        Each speaker's boxes by name, or, with turns, those of whoever speaks by the name ``""``.

    Raises
    ------
    EditsError
        They are of another clip, or contradict what is seen or themselves.
    NoSpeakerError
        No face is where a click is.
    """
    return edit_clip(clip, edits, describer=describer, options=options).results


def edit_clip(
    clip: ClipFaces,
    edits: Edits,
    *,
    describer: CropDescriber | None = None,
    options: TrackOptions | None = None,
) -> EditedClip:
    """``apply_edits``, with the tracks and people that the boxes were made of."""
    check_clip(clip, edits)
    options = track_options(edits, options)
    describer = describer or CachedDescriber()
    edited = edit_tracks(clip, link_clip(clip, describer, options), edits, describer)
    person = _persons(edited)
    identities = _identities(edited)
    results: dict[str, SpeakerBoxes] = {}
    for speaker in edits.speakers:
        clicks = (*speaker.clicks, *speaker.tracks_yes)
        spans = [span for span in edits.spans if span.speaker == speaker.name]
        result = lay_boxes(
            clip, edited.tracks, _choice(edited, speaker.name, clicks),
            identities[speaker.name], clicks, options,
        )  # fmt: skip
        results[speaker.name] = apply_spans(
            result, spans, lambda click: _boxes_under(clip, edited, person, click, options)
        )
    merged = {"": merge_by_turns(results, edits.turns)} if edits.turns else results
    return EditedClip(edited.tracks, person, merged)


def check_clip(clip: ClipFaces, edits: Edits) -> None:
    """Refuse edits of another clip.

    Raises
    ------
    EditsError
    """
    check_digest(clip.video.sha256, clip.video.source, edits)


def check_digest(sha256: str, source: str, edits: Edits) -> None:
    """The same, by the digest of a file that is called ``source``."""
    if sha256 != edits.clip_sha256:
        of = f"of another clip ({edits.clip_name})" if edits.clip_name else "of another clip"
        raise EditsError(
            f"these edits are {of}: its digest is {edits.clip_sha256[:12]}, that of "
            f"{source} is {sha256[:12]}"
        )


def track_options(edits: Edits, options: TrackOptions | None = None) -> TrackOptions:
    """How faces are linked, where edits say something of it."""
    options = options or TrackOptions()
    return options if edits.max_gap_s is None else replace(options, max_gap_s=edits.max_gap_s)


def _persons(edited: EditedTracks) -> Labels:
    """Group all tracks into people with what was said by hand."""
    tracks, affinity = edited.tracks, edited.affinity
    cannot_link = affinity.cannot_link.copy()
    for name, ids in edited.chosen.items():
        for other, theirs in edited.chosen.items():
            if other != name:
                cannot_link[np.ix_(ids, theirs)] = True
    label = average_linkage(
        affinity.log_odds, affinity.weight, cannot_link, *edited.chosen.values(),
        min_odds=IdentityOptions().min_odds, two_people=affinity.two_people,
    )  # fmt: skip
    return number_persons(tracks, label)


def _identities(edited: EditedTracks) -> dict[str, Identity]:
    """Each speaker's other tracks, as without edits, from evidence that knows of them."""
    names, chosen = list(edited.chosen), list(edited.chosen.values())
    if nothing_to_join(edited.affinity.cannot_link, chosen):
        return {name: only_chosen(ids) for name, ids in edited.chosen.items()}
    found = identify(edited.affinity, chosen)
    return dict(zip(names, found, strict=True))


def _choice(edited: EditedTracks, name: str, clicks: tuple[Click, ...]) -> Choice:
    one = "click" if len(clicks) == 1 else "clicks"
    return Choice(edited.chosen[name], f"chosen by {one} {', '.join(map(str, clicks))}")


def _boxes_under(
    clip: ClipFaces, edited: EditedTracks, label: Labels, click: Click, options: TrackOptions
) -> tuple[BoxArray, Statuses]:
    """The boxes of the person under a click."""
    ids = np.flatnonzero(label == label[track_under(edited.tracks, click)])
    return frame_boxes(
        edited.tracks, ids, width=clip.video.width, height=clip.video.height, options=options
    )
