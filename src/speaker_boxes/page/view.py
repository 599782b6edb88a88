"""What edits make of a clip: tracks, people, and each speaker's boxes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.edits.apply import edit_clip
from speaker_boxes.edits.codec import edits_json
from speaker_boxes.edits.model import Edits
from speaker_boxes.pictures.faces import crops_of, spread
from speaker_boxes.track.identity.cluster import Labels
from speaker_boxes.track.identity.persons import find_persons
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import SpeakerBoxes, Status
from speaker_boxes.track.output.turns import TurnBoxes
from speaker_boxes.track.tracklets.tracks import Tracks
from speaker_boxes.tracking import link_clip

STATUS_WORDS = {status.value: status.name.lower() for status in Status}
CARD_CROPS = 4
"""Pictures on a person's card."""
_KEPT = 4
"""Views that are kept: the one that is shown, and the ones that undo and redo show."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A clip as some edits leave it."""

    revision: str
    tracks: Tracks
    person: Labels
    """Shape (n_tracks,): the person of each."""
    results: Mapping[str, SpeakerBoxes | TurnBoxes]
    """None while no speaker is chosen."""


class Views:
    """Makes views of one clip, and keeps the last ones."""

    def __init__(self, clip: ClipFaces, describer: CropDescriber, options: TrackOptions) -> None:
        self._clip = clip
        self._describer = describer
        self._options = options
        self._kept: OrderedDict[str, View] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, edits: Edits | None) -> View:
        """Apply edits; ``None`` if nobody is chosen. Errors as from ``apply_edits``."""
        text = "" if edits is None else edits_json(edits)
        revision = hashlib.sha256(text.encode()).hexdigest()[:16]
        with self._lock:  # one at a time: a describer is not for several threads
            view = self._kept.pop(revision, None) or self._make(revision, edits)
            self._kept[revision] = view
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return view

    def known(self, revision: str) -> View | None:
        """A view that was made lately."""
        with self._lock:
            return self._kept.get(revision)

    def _make(self, revision: str, edits: Edits | None) -> View:
        clip, describer = self._clip, self._describer
        if edits is None:
            tracks = link_clip(clip, describer, self._options)
            return View(revision, tracks, find_persons(clip, tracks, describer), {})
        edited = edit_clip(clip, edits, describer=describer, options=self._options)
        return View(revision, edited.tracks, edited.person, edited.results)


def view_to_json(clip: ClipFaces, view: View) -> dict[str, Any]:
    """What the page draws of a whole clip; boxes come by windows."""
    return {
        "rev": view.revision,
        "cuts": view.tracks.cuts.tolist(),
        "tracks": _tracks_to_json(view),
        "persons": [
            _person_to_json(clip, view, person)
            for person in range(int(view.person.max(initial=-1)) + 1)
        ],
        "speakers": [_speaker_to_json(name, each) for name, each in _single(view).items()],
        "output": [
            {"name": name, "runs": _runs(result.status_codes), "boxes": result.n_boxes}
            for name, result in view.results.items()
        ],
    }


def window_to_json(view: View, first: int, end: int) -> dict[str, Any]:
    """Faces and boxes of frames ``[first, end)``."""
    faces = view.tracks.faces
    rows = slice(*np.searchsorted(faces.frame, [first, end]).tolist())
    table = np.column_stack(
        [faces.frame[rows], view.tracks.ids[rows], np.round(faces.box[rows], 1)]
    )
    return {
        "first": first,
        "faces": [[int(f), int(t), *map(float, box)] for f, t, *box in table.tolist()],
        "boxes": {
            name: [None if np.isnan(row[0]) else row.tolist() for row in each.boxes[first:end]]
            for name, each in _single(view).items()
        },
    }


def _single(view: View) -> dict[str, SpeakerBoxes]:
    """Each speaker's boxes over the whole clip, turns or not."""
    singles: dict[str, SpeakerBoxes] = {}
    for name, result in view.results.items():
        if isinstance(result, TurnBoxes):
            singles.update(result.speakers)
        else:
            singles[name] = result
    return singles


def _tracks_to_json(view: View) -> list[list[float]]:
    """Each as ``[first, last, person, click frame, x, y]``."""
    tracks = view.tracks
    clicks = [tracks.click(track) for track in range(len(tracks))]
    return [
        [int(tracks.first[i]), int(tracks.last[i]), int(view.person[i]), at.frame or 0, at.x, at.y]
        for i, at in enumerate(clicks)
    ]


def _person_to_json(clip: ClipFaces, view: View, person: int) -> dict[str, Any]:
    ids = np.flatnonzero(view.person == person)
    rows = np.concatenate([view.tracks.rows(int(track)) for track in ids])
    longest = int(ids[np.argmax([len(view.tracks.rows(int(track))) for track in ids])])
    click = view.tracks.click(longest)
    return {
        "tracks": ids.tolist(),
        "frames": len(rows),
        "shots": len(np.unique(view.tracks.shot[ids])),
        "crops": spread(clip, crops_of(clip, view.tracks, ids), CARD_CROPS),
        "click": [click.frame, click.x, click.y],
    }


def _speaker_to_json(name: str, result: SpeakerBoxes) -> dict[str, Any]:
    return {
        "name": name,
        "runs": _runs(result.status_codes),
        "boxes": result.n_boxes,
        "reason": result.reason,
        "unresolved": [info.track for info in result.unresolved],
        "tracks": [info.track for info in result.tracks if info.role.value == "speaker"],
    }


def _runs(status: npt.NDArray[np.uint8]) -> list[list[int]]:
    """Stretches of one status, each as ``[first, code]``."""
    first = np.concatenate([[0], 1 + np.flatnonzero(np.diff(status))])
    return np.column_stack([first, status[first]]).astype(int).tolist() if len(status) else []
