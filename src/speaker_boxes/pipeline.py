"""A clip in, one box a frame out: the steps in order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np

from speaker_boxes.detect.cache import Cache
from speaker_boxes.detect.clip import Workers, scan_clip
from speaker_boxes.detect.collect import ClipFaces
from speaker_boxes.detect.cuts import find_cuts
from speaker_boxes.detect.detectors import DetectorChoice
from speaker_boxes.detect.download import Download, fetched, shown
from speaker_boxes.detect.faces import DetectorPair
from speaker_boxes.detect.scan import ScanOptions
from speaker_boxes.detect.source import check_is_file, file_digest
from speaker_boxes.detect.video import open_local
from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.track.align import align
from speaker_boxes.track.choose import choose, describe_tracks
from speaker_boxes.track.click import Click
from speaker_boxes.track.embedding import FaceEmbedder, is_installed, open_embedder
from speaker_boxes.track.identity import Identity, choose_person
from speaker_boxes.track.link import link
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.result import SpeakerBoxes


def track_speaker(
    source: str | Path,
    *,
    at: Sequence[Click] = (),
    only_clicked_shots: bool = False,
    stream: int | None = None,
    detectors: DetectorPair | DetectorChoice | None = None,
    options: TrackOptions | None = None,
    scan_options: ScanOptions | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    cache: Cache | None = None,
    progress: Progress = no_progress,
) -> SpeakerBoxes:
    """Follow the speaker through a clip.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    at
        Clicks on the speaker's face, all on the same person. Without one the main face is taken,
        if one is clearly the main one.
    only_clicked_shots
        Leave shots without a click empty. Otherwise the same person is looked for there, with
        face embeddings if the extra ``[identity]`` is installed.
    stream
        Index of the video stream; FFmpeg's own choice if ``None``.
    detectors
        What finds and follows faces, by name or open; MediaPipe's BlazeFace if ``None``. Open
        ones stay in this process.
    workers
        Processes to use at most; as many as there are cores if ``None``. The result is the same
        for any number.
    executor
        Decodes and detects parts of the clip instead of processes of our own, here or on other
        machines that see the same file; any ``concurrent.futures.Executor``.
    cache
        Where the faces of a clip are kept and found again; nowhere if ``None``.
    progress
        Called now and then; raise in it to cancel.

    Raises
    ------
    VideoError
        The clip does not open or decode.
    ModelError
        The detector cannot be loaded.
    NoSpeakerError
        No face could be chosen; the message lists clicks that would choose one.

    Examples
    --------
    >>> from speaker_boxes.sample import clip_path
    >>> result = track_speaker(clip_path(), at=[Click(frame=0, x=240, y=140)])
    >>> len(result.bounding_boxes) == result.video.n_frames
    True
    """
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
    return speaker_boxes(
        clip,
        at=at,
        only_clicked_shots=only_clicked_shots,
        embedder=open_embedder() if is_installed() and not only_clicked_shots else None,
        options=options,
    )


def find_faces(
    source: str | Path,
    *,
    stream: int | None = None,
    detectors: DetectorPair | DetectorChoice | None = None,
    options: ScanOptions | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    cache: Cache | None = None,
    progress: Progress = no_progress,
) -> ClipFaces:
    """Decode a clip and find the faces of every frame: the costly half, without any choice.

    Parameters and errors as in ``track_speaker``.
    """
    detectors, options = detectors or DetectorChoice(), options or ScanOptions()
    name = shown(source)
    with fetched(source, progress=progress) as clip:
        entry = None
        if cache is not None and isinstance(detectors, DetectorChoice):
            check_is_file(clip.path, name)
            clip = Download(clip.path, clip.sha256 or file_digest(clip.path))
            entry = cache.entry(clip.sha256 or "", stream, detectors, options)
            if (known := entry.load(name)) is not None:
                return known
        with open_local(clip, name, stream=stream) as video:
            found = scan_clip(
                video,
                detectors,
                options=options,
                workers=Workers(count=workers, executor=executor),
                store=entry,
                progress=progress,
            )
    if entry is not None:
        entry.save(found)
    return found


def speaker_boxes(
    clip: ClipFaces,
    *,
    at: Sequence[Click] = (),
    only_clicked_shots: bool = False,
    embedder: FaceEmbedder | None = None,
    options: TrackOptions | None = None,
) -> SpeakerBoxes:
    """Link, choose, join and align: from the faces of a clip to the speaker's boxes.

    No pixel is needed: another choice or other options take milliseconds.

    Parameters
    ----------
    at
        Clicks on the speaker's face.
    only_clicked_shots
        Leave shots without a click empty, instead of looking for the same person there.
    embedder
        Compares faces; ``None`` does with set-ups, colours and places.

    Raises
    ------
    NoSpeakerError
        No face could be chosen; the message lists clicks that would choose one.
    """
    options = options or TrackOptions()
    pts_s, faces = clip.video.pts_s, clip.faces
    cuts = find_cuts(clip.changes)
    track = link(faces, pts_s=pts_s, cuts=cuts, options=options)
    if only_clicked_shots:
        choice = choose(faces, track, at, pts_s=pts_s, cuts=cuts)
        identity = Identity(choice.tracks, np.empty(0, np.int64), ())
    else:
        choice, identity = choose_person(clip, track, cuts, at, embedder)
    boxes, status = align(
        faces,
        track,
        identity.tracks,
        unresolved=identity.unresolved,
        pts_s=pts_s,
        cuts=cuts,
        width=clip.video.width,
        height=clip.video.height,
        options=options,
    )
    return SpeakerBoxes(
        video=clip.video,
        boxes=boxes,
        status=status,
        cuts=tuple(cuts.tolist()),
        tracks=describe_tracks(
            faces, track, speaker=identity.tracks, unresolved=identity.unresolved
        ),
        clicks=tuple(at),
        detector=clip.detector,
        options=options,
        reason=choice.reason,
        evidence=identity.evidence,
    )
