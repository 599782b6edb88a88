"""A clip's second decoding: small pictures of the faces that could be speaking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.video import open_local
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.errors import VideoDecodeError
from speaker_boxes.fetch.source import Download
from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.track.conversation.picture_cache import (
    Jpegs,
    key_of,
    load_pictures,
    save_pictures,
)
from speaker_boxes.track.conversation.stretches import TrackPart
from speaker_boxes.track.speech.pictures import FaceTrack, cut_face, face_squares
from speaker_boxes.track.speech.windows import needed_frames

_QUALITY = 90
"""Of JPEG: 4 KB a picture. What is just cut goes through it too, so that a kept picture and a
new one are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFile:
    """Where the pictures of a clip come from."""

    file: Download
    name: str
    """What messages call it."""
    stream_index: int | None = None
    sha256: str = ""
    cache: Cache | None = None
    progress: Progress = no_progress


class FacePictures:
    """Pictures of some parts of tracks, as JPEG until they are asked for."""

    def __init__(self, jpegs: dict[str, Jpegs]) -> None:
        self._jpegs = jpegs

    def face_track(self, part: TrackPart) -> FaceTrack:
        """The pictures of one part, 25 a second at most."""
        pictures = [
            cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
            for jpeg in self._jpegs[key_of(part)]
        ]
        taken = needed_frames(part.pts_s)
        return FaceTrack(part.pts_s[taken], part.box[taken], np.asarray(pictures, dtype=np.uint8))


def cut_pictures(clip: ClipFile, parts: Sequence[TrackPart]) -> FacePictures:
    """Have the pictures of these parts: kept ones, else by decoding the clip up to the last one.

    Raises
    ------
    VideoError
        The clip does not open or decode any more.
    """
    path = None if clip.cache is None else clip.cache.pictures_path(clip.sha256)
    kept = {} if path is None else load_pictures(path)
    missing = {key_of(part): part for part in parts if key_of(part) not in kept}
    if missing:
        kept |= _decode(clip, missing)
        if path is not None and clip.cache is not None:
            save_pictures(path, clip.cache, kept)
    return FacePictures(kept)


def _decode(clip: ClipFile, missing: dict[str, TrackPart]) -> dict[str, Jpegs]:
    wanted: dict[int, list[tuple[str, npt.NDArray[np.float64]]]] = {}
    for key, part in missing.items():
        squares = face_squares(part.box, part.pts_s)
        for i in needed_frames(part.pts_s).tolist():
            wanted.setdefault(int(part.frame[i]), []).append((key, squares[i]))
    last = max(wanted)
    found: dict[str, list[bytes]] = {key: [] for key in missing}
    with open_local(clip.file, clip.name, stream_index=clip.stream_index) as video:
        for frame in video.frames():
            for key, square in wanted.get(frame.index, ()):
                found[key].append(_jpeg(cut_face(frame.picture, square)))
            clip.progress("faces", frame.index + 1, last + 1)
            if frame.index >= last:
                break
    if sum(map(len, found.values())) != sum(map(len, wanted.values())):
        raise VideoDecodeError(
            f"cannot decode {clip.name} again: fewer frames come out than before"
        )
    return {key: tuple(jpegs) for key, jpegs in found.items()}


def _jpeg(picture: npt.NDArray[np.uint8]) -> bytes:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()
