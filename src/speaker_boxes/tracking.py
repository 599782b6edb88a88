"""A clip in, one box a frame out: the steps in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.decode_warnings import warn_of
from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.fetch import Download, local_copy, redacted_url
from speaker_boxes.file_digest import check_is_file, file_digest
from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.track.identity.choose import Choice
from speaker_boxes.track.identity.click import Click
from speaker_boxes.track.identity.embedding import FaceEmbedder, is_installed, open_embedder
from speaker_boxes.track.identity.embedding_cache import CachedEmbedder
from speaker_boxes.track.identity.identity import Identity, choose_person
from speaker_boxes.track.identity.reference import Reference
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.frame_boxes import frame_boxes
from speaker_boxes.track.output.result import SpeakerBoxes, describe_tracks
from speaker_boxes.track.tracklets.link import TrackIds, link


def track_speaker(
    source: str | Path,
    *,
    at: Sequence[Click] = (),
    face: str | Path | None = None,
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
        Clicks on the speaker's face, all on the same person. Without one, and without ``face``,
        the main face is taken, if one is clearly the main one.
    face
        A picture of the speaker that shows no other face; needs the extra ``[identity]``. With
        clicks, both must mean the same person.
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
        The detector cannot be loaded, or the extra that ``face`` needs is not installed.
    PictureError
        ``face`` is no picture, or does not show exactly one face.
    NoSpeakerError
        No face could be chosen; the message lists clicks that would choose one.

    Examples
    --------
    >>> from speaker_boxes.sample import clip_path
    >>> result = track_speaker(clip_path(), at=[Click(frame=0, x=240, y=140)])
    >>> len(result.bounding_boxes) == result.video.n_frames
    True
    """
    # before the clip is decoded: a picture that does not do is found at once
    reference = None if face is None else read_reference(face, open_embedder())
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
    with comparing_faces(
        clip, cache, wanted=face is not None or not only_clicked_shots
    ) as embedder:
        return boxes_for_speaker(
            clip,
            at=at,
            reference=reference,
            only_clicked_shots=only_clicked_shots,
            embedder=embedder,
            options=options,
        )


@contextmanager
def comparing_faces(
    clip: ClipFaces, cache: Cache | None, *, wanted: bool
) -> Iterator[FaceEmbedder | None]:
    """What compares the faces of a clip, if the extra is installed; keeps what it finds."""
    if not (wanted and is_installed()):
        yield None
        return
    path = None if cache is None else cache.embeddings_path(clip.video.sha256)
    embedder = CachedEmbedder(path)
    try:
        yield embedder
    finally:  # nobody chosen: the user tries again, with the same faces
        embedder.keep()


def read_reference(path: str | Path, embedder: FaceEmbedder) -> Reference:
    """Find the one face of a picture file and describe it.

    Raises
    ------
    PictureError
        It is no picture, or does not show exactly one face.
    """
    from speaker_boxes.detect.scan.reference_face import cut_reference

    return Reference(Path(path).name, embedder.embed(cut_reference(Path(path))))


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
    name = redacted_url(source)
    with local_copy(source, progress=progress) as clip:
        entry = None
        if cache is not None and isinstance(detectors, DetectorChoice):
            check_is_file(clip.path, name)
            clip = Download(clip.path, clip.sha256 or file_digest(clip.path))
            entry = cache.entry(clip.sha256 or "", stream, detectors, options)
            if (known := entry.load(name)) is not None:
                warn_of(known.video)
                return known
        # PyAV, which a known clip needs not
        from speaker_boxes.detect.decode.video import open_local
        from speaker_boxes.detect.run.scan_clip import Workers, scan_clip

        with open_local(clip, name, stream_index=stream) as video:
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


def boxes_for_speaker(
    clip: ClipFaces,
    *,
    at: Sequence[Click] = (),
    reference: Reference | None = None,
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
    reference
        The speaker's face in another picture, from ``read_reference``; needs ``embedder``.
    only_clicked_shots
        Leave shots without a click empty, instead of looking for the same person there.
    embedder
        Compares faces; ``None`` does with set-ups, colours and places.

    Raises
    ------
    NoSpeakerError
        No face could be chosen; the message lists clicks that would choose one.
    """
    linked = Tracks.of(clip, options or TrackOptions())
    choice, identity = choose_person(
        clip,
        linked.track,
        linked.cuts,
        at,
        embedder,
        reference=reference,
        only_clicked_shots=only_clicked_shots,
    )
    return linked.boxes_of(choice, identity, at)


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """A clip whose faces are linked, for one speaker or several."""

    clip: ClipFaces
    options: TrackOptions
    cuts: npt.NDArray[np.int64]
    track: TrackIds

    @classmethod
    def of(cls, clip: ClipFaces, options: TrackOptions) -> Tracks:
        """Find the cuts and link the faces."""
        cuts = find_cuts(clip.frame_diffs)
        track = link(clip.faces, pts_s=clip.video.pts_s, cuts=cuts, options=options)
        return cls(clip, options, cuts, track)

    def boxes_of(self, choice: Choice, identity: Identity, clicks: Sequence[Click]) -> SpeakerBoxes:
        """Lay one person's boxes along the frames."""
        faces, video = self.clip.faces, self.clip.video
        boxes, status = frame_boxes(
            faces,
            self.track,
            identity.tracks,
            unresolved=identity.unresolved,
            pts_s=video.pts_s,
            cuts=self.cuts,
            width=video.width,
            height=video.height,
            options=self.options,
        )
        return SpeakerBoxes(
            video=video,
            boxes=boxes,
            status=status,
            cuts=tuple(self.cuts.tolist()),
            tracks=describe_tracks(
                faces, self.track, speaker=identity.tracks, unresolved=identity.unresolved
            ),
            clicks=tuple(clicks),
            detector=self.clip.detector,
            options=self.options,
            reason=choice.reason,
            evidence=identity.evidence,
        )
