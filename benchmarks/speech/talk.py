"""Compose conversations of which it is exactly known who speaks when.

    python -m benchmarks.speech.talk FOLDER

Turns of 1 to 6 s, in shots of one, two or three faces, with cuts between; now and then a shot of
a listener while somebody is heard who is not seen, and pauses in which all listen. Whoever talks
is seen and heard as in the footage. The same is also made with other sound: none, music, another
talker's voice, and 200 ms late.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import OutputContainer

from benchmarks.speech.cast import (
    LISTENERS,
    RATE,
    TALKERS,
    is_heard,
    length_of,
    listening_frames,
    pictures,
    talking_frames,
    voice_of,
)
from speaker_boxes.track.speech.mfcc import RATE as SOUND_RATE

WIDTH, HEIGHT = 1280, 720
SOUNDS = ("own", "none", "music", "another", "late")
_FACE = 0.42
"""Height of a face over that of its tile; of the tile's width at most."""
_LATE_S = 0.2
_LEAD_S = 0.5
"""Seconds in which all listen, before the first turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One actor in one part of the frame, for one shot."""

    actor: str
    frames: npt.NDArray[np.int64]
    """Of the footage, one each frame of the shot."""
    x: int
    width: int


@dataclass(slots=True)
class Talk:
    """A conversation as it is put together: the truth, too."""

    half: str
    shots: list[tuple[Tile, ...]] = field(default_factory=list)
    speaker: list[str] = field(default_factory=list)
    """A frame each: whose turn it is; empty for nobody's."""
    heard: list[bool] = field(default_factory=list)
    """A frame each: whether that is more than a pause within what is said."""
    sound: list[npt.NDArray[np.int16]] = field(default_factory=list)
    another: list[npt.NDArray[np.int16]] = field(default_factory=list)
    """The same, by another talker's voice."""
    boxes: list[dict[str, npt.NDArray[np.float64]]] = field(default_factory=list)
    """A frame each: the face of everybody who is seen."""


def script(half: str, seed: int, n_turns: int) -> Talk:
    """Put a conversation together: who is seen, who talks, for how long."""
    rng = np.random.default_rng(seed)
    talk = Talk(half)
    talkers, listeners = list(TALKERS[half]), list(LISTENERS[half])
    _add(talk, rng, None, round(_LEAD_S * RATE), list(rng.permutation(listeners)[:2]), 0.0)
    before = ""
    for _ in range(n_turns):
        talker = str(rng.choice([name for name in talkers if name != before]))
        before = talker
        n = round(min(rng.uniform(1, 6), length_of(talker, half) - 0.1) * RATE)
        start_s = rng.uniform(0, length_of(talker, half) - n / RATE)
        cast = [str(name) for name in rng.permutation(listeners)[: rng.integers(0, 3)]]
        away = n > 3 * RATE and rng.random() < 0.3
        if away:  # a listener is shown for the last part, and the talker is not
            last = round(1.4 * RATE)
            _add(talk, rng, talker, n - last, [talker, *cast], start_s)
            shown = [str(rng.choice(listeners))]
            _add(talk, rng, talker, last, shown, start_s + (n - last) / RATE)
        else:
            _add(talk, rng, talker, n, [talker, *cast], start_s)
        if rng.random() < 0.6:
            pause = round(rng.uniform(0.3, 1.4) * RATE)
            _add(talk, rng, None, pause, [str(x) for x in rng.permutation(listeners)[:2]], 0.0)
    return talk


def _add(
    talk: Talk,
    rng: np.random.Generator,
    talker: str | None,
    n: int,
    cast: list[str],
    start_s: float,
) -> None:
    """Add a shot of ``cast``, whose talker may be among them or heard only."""
    width = WIDTH // len(cast)
    tiles = []
    for place, actor in enumerate(rng.permutation(cast).tolist()):
        if actor == talker:
            frames = talking_frames(actor, talk.half, start_s, n)
        else:
            frames = listening_frames(actor, talk.half, rng.uniform(0, 3), n)
        tiles.append(Tile(actor, frames, place * width, width))
    talk.shots.append(tuple(tiles))
    quiet = np.zeros(round(n / RATE * SOUND_RATE), np.int16)
    own = other = quiet
    heard = np.zeros(n, dtype=bool)
    if talker is not None:
        own = voice_of(talker, talk.half, start_s, n)
        heard = is_heard(talker, talk.half, start_s, n)
        name = str(rng.choice([each for each in TALKERS[talk.half] if each != talker]))
        other = np.resize(voice_of(name, talk.half, 0.0, round(length_of(name, talk.half) * RATE)),
                          len(own))  # fmt: skip
    talk.sound.append(own)
    talk.another.append(other)
    talk.speaker += [talker or ""] * n
    talk.heard += heard.tolist()
    talk.boxes += [{tile.actor: _box(tile, i) for tile in tiles} for i in range(n)]


def write(talk: Talk, path: Path) -> None:
    """Encode it, with its own sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "20", "preset": "ultrafast", "g": "50"}
        voice = _add_voice(container)
        index = 0
        for tiles in talk.shots:
            for i in range(len(tiles[0].frames)):
                frame = av.VideoFrame.from_ndarray(_paint(tiles, i), format="rgb24")
                frame.pts, frame.time_base = index, Fraction(1, RATE)
                container.mux(stream.encode(frame))
                index += 1
        container.mux(stream.encode(None))
        _speak(container, voice, np.concatenate(talk.sound))


def with_sound(talk: Talk, pictures: Path, path: Path, sound: str) -> None:
    """Lay one of ``SOUNDS`` beside pictures that ``write`` made, packet by packet."""
    samples = _samples(talk, sound)
    with av.open(str(pictures)) as source, av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        voice = None if samples is None else _add_voice(container)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
        if voice is not None and samples is not None:
            _speak(container, voice, samples)


def _add_voice(container: OutputContainer) -> AudioStream:
    voice = container.add_stream("pcm_s16le", rate=SOUND_RATE)
    voice.layout = "mono"
    return voice


def _speak(container: OutputContainer, voice: AudioStream, samples: npt.NDArray[np.int16]) -> None:
    step = SOUND_RATE // RATE
    for first in range(0, len(samples), step):
        block = samples[first : first + step]
        piece = av.AudioFrame.from_ndarray(block[None], format="s16", layout="mono")
        piece.sample_rate, piece.pts = SOUND_RATE, first
        piece.time_base = Fraction(1, SOUND_RATE)
        container.mux(voice.encode(piece))
    container.mux(voice.encode(None))


def _samples(talk: Talk, sound: str) -> npt.NDArray[np.int16] | None:
    own = np.concatenate(talk.sound)
    if sound == "none":
        return None
    if sound == "another":
        return np.concatenate(talk.another)
    if sound == "late":
        late = round(_LATE_S * SOUND_RATE)
        return np.concatenate([np.zeros(late, np.int16), own])[: len(own)]
    return _music(len(own)) if sound == "music" else own


def _music(n: int) -> npt.NDArray[np.int16]:
    """Plucked chords over a bass: four a bar, 100 a minute."""
    t = np.arange(n) / SOUND_RATE
    out = np.zeros(n)
    beat_s = 0.6
    for k in range(int(t[-1] / beat_s) + 1):
        since = t - k * beat_s
        on = since >= 0
        root = 110 * 2 ** ([0, 5, 7, 3][k // 4 % 4] / 12)
        for ratio in (0.5, 1, 1.26, 1.5, 2):
            tone = sum(np.sin(2 * np.pi * root * ratio * h * since) / h for h in (1, 2, 3))
            out += np.where(on, tone * np.exp(-3 * np.maximum(since, 0)), 0)
    return np.asarray(6000 * out / np.abs(out).max(), dtype=np.int16)


@lru_cache(maxsize=256)
def _window(actor: str, width: int) -> tuple[float, float, float]:
    """Left, top and scale of the part of an actor's picture that fills a tile."""
    footage = pictures(actor)
    x1, y1, x2, y2 = footage.face().tolist()
    side = max(y2 - y1, x2 - x1)
    scale = min(_FACE * HEIGHT, 0.55 * width) / side
    scale = max(scale, width / footage.width, HEIGHT / footage.height)
    left = (x1 + x2) / 2 - width / scale / 2
    top = (y1 + y2) / 2 - 0.45 * HEIGHT / scale
    left = min(max(0.0, left), footage.width - width / scale)
    top = min(max(0.0, top), footage.height - HEIGHT / scale)
    return left, top, scale


def _box(tile: Tile, i: int) -> npt.NDArray[np.float64]:
    left, top, scale = _window(tile.actor, tile.width)
    box = pictures(tile.actor).box[tile.frames[i]].astype(np.float64)
    moved = (box - np.array([left, top] * 2)) * scale + np.array([tile.x, 0, tile.x, 0])
    return np.asarray(moved, dtype=np.float64)


def _paint(tiles: tuple[Tile, ...], i: int) -> npt.NDArray[np.uint8]:
    image = np.full((HEIGHT, WIDTH, 3), 60, dtype=np.uint8)
    for tile in tiles:
        image[:, tile.x : tile.x + tile.width] = _painted(
            tile.actor, tile.width, int(tile.frames[i])
        )
    return image


def _painted(actor: str, width: int, frame: int) -> npt.NDArray[np.uint8]:
    left, top, scale = _window(actor, width)
    move = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    whole = pictures(actor).image(frame)
    return np.asarray(cv2.warpAffine(whole, move, (width, HEIGHT)), dtype=np.uint8)


def main() -> None:
    """Write one conversation of each half to look at."""
    for half in TALKERS:
        write(script(half, 1, 6), Path(sys.argv[1]) / f"{half}.mkv")


if __name__ == "__main__":
    main()
