"""Where the numbers of ``blazeface_box._FACE`` come from: BlazeFace's squares to face boxes.

    python -m benchmarks.calibrate.box_shape [ROWS.npz]

Short range looks at cut-outs around labelled faces (where a clip has no labels: around YuNet's
boxes), as it does when it follows. Each edge of the label, relative to the square's centre and
side, is then fitted by where the nose is relative to the ears. Printed are the errors on the
person who was left out of each fit, and the numbers of the fit to all. ROWS.npz keeps what was
gathered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.media import shared_folder, yunet_model
from benchmarks.quality.plain import detect_in
from benchmarks.truth import labelled_truths
from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.video import open_video
from speaker_boxes.detect.detectors.blazeface_box import PROFILE_FROM
from speaker_boxes.detect.detectors.blazeface_mediapipe import BlazeFace
from speaker_boxes.detect.detectors.model_files import SHORT_RANGE
from speaker_boxes.detect.detectors.yunet import Yunet

Floats = npt.NDArray[np.float64]

_EVERY, _CUTOUTS, _SIDE = 6, (2.0, 2.5), 256
"""Each sixth frame; sides of cut-outs over the face; what they are scaled to."""
_SHIFT = 0.05
"""Cut-outs are off by this part of the face at random, as they are when a face moves."""
_MIN_SIZE, _MIN_SCORE = 30, 0.8
"""YuNet's boxes that may stand for labels."""
_RIDGE = 0.003


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Faces as short range sees them, and as they are; all relative to its square."""

    name: npt.NDArray[np.str_]
    """Shape (n,): the clip, and behind a stroke the labelled person."""
    points: Floats
    """Shape (n, 6, 2): two eyes, nose, mouth, two ears."""
    edges: Floats
    """Shape (n, 4): the label's x1, y1, x2, y2."""

    def clip(self) -> npt.NDArray[np.str_]:
        """The clip of each row."""
        return np.char.partition(self.name, "/")[:, 0]

    def take(self, which: npt.NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows(self.name[which], self.points[which], self.edges[which])

    def mirrored(self) -> Rows:
        """The same faces seen in a mirror: left and right change places."""
        points = self.points[:, [1, 0, 2, 3, 5, 4]] * [-1, 1]
        edges = self.edges[:, [2, 1, 0, 3]] * [-1, 1, -1, 1]
        return Rows(self.name, points, edges)

    def weight(self) -> Floats:
        """One over the root of the number of rows of the clip: long clips count more, not all."""
        _, inverse, count = np.unique(self.clip(), return_inverse=True, return_counts=True)
        return np.asarray(1 / np.sqrt(count[inverse]), dtype=np.float64)


def gather() -> Rows:
    """Show short range the faces of all clips."""
    labels = {truth.clip.name: truth for truth in labelled_truths()}
    yunet = Yunet(yunet_model(), min_score=_MIN_SCORE)
    random = np.random.default_rng(0)
    rows: list[tuple[str, Floats, Floats]] = []
    with closing(BlazeFace(SHORT_RANGE)) as short:
        for path in sorted((shared_folder() / "media" / "clips").iterdir()):
            truth = labels.get(path.name)
            with open_video(path) as video:
                for frame in video.frames():
                    if frame.index % _EVERY:
                        continue
                    if truth is not None:
                        people = {f"/{name}": p.boxes for name, p in truth.people.items()}
                        boxes = [(name, box[frame.index]) for name, box in people.items()]
                        boxes = [(name, box) for name, box in boxes if not np.isnan(box[0])]
                    else:
                        found = detect_in(frame.picture, yunet, 960).box
                        boxes = [("", box) for box in found if box[3] - box[1] >= _MIN_SIZE]
                    for name, box in boxes:
                        seen = _look_around(frame.picture, short, box, random)
                        rows += [(path.stem + name, points, edges) for points, edges in seen]
    return Rows(
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
    )


def _look_around(
    picture: FrameImage, short: BlazeFace, box: npt.NDArray[np.float32], random: np.random.Generator
) -> Iterator[tuple[Floats, Floats]]:
    """Points and label's edges relative to the square, for each cut-out in which it is found."""
    centre = (box[:2] + box[2:]).astype(np.float64) / 2
    size = float(np.sqrt((box[2:] - box[:2]).prod()))
    for factor in _CUTOUTS:
        side = round(factor * size)
        x, y = np.rint(centre + random.normal(0, _SHIFT * size, 2) - side / 2).astype(int).tolist()
        image = picture.resized_crop((x, y, x + side, y + side), _SIDE, _SIDE)
        square, points, score = short.detect_squares(image)
        corner = np.array([x, y])
        square = square * side / _SIDE + np.tile(corner, 2)
        points = points * side / _SIDE + corner
        middle = (square[:, :2] + square[:, 2:]) / 2
        off = np.hypot(*(middle - centre).T) / size
        if not len(off) or off.min() > 0.6:
            continue
        i = int(np.argmin(off - 0.3 * score))
        width = square[i, 2] - square[i, 0]
        yield (points[i] - middle[i]) / width, (box - np.tile(middle[i], 2)) / width


Features = Callable[[Floats], tuple[Floats, Floats]]
"""From points to what a mirror turns round (n, a) and what it does not (n, b)."""


def _nose(points: Floats) -> tuple[Floats, Floats]:
    """The nose beside and below the middle of the ears: (n,), (n,)."""
    nose = points[:, 2] - (points[:, 4] + points[:, 5]) / 2
    return nose[:, 0], nose[:, 1]


def constant(points: Floats) -> tuple[Floats, Floats]:
    """The square alone."""
    return np.empty((len(points), 0)), np.ones((len(points), 1))


def linear(points: Floats) -> tuple[Floats, Floats]:
    """The nose against the ears."""
    beside, below = _nose(points)
    return beside[:, None], np.column_stack([np.ones(len(points)), below])


def turned(points: Floats) -> tuple[Floats, Floats]:
    """Also how far the head is turned, to whichever side."""
    odd, even = linear(points)
    return odd, np.column_stack([even, np.abs(odd)])


def profile(points: Floats) -> tuple[Floats, Floats]:
    """Also how far it is turned beyond where the farther eye is lost."""
    odd, even = linear(points)
    return odd, np.column_stack([even, np.maximum(np.abs(odd) - PROFILE_FROM, 0)])


def mouth(points: Floats) -> tuple[Floats, Floats]:
    """Nose, and how far the mouth is below the eyes."""
    odd, even = linear(points)
    return odd, np.column_stack([even, points[:, 3, 1] - points[:, :2, 1].mean(axis=1)])


SHAPES: dict[str, Features] = {
    "constant": constant,
    "linear": linear,
    "turned": turned,
    "profile": profile,
    "mouth": mouth,
}


def fit(rows: Rows, shape: Features) -> Floats:
    """Ridge regression over the rows and their mirror images: (n_features, 4)."""
    features, targets, weights = [], [], []
    for each in (rows, rows.mirrored()):
        features.append(np.column_stack(shape(each.points)))
        targets.append(each.edges)
        weights.append(each.weight())
    x, y, w = np.concatenate(features), np.concatenate(targets), np.concatenate(weights)
    ridge = np.eye(x.shape[1]) * _RIDGE * w.sum()
    ridge[shape(rows.points)[0].shape[1]] = 0  # the constant costs nothing
    weighted = x * w[:, None]
    return np.asarray(np.linalg.solve(x.T @ weighted + ridge, weighted.T @ y), dtype=np.float64)


def errors(rows: Rows, shape: Features, numbers: Floats) -> Floats:
    """Predicted minus labelled edges over the label's width and height: (n, 4)."""
    predicted = np.column_stack(shape(rows.points)) @ numbers
    sides = rows.edges[:, 2:] - rows.edges[:, :2]
    return np.asarray((predicted - rows.edges) / np.tile(sides, 2), dtype=np.float64)


def main() -> None:
    """Gather, fit, and print the errors on clips left out."""
    cache = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if cache is not None and cache.is_file():
        with np.load(cache) as kept:
            rows = Rows(kept["name"], kept["points"], kept["edges"])
    else:
        rows = gather()
        if cache is not None:
            np.savez(cache, name=rows.name, points=rows.points, edges=rows.edges)
    np.set_printoptions(precision=3, suppress=True, linewidth=120)
    for name, shape in SHAPES.items():
        print_left_out(name, rows, shape)
    for name, shape in SHAPES.items():
        print(name, fit(rows, shape).T, sep="\n")


def print_left_out(name: str, rows: Rows, shape: Features) -> None:
    """Mean error, and the chin's median error, of each person who was left out of the fit."""
    error = np.empty_like(rows.edges)
    people = np.unique(rows.name)
    for person in people:
        out = rows.name == person
        error[out] = errors(rows.take(out), shape, fit(rows.take(~out), shape))
    means = [np.abs(error[rows.name == person]).mean(axis=0) for person in people]
    chins = np.array([np.median(error[rows.name == person, 3]) for person in people])
    print(f"{name}: mean |error| {np.mean(means, axis=0)}, |chin| {np.abs(chins).mean():.3f}")
    worst = np.argsort(-np.abs(chins))[:6]
    print("   chin off by", ", ".join(f"{people[i]} {chins[i]:+.3f}" for i in worst))


if __name__ == "__main__":
    main()
