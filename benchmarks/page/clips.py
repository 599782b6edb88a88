"""Long 1080p clips of real footage with ten seconds from key frame to key frame, and their faces.

A minute is encoded, then its packets are repeated: ten minutes and an hour have the files, the
indices and the decoding that such clips have, and take seconds to make.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.video.stream import VideoStream

from benchmarks.media import clip_file
from benchmarks.speed.clips import join
from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.decode.video import open_local
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import Crops, Thumbs
from speaker_boxes.detect.scan.face_change import FaceChanges
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.fetch.source import Download
from speaker_boxes.file_digest import file_digest
from speaker_boxes.page.frame_index import read_index

RATE = 25
KEY_EVERY_S = 10
_WIDTH, _HEIGHT = 1920, 1080
_SHOTS = (
    ("visualvoice-interview.mp4", 430),
    ("facenet-video.mp4", 105),
    ("latentsync-2.mp4", 500),
    ("pyfeat-pexels.mp4", 465),
)
"""Clips, and frames of each: a minute together."""
_OPTIONS = {
    "preset": "medium",
    "crf": "21",
    "g": str(RATE * KEY_EVERY_S),
    "sc_threshold": "0",
}
"""What many files are made with; a cut gets no key frame, so that each is ten seconds away."""


def make_minute(out: Path) -> Path:
    """A minute of 1080p, H.264."""
    with av.open(str(out), "w") as target:
        video = target.add_stream("libx264", rate=RATE, options=_OPTIONS)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for index, frame in enumerate(_shots()):
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    return out


def _shots() -> Iterator[av.VideoFrame]:
    for name, n_frames in _SHOTS:
        with av.open(str(clip_file(name))) as source:
            stream = source.streams.video[0]
            graph = Graph()
            into = graph.add_buffer(template=stream)
            size = f"{_WIDTH}:{_HEIGHT}"
            scale = graph.add("scale", f"{size}:force_original_aspect_ratio=decrease")
            pad = graph.add("pad", f"{size}:-1:-1")
            form, end = graph.add("format", "yuv420p"), graph.add("buffersink")
            graph.link_nodes(into, scale, pad, form, end)
            graph.configure()
            for index, frame in enumerate(source.decode(stream)):
                if index == n_frames:
                    break
                graph.push(frame)
                out = graph.pull()
                assert isinstance(out, av.VideoFrame)
                yield out


def lengthen(minute: Path, out: Path, times: int) -> Path:
    """A clip of a minute repeated."""
    return join(minute, out, min_s=60 * times - 1)


def keep_faces(minute: Path, clip: Path, times: int, cache: Cache) -> None:
    """Put the faces of such a clip into the cache: those of the minute, as often.

    Finding them in an hour would take the time of an hour, and find the same.
    """
    entry = cache.entry(file_digest(clip), None, DetectorChoice(), ScanOptions())
    if entry.load(str(clip)) is not None:
        return
    faces = find_faces(minute, DetectionOptions(cache=cache))
    with open_local(Download(clip), str(clip)) as video:
        index = read_index(clip, str(clip), video.clip_ref().stream_index)
        assert index is not None
        metadata = video.metadata_of_chunks(index.pts, n_resized=0)
    entry.save(_repeated(faces, metadata, times))


def _repeated(faces: ClipFaces, video: VideoMetadata, times: int) -> ClipFaces:
    n_frames, n_rows = faces.video.n_frames, len(faces.faces)
    if video.n_frames != n_frames * times:
        raise ValueError(f"{video.n_frames} frames are not {times} times {n_frames}")
    frame_at, row_at = n_frames * np.arange(times), n_rows * np.arange(times)
    changes = faces.face_changes
    return ClipFaces(
        video=video,
        detector=faces.detector,
        faces=Faces(
            _at(faces.faces.frame, frame_at),
            np.tile(faces.faces.box, (times, 1)),
            np.tile(faces.faces.score, times),
        ),
        frame_diffs=np.tile(faces.frame_diffs, (times, 1)),
        crops=Crops(_at(faces.crops.row, row_at), faces.crops.jpeg * times),
        thumbs=Thumbs(
            _at(faces.thumbs.frame, frame_at), np.tile(faces.thumbs.image, (times, 1, 1))
        ),
        face_changes=FaceChanges(
            _at(changes.before, row_at), _at(changes.after, row_at), np.tile(changes.value, times)
        ),
    )


def _at(column: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The same column from each of some starts on."""
    return (starts[:, None] + column[None]).reshape(-1)
