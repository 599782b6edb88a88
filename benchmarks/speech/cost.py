"""Processor time that finding who speaks takes.

    python -m benchmarks.speech.cost

Of a composed conversation: all that ``--active-speaker turns`` does once the faces are known, a
second of each face that is looked at; the least of several runs, as a machine that is shared adds
to it, and what a core multiplies meanwhile, as what it does in a second varies by half there. Of
clips with one face: the whole command beside plain ``track``, in processes of their own, in turn;
medians, and the median of what neighbours are to each other. Time of all threads and workers, not
of the clock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.media import RESULTS, clip_file, shared_folder
from benchmarks.speech.heard import ComposedTalk, default_folder
from speaker_boxes.detect.detectors.model_download import LR_ASD
from speaker_boxes.detect.onnx.session import Session
from speaker_boxes.track.conversation.doubtful import without_doubtful
from speaker_boxes.track.conversation.face_pictures import ClipFile, cut_pictures
from speaker_boxes.track.conversation.hearing import hear
from speaker_boxes.track.conversation.measure import find_conversation
from speaker_boxes.track.conversation.stretches import TrackPart, split_stretches
from speaker_boxes.track.conversation.who_speaks import to_look_at
from speaker_boxes.track.identity.persons import find_persons
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.speech.network import open_network
from speaker_boxes.track.speech.onnx_file import Graph
from speaker_boxes.track.speech.windows import PICTURE_RATE, at_picture_rate
from speaker_boxes.tracking import link_clip

_RESULT = RESULTS / "speech.json"
_RUNS = 3
_ALONE = {"latentsync-3.mp4": 3, "lipnet-bbaf2n.mpg": 21, "streamio-data-streams.mp4": 5}
"""Clips of one face, with sound, and how often each is run: 20 s of 1080x1920 with a hand that is
taken for a face, 3 s and 10 s of small pictures."""
_NETWORK_GFLOP = 8.1
"""What LR-ASD's visual part does for a second of a face, in 1e9 multiplications and additions."""
_MODEL = Path("models") / "lr_asd_pretrain_AVA.model"


def face_second(half: str = "report", seed: int = 100, n_turns: int = 8) -> dict[str, float]:
    """Seconds of processor time a second of face: all of it, and two of its parts."""
    network = open_network(model=shared_folder() / _MODEL)
    composed = ComposedTalk(half, seed, n_turns, network, default_folder())
    describer = CachedDescriber()
    tracks = link_clip(composed.faces, describer, TrackOptions())
    person = find_persons(composed.faces, tracks, describer)
    clip = replace(composed.file("own"), cache=None)
    hearing = hear(clip.file.path, clip.name, tracks.pts_s)
    stretches = without_doubtful(split_stretches(tracks), person)
    chosen = to_look_at(stretches, person, hearing, tracks.pts_s)
    parts = [part for i in chosen for part in stretches[i].able]
    faces = [at_picture_rate(cut_pictures(clip, parts).face_track(part)) for part in parts]
    seconds = sum(len(face.pictures) for face in faces) / PICTURE_RATE
    whole = _least(lambda: find_conversation(clip, tracks, person, lambda: network))
    pictures = _least(lambda: _cut(clip, parts))
    looking = _least(lambda: [network.see(face.pictures) for face in faces])
    return {
        "face_seconds": round(seconds, 1),
        "clip_seconds": round(len(tracks.pts_s) / PICTURE_RATE, 1),
        "whole": round(whole / seconds, 4),
        "decode_and_cut": round(pictures / seconds, 4),
        "visual_network": round(looking / seconds, 4),
        "visual_network_gflops": round(_NETWORK_GFLOP * seconds / looking, 1),
        "core_gflops": round(_core_gflops(), 1),
    }


def _core_gflops(n: int = 1024) -> float:
    """What ONNX Runtime reaches on a core just now where it multiplies large matrices."""
    graph = Graph({"a": (np.float32, [n, n])}, "product")
    session = Session(graph.end(graph.add("MatMul", ["a", "a"])), "a product")
    matrix = np.random.default_rng(0).random((n, n), dtype=np.float32)
    return 2 * n**3 / 1e9 / _least(lambda: session.run({"a": matrix}))


def _cut(clip: ClipFile, parts: list[TrackPart]) -> None:
    cut_pictures(clip, parts)


def _least(work: Callable[[], object]) -> float:
    """Processor time of this process, all threads."""
    found = []
    for _ in range(_RUNS):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def alone(clip: str, n_runs: int) -> dict[str, float]:
    """Seconds that the command takes on a clip of one face, without and with listening."""
    plain, listening = [], []
    for _ in range(n_runs):
        plain.append(_command(clip))
        listening.append(_command(clip, "--active-speaker", "turns"))
    ratios = [more / less for less, more in zip(plain, listening, strict=True)]
    return {
        "runs": n_runs,
        "track": round(median(plain), 2),
        "active_speaker": round(median(listening), 2),
        "more": round(median(ratios) - 1, 3),
    }


def _command(clip: str, *more: str) -> float:
    """Processor time of the command and its workers."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [sys.executable, "-m", "speaker_boxes", "track", str(clip_file(clip))]
        command += ["-o", str(out), "--no-cache", *more]
        # where something else is taken for a second face for a moment, the network is asked
        env = {**os.environ, LR_ASD.variable: str(shared_folder() / _MODEL)}
        before = os.times()
        subprocess.run(command, check=True, capture_output=True, env=env)
        after = os.times()
    return (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )


def main() -> None:
    """Measure all, and keep it beside what ``speech`` keeps."""
    found = {
        "machine": describe_machine(),
        "a_second_of_face": face_second(),
        "one_face": {clip: alone(clip, n_runs) for clip, n_runs in _ALONE.items()},
    }
    known = json.loads(_RESULT.read_text()) if _RESULT.is_file() else {}
    known["cost"] = found
    _RESULT.write_text(json.dumps(known, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
