"""How sure and how still a face is that may be chosen without a click, and what is no face.

    python -m benchmarks.calibrate.main_face [--detector mediapipe] [--output FILE]

Photos with labelled faces, each as it is and as two seconds of a clip (with noise, encoded): their
faces never move. Labelled clips: people who live. Thresholds are chosen on one half of the photos
and clips and reported on the other.
"""

from __future__ import annotations

import json
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import av
import cv2
import numpy as np
import numpy.typing as npt
import typer
from av.video.stream import VideoStream

from benchmarks.media import clip_file, shared_folder, yunet_model
from benchmarks.truth import read_truth
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.geometry import BoxArray, areas, centres, pairwise_iou
from speaker_boxes.track.tracklets.link import link

N_FRAMES, NOISE = 50, 2.0
"""Of a photo as a clip, and the spread of its noise in grey levels, as a camera's in a room."""
MIN_IOU = 0.3
"""Overlap from which a track is a labelled face."""
MIN_FRAMES = 10
"""Faces of a track from which its mean and its spread mean something."""
HALVES = {
    "tune": ("training.xml", ("latentsync-3", "pyfeat-noface_face")),
    "report": ("testing.xml", ("visualvoice-interview", "fr-short-hamilton")),
}


@dataclass(frozen=True, slots=True)
class Followed:
    """One track."""

    source: str
    is_face: bool
    """Whether it is a labelled one."""
    lives: bool
    """Whether it is of a clip, not of a photo."""
    score: float
    """Mean of its detections."""
    spread: float
    """Of place and size, over the size."""


def still_labels(name: str) -> Iterator[tuple[Path, BoxArray]]:
    """Photos of a list, each with its faces: (n, 4)."""
    folder = shared_folder() / "media" / "stills"
    for image in ET.parse(folder / name).getroot().iter("image"):
        path = folder / Path(image.attrib["file"]).name
        if not path.is_file():
            continue
        rows = [[float(box.attrib[key]) for key in ("left", "top", "width", "height")]
                for box in image.iter("box")]  # fmt: skip
        boxes = np.array(rows, dtype=np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        yield path, boxes


def as_clip(photo: Path, target: Path) -> Path:
    """Two seconds of a photo, with another noise in each frame."""
    image = cv2.imread(str(photo))
    assert image is not None, photo
    height, width = (side - side % 2 for side in image.shape[:2])
    random = np.random.default_rng(0)
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(N_FRAMES):
            noise = random.normal(0, NOISE, (height, width, 3))
            noisy = (image[:height, :width] + noise).clip(0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24")))
        container.mux(stream.encode(None))
    return target


def follow(clip: Path, detectors: DetectorChoice) -> Iterator[tuple[int, BoxArray, float, float]]:
    """Each track: a frame in its middle, its box there, mean score, spread."""
    found = find_faces(clip, DetectionOptions(detectors=detectors))
    tracks = link(found.faces, pts_s=found.video.pts_s, cuts=find_cuts(found.frame_diffs))
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        if len(rows) < MIN_FRAMES:
            continue
        box, middle = tracks.faces.box[rows], len(rows) // 2
        size = np.sqrt(areas(box)).astype(np.float64)
        moves = np.column_stack([centres(box), size]).std(axis=0) / np.median(size)
        score = float(tracks.faces.score[rows].mean())
        frame = int(tracks.faces.frame[rows[middle]])
        yield frame, box[middle : middle + 1], score, float(np.hypot.reduce(moves))


def measure(half: str, detectors: DetectorChoice, folder: Path) -> list[Followed]:
    """Every track of a half's photos and clips, but for those that nobody has labelled."""
    stills, clips = HALVES[half]
    found = []
    for photo, boxes in still_labels(stills):
        clip = as_clip(photo, folder / f"{photo.stem}.mp4")
        for _, box, score, spread in follow(clip, detectors):
            found.append(Followed(photo.name, is_labelled(box, boxes), False, score, spread))
    for name in clips:
        facts = json.loads((shared_folder() / "media" / "truth" / f"{name}.json").read_text())
        path = clip_file(facts["clip"])
        truth = read_truth(shared_folder() / "media" / "truth" / f"{name}.json", path)
        for frame, box, score, spread in follow(path, detectors):
            labelled = np.stack([person.boxes[frame] for person in truth.people.values()])
            if is_labelled(box, truth.ignore.get(frame, np.zeros((0, 4), np.float32))):
                continue
            seen = labelled[~np.isnan(labelled[:, 0])]
            found.append(Followed(name, is_labelled(box, seen), True, score, spread))
    return found


def is_labelled(box: BoxArray, boxes: BoxArray) -> bool:
    """Whether a box is one of the labelled ones."""
    return bool(len(boxes) and pairwise_iou(box, boxes).max() >= MIN_IOU)


def best_split(low: Sequence[float], high: Sequence[float]) -> float:
    """The value that parts two groups with the fewest on the wrong side, each group alike."""
    both = np.unique(np.array([*low, *high]))
    between = (both[1:] + both[:-1]) / 2
    wrong = [wrong_share(low, high, each) for each in between]
    best = np.flatnonzero(np.array(wrong) == min(wrong))
    return float(between[best[len(best) // 2]])


def wrong_share(low: Sequence[float], high: Sequence[float], at: float) -> float:
    """Mean of both groups' parts on the wrong side of a value."""
    return float((np.mean(np.array(low) >= at) + np.mean(np.array(high) < at)) / 2)


def summary(values: Sequence[float]) -> dict[str, float]:
    """Number, and how the values lie."""
    spread: npt.NDArray[np.float64] = np.quantile(values, [0, 0.1, 0.5, 0.9, 1])
    names = ("least", "tenth", "median", "ninetieth", "most")
    return {"n": len(values), **{k: round(float(v), 4) for k, v in zip(names, spread, strict=True)}}


def main(
    detector: Annotated[str, typer.Option()] = "mediapipe",
    output: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Measure both halves and print what they say of both thresholds."""
    detectors = DetectorChoice(detector, yunet_model() if detector == "yunet" else None)
    told: dict[str, object] = {"detector": detector}
    split: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for half in HALVES:
            found = measure(half, detectors, Path(folder))
            groups = {
                "score": (
                    [each.score for each in found if not each.is_face],
                    [each.score for each in found if each.is_face],
                ),
                "spread": (
                    [each.spread for each in found if each.is_face and not each.lives],
                    [each.spread for each in found if each.is_face and each.lives],
                ),
            }
            for name, (low, high) in groups.items():
                if not low or not high:
                    told[f"{half} {name}"] = {"low": len(low), "high": len(high)}
                    continue
                split.setdefault(name, best_split(low, high))
                told[f"{half} {name}"] = {
                    "low": summary(low),
                    "high": summary(high),
                    "chosen": round(split[name], 4),
                    "wrong": round(wrong_share(low, high, split[name]), 4),
                }
    text = json.dumps(told, indent=1)
    print(text)
    if output is not None:
        output.write_text(text + "\n")


if __name__ == "__main__":
    typer.run(main)
