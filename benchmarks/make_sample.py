"""Make the sample clip of the package, and the exact truth of it.

    python benchmarks/make_sample.py [ASTRONAUT.png]

The picture is ``skimage/data/astronaut.png`` of scikit-image: Eileen Collins, by NASA, in the
public domain. A virtual camera moves over it: the face moves, leaves the picture and comes back;
then a hard cut to another framing of the same person. The face's box was measured by eye in the
picture once and goes through the camera's own transform, so that the truth is exact. The same
versions of FFmpeg and OpenCV give the same bytes (one encoder thread, no dates).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

SAMPLE = Path(__file__).parents[1] / "src" / "speaker_boxes" / "sample"
PICTURE_SHA256 = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"
FACE = (181.0, 76.0, 270.0, 178.0)
"""Hairline to chin, jaw to jaw, in the picture's pixels; measured by eye on a grid."""
FACE_LIKE = ((381, 97, 400, 121), (386, 72, 408, 94), (400, 27, 419, 64))
"""Windows, nose and glints of the shuttle model: a face to some detectors, so painted over."""
WIDTH, HEIGHT, RATE, N_FRAMES, CUT = 640, 360, 25, 170, 120
AUDIO_RATE, AUDIO_FRAME = 44_100, 1024

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where one frame looks: which point of the picture is in its middle, how large."""

    x: float
    y: float
    scale: float
    mirrored: bool = False

    def matrix(self) -> npt.NDArray[np.float64]:
        """Affine matrix (2, 3) from the picture to the frame, in pixel edges."""
        across = -self.scale if self.mirrored else self.scale
        return np.array(
            [
                [across, 0, WIDTH / 2 - across * self.x],
                [0, self.scale, HEIGHT / 2 - self.scale * self.y],
            ]
        )

    def face(self) -> list[float]:
        """The face's box in the frame; parts of it may lie outside."""
        corners = np.array([[FACE[0], FACE[1], 1], [FACE[2], FACE[3], 1]]) @ self.matrix().T
        low, high = corners.min(axis=0), corners.max(axis=0)
        return [round(float(value), 1) for value in (*low, *high)]


def camera_at(frame: int) -> Camera:
    """Look where the script of the clip says: shot 1 with a way out and back, then shot 2."""
    time = frame / RATE
    if frame >= CUT:
        return Camera(
            x=226 + 16 * np.sin(2.1 * time),
            y=118 + 7 * np.sin(3.3 * time),
            scale=2.15 + 0.12 * np.sin(1.4 * time),
            mirrored=True,
        )
    away = _ease((frame - 50) / 20) - _ease((frame - 84) / 20)
    return Camera(
        x=232 + 22 * np.sin(1.9 * time) * (1 - away) + 268 * away,
        y=122 + 7 * np.sin(2.7 * time + 1),
        scale=1.55 + 0.18 * np.sin(1.1 * time),
    )


def _ease(progress: float) -> float:
    """From 0 to 1 without a jerk at either end."""
    part = min(max(progress, 0.0), 1.0)
    return part * part * (3 - 2 * part)


def draw(picture: Image, frame: int) -> Image:
    """Draw one frame: (HEIGHT, WIDTH, 3) RGB."""
    matrix = camera_at(frame).matrix()
    # cv2 counts from pixel centres, boxes from pixel edges
    matrix[:, 2] += matrix[:, :2].sum(axis=1) / 2 - 0.5
    image = cv2.warpAffine(
        picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    if frame >= CUT:
        # the second framing is lit cooler and darker
        image = np.clip(image * np.array([0.66, 0.76, 0.86]), 0, 255)
    return np.asarray(image, dtype=np.uint8)


def voice() -> npt.NDArray[np.float32]:
    """A quiet hum in syllables, as long as the clip: (n,) in [-1, 1]."""
    time = np.arange(AUDIO_RATE * N_FRAMES // RATE) / AUDIO_RATE
    pitch = 130 + 12 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / AUDIO_RATE
    hum = sum(np.sin(n * phase) / n**1.5 for n in range(1, 9))
    syllables = np.clip(np.sin(2 * np.pi * 3.7 * time), 0, None) ** 1.5
    phrases = np.clip(4 * np.sin(2 * np.pi * time / 3.2), 0, 1)
    return np.asarray(0.08 * hum * syllables * phrases, dtype=np.float32)


def write_clip(path: Path, picture: Image) -> None:
    """Encode pictures and sound."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.thread_count = 1
        video.options = {"crf": "25", "preset": "veryslow"}
        audio = container.add_stream("aac", rate=AUDIO_RATE, layout="mono")
        audio.bit_rate = 32_000
        for index in range(N_FRAMES):
            image = av.VideoFrame.from_ndarray(draw(picture, index), format="rgb24")
            image.pts, image.time_base = index, Fraction(1, RATE)
            container.mux(video.encode(image))
        container.mux(video.encode(None))
        samples = voice()
        for start in range(0, len(samples), AUDIO_FRAME):
            part = samples[None, start : start + AUDIO_FRAME]
            sound = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            sound.sample_rate, sound.pts, sound.time_base = (
                AUDIO_RATE,
                start,
                Fraction(1, AUDIO_RATE),
            )
            container.mux(audio.encode(sound))
        container.mux(audio.encode(None))


def truth(clip: Path) -> dict[str, object]:
    """The face's box in each frame that shows all of it; the rest of its frames are ignored."""
    boxes: dict[str, list[float]] = {}
    partly: dict[str, list[list[float]]] = {}
    for frame in range(N_FRAMES):
        x1, y1, x2, y2 = camera_at(frame).face()
        if x1 >= 0 and x2 <= WIDTH:
            boxes[str(frame)] = [x1, y1, x2, y2]
        elif x2 > 0 and x1 < WIDTH:
            partly[str(frame)] = [[max(x1, 0.0), y1, min(x2, WIDTH), y2]]
    clicks = [[frame, *_middle(boxes[str(frame)])] for frame in (12, CUT + 12)]
    return {
        "clip": clip.name,
        "sha256": hashlib.sha256(clip.read_bytes()).hexdigest(),
        "width": WIDTH,
        "height": HEIGHT,
        "frames": N_FRAMES,
        "cuts": [CUT],
        "note": "Made by benchmarks/make_sample.py; boxes are exact, hairline to chin.",
        "identities": {"astronaut": {"clicks": clicks, "boxes": boxes}},
        "ignore": partly,
    }


def _middle(box: list[float]) -> tuple[int, int]:
    return round((box[0] + box[2]) / 2), round((box[1] + box[3]) / 2)


def spell(facts: dict[str, object]) -> str:
    """JSON with each box on a line of its own, so that a change reads well."""
    text = json.dumps(facts, indent=1)
    return re.sub(r"\[[^\[\]]+\]", lambda row: " ".join(row[0].split()), text) + "\n"


def read_picture(arguments: list[str]) -> Image:
    """The picture from the path given, or from the scikit-image that is installed."""
    if arguments:
        path = Path(arguments[0])
    else:
        spec = importlib.util.find_spec("skimage")
        if spec is None or spec.origin is None:
            raise SystemExit("make_sample: pip install scikit-image, or give astronaut.png")
        path = Path(spec.origin).parent / "data" / "astronaut.png"
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != PICTURE_SHA256:
        raise SystemExit(f"make_sample: {path} is not the picture that the face was measured in")
    pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    picture = np.asarray(cv2.cvtColor(np.asarray(pixels), cv2.COLOR_BGR2RGB), dtype=np.uint8)
    mask = np.zeros(picture.shape[:2], dtype=np.uint8)
    for x1, y1, x2, y2 in FACE_LIKE:
        mask[y1:y2, x1:x2] = 255
    return np.asarray(cv2.inpaint(picture, mask, 4, cv2.INPAINT_TELEA), dtype=np.uint8)


def main() -> None:
    """Write the clip and its truth into the package."""
    clip = SAMPLE / "talk.mp4"
    write_clip(clip, read_picture(sys.argv[1:]))
    (SAMPLE / "truth.json").write_text(spell(truth(clip)))
    size = sum((SAMPLE / name).stat().st_size for name in ("talk.mp4", "truth.json"))
    print(f"{clip}: {N_FRAMES} frames, {size} bytes with its truth")


if __name__ == "__main__":
    main()
