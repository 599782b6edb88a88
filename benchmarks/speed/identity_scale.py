"""Time and memory of choosing again in an edited show and in a film.

    python -m benchmarks.speed.identity_scale [N_TRACKS ...] [-o FILE]

Faces are made up: 20 people in 1,340 tracks (an edited show of 26 minutes) and 60 in 6,000 (a
film), each track a second in a set-up that comes back. Embeddings are made up too, so that what
is measured is the joining. Each size runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.machine import describe_machine
from benchmarks.media import RESULTS, ROOT
from speaker_boxes.click import Click
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.decode.metadata import Claims, VideoMetadata
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import CROP_SIDE, Crops, Thumbs
from speaker_boxes.detect.scan.cuts import FrameDiffMeter
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector
from speaker_boxes.tracking import boxes_for_speaker

RESULT = RESULTS / "identity-scale.json"
PEOPLE = {1340: 20, 6000: 60}
_SHOT, _CROP_EVERY, _RATE = 25, 16, 25
_WIDTH, _HEIGHT = 1280, 720
_SETUPS = 3
"""Camera set-ups of each pair of people."""
_LENGTH_OF_CLEAR = 200
"""A raw vector of length 120 with a score of 0.95 is a clear face."""
_SPREAD = 0.25
"""Length of what differs between two pictures of one person, over that of the vector."""


class MadeUpEmbedder:
    """Reads who it is from a crop's colour, as ``make_crop`` painted it."""

    def __init__(self, n_people: int) -> None:
        random = np.random.default_rng(0)
        vectors = random.normal(size=(n_people, LENGTH))
        self._vectors = 0.6 * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self._colours = np.array([_colour(person) for person in range(n_people)])
        self.n_asked = 0

    def embed(self, crop: Image) -> FaceVector:
        """The person's vector, and a little that differs from crop to crop."""
        self.n_asked += 1
        seen = crop[:16, :16].reshape(-1, 3).mean(axis=0)
        person = int(np.abs(self._colours - seen).sum(axis=1).argmin())
        random = np.random.default_rng(int(crop[60:90, 80:110].sum()))
        noise = random.normal(size=LENGTH)
        vector = self._vectors[person] + 0.6 * _SPREAD * noise / np.linalg.norm(noise)
        return FaceVector((_LENGTH_OF_CLEAR * vector).astype(np.float32), 0.95)


def _colour(person: int) -> npt.NDArray[np.float64]:
    """One of 64, so far apart that JPEG keeps them."""
    return np.array([40 + 60 * (person // 4**k % 4) for k in range(3)], dtype=np.float64)


def make_crop(person: int, number: int) -> bytes:
    """A small JPEG: the person's colour in a corner, their own soft colours elsewhere."""
    coarse = np.random.default_rng(person).integers(30, 230, (6, 6, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_LINEAR)
    image[:24, :24] = _colour(person)[::-1]
    level = int(np.random.default_rng(number).integers(0, 200))
    cv2.circle(image, (96, 80), 40, (level, level // 2, 200 - level), -1)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def make_clip(n_tracks: int, n_people: int) -> ClipFaces:
    """Shots of a second, with one face or two in turn, until there are that many tracks."""
    random = np.random.default_rng(1)
    frames: list[int] = []
    boxes: list[list[float]] = []
    crops: list[tuple[int, bytes]] = []
    people: list[int] = []
    thumb_frames: list[int] = []
    thumbs: list[npt.NDArray[np.uint8]] = []
    meter, start, setup = FrameDiffMeter(), 0, 0
    while len(people) < n_tracks:
        group = int(random.integers(0, n_people // 2))
        # never the one of the shot before: there would be no cut
        setup = (setup + 1 + int(random.integers(0, _SETUPS - 1))) % _SETUPS
        two = len(people) + 2 <= n_tracks and random.random() < 0.4
        seen = [2 * group, 2 * group + 1] if two else [2 * group + int(random.integers(0, 2))]
        thumb = _thumb(_SETUPS * group + setup)
        for frame in range(start, start + _SHOT):
            meter.measure(thumb)
            for person in seen:
                if (frame - start) % _CROP_EVERY == 0:
                    crops.append((len(frames), make_crop(person, len(crops))))
                frames.append(frame)
                boxes.append(_box(person, setup, frame))
        people += seen
        thumb_frames += [start, start + _SHOT - 1]
        thumbs += [thumb, thumb]
        start += _SHOT
    return ClipFaces(
        video=_facts(start),
        detector="made up",
        faces=Faces(
            np.array(frames), np.array(boxes, np.float32), np.full(len(frames), 0.9, np.float32)
        ),
        frame_diffs=np.array(meter.rows, dtype=np.float32),
        crops=Crops(np.array([row for row, _ in crops]), tuple(jpeg for _, jpeg in crops)),
        thumbs=Thumbs(np.array(thumb_frames), np.array(thumbs)),
    )


def _thumb(number: int) -> npt.NDArray[np.uint8]:
    """The small picture of a set-up: unlike that of any other."""
    coarse = np.random.default_rng(number).integers(0, 256, (9, 16), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (64, 36), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _box(person: int, setup: int, frame: int) -> list[float]:
    x = (200 if person % 2 == 0 else 800) + 60 * setup + 3 * np.sin(frame / 9)
    return [x, 200, x + 150, 400]


def _facts(n_frames: int) -> VideoMetadata:
    return VideoMetadata(
        source="made up",
        sha256="0" * 64,
        width=_WIDTH,
        height=_HEIGHT,
        pts_s=np.arange(n_frames) / _RATE,
        frame_rate=Fraction(_RATE),
        variable_rate=False,
        rotation=0,
        mirrored=False,
        pixel_aspect_ratio=Fraction(1),
        n_decode_errors=0,
        n_frames_lost=0,
        n_resized=0,
        claims=Claims(n_frames, Fraction(_RATE), n_frames / _RATE),
        streams=(),
    )


def measure(n_tracks: int) -> dict[str, float]:
    """Choose the person of the first shot, and once more; in this process."""
    n_people = PEOPLE.get(n_tracks, max(2, n_tracks // 80))
    clip = make_clip(n_tracks, n_people)
    x1, y1, x2, y2 = clip.faces.box[0].tolist()
    click = Click(frame=0, x=(x1 + x2) / 2, y=(y1 + y2) / 2)
    embedder = MadeUpEmbedder(n_people)
    describer = CachedDescriber(embedder=embedder)
    before_mb = _peak_mb()
    times, cpu = [], []
    for _ in range(2):
        began, spent = time.perf_counter(), time.process_time()
        found = boxes_for_speaker(clip, at=[click], describer=describer)
        times.append(time.perf_counter() - began)
        cpu.append(time.process_time() - spent)
    return {
        "n_tracks": n_tracks,
        "n_people": n_people,
        "n_faces": len(clip.faces),
        "first_s": round(times[0], 2),
        "again_s": round(times[1], 2),
        # beside other programs on the machine this is what can be compared
        "first_cpu_s": round(cpu[0], 2),
        "again_cpu_s": round(cpu[1], 2),
        "peak_mb": round(_peak_mb()),
        "clip_mb": round(before_mb),
        "n_embedded": embedder.n_asked,
        "n_boxes": int((~np.isnan(found.boxes[:, 0])).sum()),
    }


def _peak_mb() -> float:
    """Most memory that this process had so far; Linux counts kilobytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Measure each size in a process of its own, print and write."""
    parser = argparse.ArgumentParser(description="Measure choosing again in long clips.")
    parser.add_argument("n_tracks", type=int, nargs="*", default=list(PEOPLE))
    parser.add_argument("-o", "--output", type=Path, default=RESULT)
    parser.add_argument("--here", action="store_true", help="in this process, one size")
    chosen = parser.parse_args()
    if chosen.here:
        print(json.dumps(measure(chosen.n_tracks[0])))
        return
    rows = []
    for n_tracks in chosen.n_tracks:
        command = [sys.executable, "-m", "benchmarks.speed.identity_scale", "--here", str(n_tracks)]
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(run.stdout.strip().splitlines()[-1]))
        print(rows[-1], flush=True)
    result = {"machine": describe_machine(), "sizes": rows}
    chosen.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
