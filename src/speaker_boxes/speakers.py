"""Several speakers of one clip: decoded once, chosen together, an array for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.track.identity.click import Click
from speaker_boxes.track.identity.embedding import FaceEmbedder
from speaker_boxes.track.identity.names import check_names
from speaker_boxes.track.identity.people import choose_people
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import SpeakerBoxes
from speaker_boxes.track.output.turns import Turn, check_turns, mask_outside_turns
from speaker_boxes.tracking import Tracks, comparing_faces, find_faces


def track_speakers(
    source: str | Path,
    speakers: Mapping[str, Sequence[Click]],
    *,
    turns: Sequence[Turn] | None = None,
    only_clicked_shots: bool = False,
    stream: int | None = None,
    detectors: DetectorPair | DetectorChoice | None = None,
    options: TrackOptions | None = None,
    scan_options: ScanOptions | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    cache: Cache | None = None,
    progress: Progress = no_progress,
) -> dict[str, SpeakerBoxes]:
    """Follow several speakers through a clip.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    speakers
        Clicks by name, at least one each; different names are different people for certain.
        Names are letters, digits, underscores and hyphens.
    turns
        Who speaks when: each one's boxes are left out elsewhere. ``merge_by_turns`` makes one array
        of them.
    only_clicked_shots, stream, detectors, options, scan_options, workers, executor, cache, progress
        As in ``track_speaker``.

    Returns
    -------
    dict
        Each speaker's boxes, in the order of ``speakers``.

    Raises
    ------
    ValueError
        A name or a turn will not do; before anything is decoded.
    SpeakerBoxesError
        As from ``track_speaker``; ``NoSpeakerError`` too if two names are on one face.

    Examples
    --------
    >>> from speaker_boxes.sample import clip_path
    >>> results = track_speakers(clip_path(), {"ana": [Click(frame=0, x=240, y=140)]})
    >>> list(results), len(results["ana"].bounding_boxes)
    (['ana'], 170)
    """
    _check(speakers, turns)
    clip = find_faces(
        source,
        stream=stream,
        detectors=detectors,
        options=scan_options,
        workers=workers,
        executor=executor,
        cache=cache,
        progress=progress,
    )
    with comparing_faces(clip, cache, wanted=not only_clicked_shots) as embedder:
        return boxes_for_speakers(
            clip,
            speakers,
            turns=turns,
            only_clicked_shots=only_clicked_shots,
            embedder=embedder,
            options=options,
        )


def boxes_for_speakers(
    clip: ClipFaces,
    speakers: Mapping[str, Sequence[Click]],
    *,
    turns: Sequence[Turn] | None = None,
    only_clicked_shots: bool = False,
    embedder: FaceEmbedder | None = None,
    options: TrackOptions | None = None,
) -> dict[str, SpeakerBoxes]:
    """From the faces of a clip to the boxes of several speakers, as ``boxes_for_speaker`` for one.

    Parameters and errors as in ``track_speakers`` and ``boxes_for_speaker``.
    """
    _check(speakers, turns)
    linked = Tracks.of(clip, options or TrackOptions())
    chosen = choose_people(
        clip,
        linked.track,
        linked.cuts,
        speakers,
        embedder,
        only_clicked_shots=only_clicked_shots,
    )
    results = {
        name: linked.boxes_of(choice, identity, speakers[name])
        for name, (choice, identity) in chosen.items()
    }
    return results if turns is None else mask_outside_turns(results, turns)


def _check(speakers: Mapping[str, Sequence[Click]], turns: Sequence[Turn] | None) -> None:
    check_names(speakers)
    if turns is not None:
        check_turns(turns, speakers)
