"""Crops of faces whose person is known, as identity gets them: clear ones, and spoilt copies.

People are those of the clips and stills of the shared folder. Who is who was seen by eye; in clips
with one person it is the longest track and all that share no frame with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import av
import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.media import clip_file, shared_folder
from speaker_boxes import find_faces
from speaker_boxes.detect.decode.frame_image import FrameImage, Image
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.registry import open_detectors
from speaker_boxes.detect.scan.crops import CROP_SHARE, CROP_SIDE, cut_crop, read_crop
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.detect.scan.reference_face import read_picture
from speaker_boxes.detect.scan.roi_tracker import HIGH_SCORE, RoiTracker
from speaker_boxes.detect.scan.search import detect_windows
from speaker_boxes.geometry import BoxArray, pairwise_iou
from speaker_boxes.track.tracklets.link import link

ALONE = (
    "androidx-topshots.mp4", "intel-asl-again.mkv", "latentsync-2.mp4", "latentsync-3.mp4",
    "lipnet-bbaf2n.mpg", "moviepy-chaplin.mp4", "pyfeat-noface_face.mov", "pyfeat-pexels.mp4",
    "streamio-awesome.mov", "streamio-data-streams.mp4", "streamio-sideways.mov",
)  # fmt: skip
"""Clips with one person."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody among others: the track whose face covers a point is theirs for some frames."""

    person: str
    frame: int
    x: int
    y: int
    first: int = 0
    last: int = 1_000_000


TOGETHER = {
    "facenet-video.mp4": (
        Seen("blue hood", 24, 1020, 734),
        Seen("curls", 8, 910, 668, last=30), Seen("curls", 97, 930, 702),
        Seen("red hair", 16, 750, 635), Seen("red hair", 83, 477, 647),
        Seen("grey man", 20, 1121, 669, last=24), Seen("grey man", 60, 1098, 705),
        Seen("black glasses", 94, 1191, 723, first=46),
        Seen("scarf", 4, 468, 781), Seen("white hair", 23, 310, 720),
    ),
    "fr-short-hamilton.mp4": (
        Seen("singer", 4, 549, 72), Seen("singer", 114, 259, 137),
        Seen("pianist", 4, 66, 202), Seen("pianist", 28, 398, 192),
        Seen("chin", 227, 353, 89), Seen("earring", 227, 413, 135),
        Seen("back", 223, 78, 101), Seen("grey hair", 227, 201, 115),
    ),
    "intel-prev-facewalkpause.gif": (
        Seen("long hair", 8, 99, 118), Seen("bald", 8, 227, 105), Seen("glasses", 8, 347, 129),
    ),
    "visualvoice-interview.mp4": (
        Seen("left", 100, 396, 271), Seen("right", 100, 910, 196),
    ),
}  # fmt: skip
BALD = "ABDCACCDACDADBCBCADDBABB"
"""The 24 faces of ``bald_guys.jpg`` in the detector's order: six photos of each of four men."""
KINDS = ("clear", "dark", "noisy", "small", "blurred", "pressed", "small and dark")
EVERY, PIECE, PER_PIECE = 4, 24, 6
"""A crop each so many frames; so many crops are one track, of which so many are compared."""
_SMALL, _SMALL_DARK = 24, 30
"""Height in pixels of faces that are made small."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of a track of one person: what identity sees of a track."""

    person: str
    kind: str
    size: float
    """Of the face in the picture, pixels."""
    stretch: int
    """Number of the stretch; its spoilt copies have the same."""
    crops: tuple[Image, ...]


def pieces() -> Iterator[Piece]:
    """All people, with each kind of copy."""
    random = np.random.default_rng(0)
    stretch = 0
    for person, size, jpegs in (*_clips(), *_stills()):
        n_parts = max(1 if len(jpegs) < 8 else 2, min(5, round(len(jpegs) / PIECE)))
        for part in np.array_split(np.arange(len(jpegs)), n_parts):
            some = np.unique(np.linspace(part[0], part[-1], PER_PIECE).round().astype(int))
            crops = [read_crop(jpegs[i]) for i in some.tolist()]
            for kind in KINDS:
                spoilt = tuple(spoil(crop, size, kind, random) for crop in crops)
                limit = {"small": _SMALL, "small and dark": _SMALL_DARK}.get(kind, np.inf)
                yield Piece(person, kind, min(size, limit), stretch, spoilt)
            stretch += 1


def _clips() -> Iterator[tuple[str, float, list[bytes]]]:
    """Person, usual size of the face, and crops of each track that is somebody's."""
    for name in (*ALONE, *TOGETHER):
        clip = find_faces(clip_file(name))
        faces = clip.faces
        track = link(faces, pts_s=clip.video.pts_s, cuts=find_cuts(clip.frame_diffs)).ids
        owner = np.full(len(faces), "", dtype="<U60")
        for seen, id_ in _tracks(name, faces.frame, faces.box, track):
            inside = (faces.frame >= seen.first) & (faces.frame <= seen.last)
            owner[(track == id_) & inside] = f"{name}/{seen.person}"
        strong = faces.score >= 0.5
        jpegs: dict[tuple[str, int], list[bytes]] = {}
        with open_video(clip_file(name)) as video:
            for frame in video.frames():
                rows = faces.rows(frame.index)
                for row in range(rows.start, rows.stop):
                    key = (str(owner[row]), int(track[row]))
                    nth = int(((track[:row] == track[row]) & (owner[:row] == owner[row])).sum())
                    if key[0] and strong[row] and nth % EVERY == 0:
                        jpegs.setdefault(key, []).append(cut_crop(frame.picture, faces.box[row]))
        for (person, id_), some in jpegs.items():
            box = faces.box[(track == id_) & (owner == person)]
            yield person, float(np.median(np.sqrt((box[:, 2:] - box[:, :2]).prod(axis=1)))), some


def _tracks(
    name: str, frame: npt.NDArray[np.int64], box: BoxArray, track: npt.NDArray[np.int64]
) -> Iterator[tuple[Seen, int]]:
    """Which tracks of a clip are whose."""
    if name in TOGETHER:
        for seen in TOGETHER[name]:
            at = np.array([seen.x, seen.y])
            on = (frame == seen.frame) & (box[:, :2] <= at).all(axis=1)
            (id_,) = np.unique(track[on & (at < box[:, 2:]).all(axis=1) & (track >= 0)])
            yield seen, int(id_)
        return
    count = np.bincount(track[track >= 0])
    taken: set[int] = set()
    for id_ in np.argsort(-count, kind="stable").tolist():
        frames = set(frame[track == id_].tolist())
        if not frames & taken:
            taken |= frames
            yield Seen("alone", 0, 0, 0), id_


def _stills() -> Iterator[tuple[str, float, list[bytes]]]:
    """Each labelled face of the photos is another person; of the bald men some are the same."""
    folder = shared_folder() / "media" / "stills"
    labels = _labels(folder)
    with open_detectors("mediapipe") as pair:
        for name in (*labels, "bald_guys.jpg"):
            image = read_picture(folder / name)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            picture = FrameImage(frame, UPRIGHT, image.shape[1], image.shape[0])
            plan = pair.plan(picture.width, picture.height)
            found = detect_windows(picture, (*plan.full_frame, *plan.tiles), min_score=HIGH_SCORE)
            found = RoiTracker(pair, max_missed=0).confirm(picture, found)
            for i, box in enumerate(found.box):
                size = float(np.sqrt((box[2:] - box[:2]).prod()))
                if name == "bald_guys.jpg":
                    yield f"{name}/{BALD[i]}", size, [cut_crop(picture, box)]
                elif pairwise_iou(box[None], labels[name]).max() > 0.25:
                    yield f"{name}/{i}", size, [cut_crop(picture, box)]


def _labels(folder: Path) -> dict[str, BoxArray]:
    """The labelled faces of each photo."""
    labels = {}
    for file in ("training.xml", "testing.xml"):
        for image in ElementTree.parse(folder / file).iter("image"):
            rows = [[int(box.attrib[k]) for k in ("left", "top", "width", "height")]
                    for box in image.iter("box")]  # fmt: skip
            box = np.array(rows, dtype=np.float32)
            labels[image.attrib["file"]] = np.column_stack([box[:, :2], box[:, :2] + box[:, 2:]])
    return labels


def spoil(crop: Image, size: float, kind: str, random: np.random.Generator) -> Image:
    """A crop as it would be of a face of ``size`` pixels in a worse clip."""
    if kind == "clear":
        return crop
    if kind == "blurred":
        return _pressed(np.asarray(cv2.GaussianBlur(crop, (0, 0), 4.0), dtype=np.uint8), 90)
    size = {"small": min(size, _SMALL), "small and dark": min(size, _SMALL_DARK)}.get(kind, size)
    side = min(CROP_SIDE, round(CROP_SHARE * size))
    image = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA).astype(np.float64)
    light, noise, quality = _WORSE[kind]
    worse = np.clip(image * light + random.normal(0, noise, image.shape), 0, 255).round()
    pressed = _pressed(worse.astype(np.uint8), quality)
    large = cv2.resize(pressed, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_LINEAR)
    return _pressed(np.asarray(large, dtype=np.uint8), 90)


_WORSE = {
    "dark": (0.2, 2.5, 80),
    "noisy": (1.0, 22.0, 80),
    "small": (1.0, 0.0, 70),
    "pressed": (1.0, 0.0, 12),
    "small and dark": (0.25, 2.0, 80),
}
"""Share of the light, noise in grey levels, quality of JPEG."""


def _pressed(image: Image, quality: int) -> Image:
    """What JPEG leaves of an RGB image."""
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return read_crop(bytes(data))
