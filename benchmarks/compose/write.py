"""Write composed clips and their labels, each scene once.

What is written depends on nothing but the scripts of this room, the clips, and the versions of
FFmpeg and OpenCV.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np
import platformdirs

from benchmarks.compose.render import VisibleFace, layers_of_frame, paint_frame, timeline
from benchmarks.compose.scenes import SCENES, Scene
from benchmarks.truth import Truth, read_truth

_SOURCES = ("write.py", "footage.py", "render.py", "stills.py")
"""What decides how a scene is painted; the scene itself is written into its labels."""
_CLICK_AWAY = 4
"""Frames between a click and the ends of the stretch that it lies in, where there is room."""


def composed_truths(folder: Path | None = None) -> list[Truth]:
    """The labels of the long composed clips; those that are not there yet are made."""
    return compose_all(SCENES, folder or default_folder())


def compose_all(scenes: Sequence[Scene], folder: Path) -> list[Truth]:
    """The labels of these scenes; what is not there yet is made, by a process for each core."""
    if sum(not is_composed(scene, folder) for scene in scenes) > 1:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            return list(pool.map(compose, scenes, repeat(folder)))
    return [compose(scene, folder) for scene in scenes]


def digest_of(scene: Scene) -> str:
    """Of all that the scene says."""
    return hashlib.sha256(repr(scene).encode()).hexdigest()[:16]


def is_composed(scene: Scene, folder: Path) -> bool:
    """Whether the clip is there, as the scene is now."""
    labels = folder / f"{scene.name}.json"
    return labels.is_file() and json.loads(labels.read_text()).get("scene") == digest_of(scene)


def default_folder() -> Path:
    """A folder of the user's cache that belongs to just these scripts."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return platformdirs.user_cache_path("speaker-boxes") / f"composed-{digest.hexdigest()[:12]}"


def compose(scene: Scene, folder: Path) -> Truth:
    """Write ``NAME.mp4`` and ``NAME.json`` unless they are there."""
    clip, labels = folder / f"{scene.name}.mp4", folder / f"{scene.name}.json"
    if not is_composed(scene, folder):
        folder.mkdir(parents=True, exist_ok=True)
        faces = _write_clip(clip, scene)
        labels.write_text(spell({**truth_of(scene, clip, faces), "scene": digest_of(scene)}))
    return read_truth(labels, clip)


def _write_clip(path: Path, scene: Scene) -> list[list[VisibleFace]]:
    """Paint and encode every frame; gives the faces of each."""
    faces = []
    options = {"fflags": "+bitexact", "movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=scene.rate)
        stream.width, stream.height, stream.pix_fmt = scene.width, scene.height, "yuv420p"
        stream.thread_count = 2  # the bytes depend on it
        # the short ones are many: made fast, and a little worse
        preset = "veryfast" if scene.kind == "edited" else "ultrafast"
        stream.options = {"crf": "20", "preset": preset}
        for index in range(timeline(scene)[-1][1]):
            layers = layers_of_frame(scene, index)
            image, seen = paint_frame(scene, layers)
            faces.append(seen)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, scene.rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return faces


def truth_of(scene: Scene, clip: Path, faces: list[list[VisibleFace]]) -> dict[str, object]:
    """The labels, in the form of those of the real clips."""
    people: dict[str, dict[int, list[float]]] = {}
    also: dict[str, dict[str, list[list[float]]]] = {}
    ignore: dict[str, list[list[float]]] = {}
    for frame, seen in enumerate(faces):
        for face in seen:
            if face.counts and frame not in people.get(face.name, {}):
                people.setdefault(face.name, {})[frame] = face.box
            elif face.counts:  # in a mirror, or in a picture within the picture
                also.setdefault(face.name, {}).setdefault(str(frame), []).append(face.box)
            else:
                ignore.setdefault(str(frame), []).append(face.box)
    spans = timeline(scene)
    return {
        "clip": clip.name,
        "sha256": hashlib.sha256(clip.read_bytes()).hexdigest(),
        "width": scene.width,
        "height": scene.height,
        "frames": len(faces),
        "cuts": _starts(scene, "cut"),
        "changes": _starts(scene, "change"),
        "note": f"Made by benchmarks.compose: {scene.about}.",
        "identities": {
            name: {
                "clicks": _clicks(boxes, spans),
                "boxes": {str(frame): box for frame, box in boxes.items()},
                "also": also.get(name, {}),
            }
            for name, boxes in people.items()
        },
        "ignore": ignore,
    }  # fmt: skip


def _starts(scene: Scene, after: str) -> list[int]:
    """First frames of the shots that begin in one way."""
    starts = [start for start, _ in timeline(scene)]
    shots = zip(starts, scene.shots, strict=True)
    return [start for start, shot in shots if start and shot.after == after]


def _clicks(boxes: dict[int, list[float]], spans: list[tuple[int, int]]) -> list[list[float]]:
    """One click for each stretch of each shot in which the person is seen."""
    clicks = []
    for start, end in spans:
        there = np.array([frame for frame in boxes if start <= frame < end])
        for run in np.split(there, np.flatnonzero(np.diff(there) > 1) + 1):
            if len(run) > 2:
                frame = int(run[min(_CLICK_AWAY, len(run) // 2)])
                x1, y1, x2, y2 = boxes[frame]
                clicks.append([frame, round((x1 + x2) / 2, 1), round((y1 + y2) / 2, 1)])
    return clicks


def spell(truth: dict[str, object]) -> str:
    """JSON with a box a line."""
    text = json.dumps(truth, indent=1)
    return re.sub(r"\[[^\[\]]+\]", lambda row: " ".join(row[0].split()), text) + "\n"
