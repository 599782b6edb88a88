"""The people that clips are composed of: their pictures, and where their faces are.

Where a clip has labels, those are taken. Elsewhere YuNet's box on each frame is, checked by eye
(``python -m benchmarks.compose.footage FOLDER`` draws them); frames in which it is not sure are
marked, and count neither for nor against in what is composed of them.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import platformdirs
from scipy.ndimage import gaussian_filter1d

from benchmarks.compose.stills import N_STILL_FRAMES, STILLS
from benchmarks.media import clip_file, shared_folder, yunet_model
from benchmarks.truth import read_truth
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.yunet import Yunet
from speaker_boxes.geometry import BoxArray, areas, centres

Region = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Actor:
    """One person in one stretch of one clip."""

    clip: str
    first: int
    end: int
    """Frames first..end-1 are used."""
    region: Region
    """Part of the picture that is used: no other person is in it."""
    label: str | None = None
    """Name in the clip's own labels; ``None`` if it has none."""
    max_side: int = 960
    """Pictures are scaled down to this."""
    person: str | None = None
    """Who it is, if the same person is an actor in other pictures too; else the actor's name."""


ACTORS = {
    "kitchen-man": Actor("latentsync-2.mp4", 0, 400, (0, 0, 1080, 1400)),
    "curtain-man": Actor("latentsync-3.mp4", 0, 271, (0, 200, 1080, 1500), "man"),
    "crying-woman": Actor("pyfeat-pexels.mp4", 190, 472, (0, 0, 640, 360)),
    "door-man": Actor("pyfeat-noface_face.mov", 96, 167, (0, 0, 960, 540), "man"),
    "glasses-man": Actor("streamio-sideways.mov", 0, 25, (0, 0, 480, 640)),
    "headphones-man": Actor("androidx-topshots.mp4", 0, 53, (0, 0, 1080, 1440)),
    "blue-man": Actor("lipnet-bbaf2n.mpg", 0, 75, (0, 0, 360, 288)),
    "hoodie-man": Actor("intel-asl-again.mkv", 0, 77, (0, 0, 640, 480)),
    "plaid-man": Actor("streamio-data-streams.mp4", 45, 265, (0, 0, 480, 320)),
    "dark-man": Actor("streamio-awesome.mov", 92, 123, (0, 0, 640, 480)),
    "left-man": Actor("visualvoice-interview.mp4", 0, 300, (0, 0, 636, 720), "man-left"),
    "right-man": Actor("visualvoice-interview.mp4", 0, 300, (644, 0, 1280, 720), "man-right"),
    "singer": Actor("fr-short-hamilton.mp4", 84, 210, (100, 0, 560, 360), "singer"),
    "gif-woman": Actor("intel-prev-facewalkpause.gif", 12, 41, (0, 40, 170, 270)),
    "gif-beard": Actor("intel-prev-facewalkpause.gif", 12, 41, (160, 30, 330, 270)),
    "gif-glasses": Actor("intel-prev-facewalkpause.gif", 14, 41, (325, 60, 480, 270)),
    "crowd-boy": Actor("facenet-video.mp4", 50, 86, (780, 560, 1100, 1000)),
    "crowd-woman": Actor("facenet-video.mp4", 30, 84, (150, 560, 420, 1000)),
    **{
        name: Actor(f"{photo}.jpg", 0, N_STILL_FRAMES, region, person=person)
        for name, (photo, region, person) in STILLS.items()
    },
}
"""Everybody who can appear, by what they are called in the composed clips."""


def person_of(actor: str) -> str:
    """What the labels call an actor."""
    return ACTORS[actor].person or actor if actor in ACTORS else actor


_MIN_SCORE = 0.8
"""YuNet's score from which its box is taken for a label."""
_LABEL_SIDE = 640
_SMOOTH_FRAMES = 1.0
"""Standard deviation of the smoothing of YuNet's boxes, which shake by a percent."""
_STILL_SIDE = 320
"""Longer side to which small parts of photos are scaled up."""
KEPT_FORMAT = 1
"""Raise it when the same actor gives other pictures or boxes than before."""


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """The pictures of one actor, and the face in each."""

    jpegs: tuple[bytes, ...]
    box: BoxArray
    """Shape (n, 4), in the pixels of these pictures; NaN where nothing is known."""
    sure: npt.NDArray[np.bool_]
    """Shape (n,): whether the box is certain."""
    width: int
    height: int

    def index(self, frame: int) -> int:
        """A frame that goes on for ever: to the end, back to the beginning, and so on."""
        turn = 2 * (len(self.jpegs) - 1)
        there = frame % turn
        return min(there, turn - there)

    def image(self, index: int) -> Image:
        """Decode one picture."""
        data = np.frombuffer(self.jpegs[index], dtype=np.uint8)
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), dtype=np.uint8)

    def face(self) -> npt.NDArray[np.float64]:
        """The usual face: (4,)."""
        return np.asarray(np.nanmedian(self.box, axis=0), dtype=np.float64)


@cache
def load(name: str) -> Footage:
    """Read the pictures and the boxes of an actor."""
    actor = ACTORS[name]
    x1, y1, x2, y2 = actor.region
    scale = min(1.0, actor.max_side / max(x2 - x1, y2 - y1))
    width, height = round((x2 - x1) * scale), round((y2 - y1) * scale)
    kept = _kept_file(name, actor)
    if kept.is_file():
        return _read_kept(kept)
    images = still_frames(actor) if actor.clip.endswith(".jpg") else _frames(actor, width, height)
    if actor.label is None:
        box, sure = detect_boxes(images)
    else:
        box = (_labels(actor) - np.array([x1, y1] * 2)) * scale
        sure = ~np.isnan(box[:, 0])
    jpegs = tuple(_jpeg(image) for image in images)
    footage = Footage(jpegs, box.astype(np.float32), sure, images[0].shape[1], images[0].shape[0])
    _keep(kept, footage)
    return footage


def _frames(actor: Actor, width: int, height: int) -> list[Image]:
    images: list[Image] = []
    with open_video(clip_file(actor.clip)) as video:
        for frame in video.frames():
            if actor.first <= frame.index < actor.end:
                images.append(frame.picture.resized_crop(actor.region, width, height))
            if frame.index == actor.end:
                break
    return images


def _kept_file(name: str, actor: Actor) -> Path:
    """Detection takes seconds an actor: it is done once for each definition and each clip."""
    said = f"{actor} {KEPT_FORMAT} {clip_file(actor.clip).stat().st_size} {cv2.__version__}"
    digest = hashlib.sha256(said.encode()).hexdigest()[:12]
    return platformdirs.user_cache_path("speaker-boxes") / "footage" / f"{name}-{digest}.npz"


def _keep(path: Path, footage: Footage) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.frombuffer(b"".join(footage.jpegs), dtype=np.uint8)
    part = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(
        part,
        data=data,
        length=[len(jpeg) for jpeg in footage.jpegs],
        box=footage.box,
        sure=footage.sure,
        size=[footage.width, footage.height],
    )
    part.replace(path)


def _read_kept(path: Path) -> Footage:
    with np.load(path, allow_pickle=False) as kept:
        data, ends = kept["data"].tobytes(), np.cumsum([0, *kept["length"].tolist()]).tolist()
        jpegs = tuple(data[start:end] for start, end in pairwise(ends))
        width, height = kept["size"].tolist()
        return Footage(jpegs, kept["box"], kept["sure"], width, height)


def still_frames(actor: Actor) -> list[Image]:
    """A photo as if it was filmed by a hand: it sways, turns by two degrees, comes and goes.

    All come back to where they began, so that the frames may be repeated.
    """
    image = cv2.imread(str(clip_file(actor.clip)), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise ValueError(f"{actor.clip} is not a picture")
    x1, y1, x2, y2 = actor.region
    width, height = x2 - x1, y2 - y1
    scale = max(1.0, _STILL_SIDE / max(width, height))
    size = (round(width * scale), round(height * scale))
    frames = []
    for i in range(actor.end):
        turn = 2 * np.pi * i / actor.end
        centre = ((x1 + x2) / 2, (y1 + y2) / 2)
        matrix: npt.NDArray[np.float64] = np.asarray(
            cv2.getRotationMatrix2D(
                centre, 2 * float(np.sin(turn)), scale * (1.05 + 0.03 * float(np.sin(2 * turn + 1)))
            ),
            dtype=np.float64,
        )
        matrix[:, 2] += np.array(size) / 2 - centre
        matrix[:, 2] += 0.02 * size[0] * np.array([np.sin(turn + 2), np.sin(2 * turn)])
        frame = cv2.warpAffine(
            image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
        frames.append(np.asarray(frame, dtype=np.uint8))
    return frames


def _labels(actor: Actor) -> BoxArray:
    path = shared_folder() / "media" / "truth" / f"{Path(actor.clip).stem}.json"
    truth = read_truth(path, clip_file(actor.clip))
    return truth.people[str(actor.label)].boxes[actor.first : actor.end]


def _jpeg(image: Image) -> bytes:
    flags = [cv2.IMWRITE_JPEG_QUALITY, 95]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), flags)
    return data.tobytes()


def detect_boxes(images: Sequence[Image]) -> tuple[BoxArray, npt.NDArray[np.bool_]]:
    """The one face of each picture by YuNet, smoothed; and where that is certain.

    Where it is not, the box lies between those of the frames around.
    """
    detector = Yunet(yunet_model(), min_score=0.5)
    n = len(images)
    box = np.full((n, 4), np.nan, dtype=np.float32)
    sure = np.zeros(n, dtype=bool)
    scale = min(1.0, _LABEL_SIDE / max(images[0].shape))
    for i, image in enumerate(images):
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = detector.detect(np.asarray(small, dtype=np.uint8))
        if len(found):
            largest = int(np.argmax(areas(found.box)))
            box[i] = found.box[largest] / scale
            sure[i] = found.score[largest] >= _MIN_SCORE
    sure &= _steady(box)
    if not sure.any():
        raise ValueError("no face is certain in any frame")
    at = np.arange(n)
    filled = np.column_stack([np.interp(at, at[sure], side[sure]) for side in box.T])
    smooth = gaussian_filter1d(filled, _SMOOTH_FRAMES, axis=0)
    return smooth.astype(np.float32), sure


def _steady(box: BoxArray) -> npt.NDArray[np.bool_]:
    """Whether a box is like the usual ones around it: no jump of place or size."""
    n = len(box)
    size = np.sqrt(np.maximum(areas(box), 1))
    state = np.column_stack([centres(box), size])
    usual = np.array([np.nanmedian(state[max(0, i - 5) : i + 6], axis=0) for i in range(n)])
    with np.errstate(invalid="ignore"):
        near = (np.abs(state - usual) < 0.15 * usual[:, 2:]).all(axis=1)
    return np.asarray(near & ~np.isnan(box[:, 0]), dtype=bool)


def draw_labels(folder: Path) -> None:
    """Draw sixteen frames of each actor: certain boxes green, others red."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ACTORS:
        footage = load(name)
        tiles = []
        for i in np.linspace(0, len(footage.jpegs) - 1, 16).astype(int).tolist():
            image = footage.image(i)
            x1, y1, x2, y2 = footage.box[i].round().astype(int).tolist()
            colour = (0, 220, 0) if footage.sure[i] else (255, 0, 0)
            cv2.rectangle(image, (x1, y1), (x2, y2), colour, max(1, footage.width // 200))
            width = round(300 * footage.width / footage.height)
            tiles.append(cv2.resize(image, (width, 300), interpolation=cv2.INTER_AREA))
        sheet = np.vstack([np.hstack(tiles[:8]), np.hstack(tiles[8:])])
        cv2.imwrite(str(folder / f"{name}.png"), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
        print(f"{name}: {footage.sure.mean():.0%} of {len(footage.jpegs)} frames are certain")


if __name__ == "__main__":
    draw_labels(Path(sys.argv[1]))
